"""The versions behind live queries and caches, and the short-lived tokens of event streams."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from .schema import metadata

# One row a topic, written at the end of each transaction that wrote to it.
changes = Table(
    "changes",
    metadata,
    Column("event_id", Text, primary_key=True),  # the public id; empty: rows of any event, or none
    Column("table_name", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

live_tokens = Table(
    "live_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),  # SHA-256, hex; serves the opening of a stream
    # The secret it stands for, so that the stream ends with it; SHA-256, hex.
    Column("parent_hash", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
