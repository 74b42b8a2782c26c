"""Brings a database to the newest schema when it is opened; quick when there is nothing to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Inspector, inspect, text

from ...core.errors import UsageError
from . import (  # noqa: F401 - they add their tables
    schema,
    schema_accounts,
    schema_acts,
    schema_badges,
    schema_care,
    schema_changes,
    schema_clocks,
    schema_corrections,
    schema_fleet,
    schema_heads,
    schema_insights,
    schema_participants,
    schema_refusals,
    schema_rotation,
    schema_seals,
    schema_trash,
)
from .database import Database
from .row_counts import must_be_kept, row_counts

SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"


def migrate(database: Database) -> None:
    """Create or upgrade the tables. Several processes may do so at once: one does the work.

    One transaction, in which every row is counted again. Raises UsageError if the database is newer
    than this program, or another program's; RowsMissing.
    """
    with database.read() as connection:
        if version_in(connection) == schema.HEAD:
            return
    with database.write() as connection:
        if version_in(connection) != schema.HEAD:
            before = row_counts(connection)
            _upgrade(connection)
            database.finish_migration(connection)
            must_be_kept(before, row_counts(connection))


def version_in(connection: Connection) -> str | None:
    """The database's version, or None for an empty one."""
    inspector: Inspector = inspect(connection)
    tables = inspector.get_table_names()
    if VERSION_TABLE not in tables:
        if tables:
            raise UsageError(
                f"This is another program's database: it has the table {tables[0]}.",
                safe="It was not changed.",
                remedy="Give --database-url a new file, or one that headcount made.",
            )
        return None
    version: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - a constant
    if version is not None and version > schema.HEAD:
        raise UsageError(
            f"The database has version {version}; this program knows up to {schema.HEAD}.",
            safe="It was not changed.",
            remedy="Install the headcount version that wrote it, or a newer one.",
        )
    return version


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["target_metadata"] = schema.metadata
    command.upgrade(config, "head")
