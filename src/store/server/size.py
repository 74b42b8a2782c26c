"""How large the database is: the one question that each database answers in its own words."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

_SIZE: Mapping[str, str] = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def database_bytes(connection: Connection) -> int:
    """Bytes, without what is still in the write-ahead log."""
    return int(connection.execute(text(_SIZE[connection.dialect.name])).scalar_one())
