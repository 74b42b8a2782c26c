"""Numbers of rows by table: a migration moves rows, and loses none."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, inspect, select, table

from ...core.errors import HeadcountError


class RowsMissing(HeadcountError):
    """After a migration a table has other rows than before; it was taken back."""


def row_counts(connection: Connection) -> dict[str, int]:
    """How many rows each table has; nothing in an empty database."""
    names = inspect(connection).get_table_names()
    return {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in sorted(names)
    }


def must_be_kept(before: Mapping[str, int], after: Mapping[str, int]) -> None:
    """Every table of before is there with as many rows. Raises RowsMissing, naming the first."""
    for name, rows in before.items():
        if (found := after.get(name)) != rows:
            raise RowsMissing(
                f"The migration would leave {found or 0:,} of {rows:,} rows in {name}.",
                safe="It was taken back: the database is as it was.",
                remedy="Go on with the program's version before this one, and report the fault.",
            )
