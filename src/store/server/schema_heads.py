"""The table of countersigned heads of logs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from .schema import metadata

# The key serves both questions: this very head, and the longest one of a log.
log_heads = Table(
    "log_heads",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("log", Text, primary_key=True),  # the scan session of the chain's first line
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("scanner", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
