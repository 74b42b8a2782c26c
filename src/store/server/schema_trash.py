"""The tables of scan sessions that were thrown away, and of their sightings."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Table, Text

from .schema import metadata

trashed_sessions = Table(
    "trashed_sessions",
    metadata,
    Column("session_id", ForeignKey("scan_sessions.id"), primary_key=True),
    Column("deleted_at", BigInteger, nullable=False),
    Column("deleted_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    sqlite_with_rowid=False,
)

# As `sightings`, but for the session in place of the scanner, which the session names.
trashed_sightings = Table(
    "trashed_sightings",
    metadata,
    Column("session_id", ForeignKey("scan_sessions.id"), primary_key=True),
    Column("ble_uuid", LargeBinary, primary_key=True),
    Column("check_in_time", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
