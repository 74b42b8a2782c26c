"""The close-out of events: what was accepted, and the seals. See schema.py for the rest."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from .schema import metadata

acceptances = Table(
    "acceptances",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),  # serves the report
    Column("finding", Text, primary_key=True),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    sqlite_with_rowid=False,
)

seals = Table(
    "seals",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),  # serves the report
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),  # SHA-256, hex
    Column("sealed_at", BigInteger, nullable=False),
    Column("sealed_by", Text, nullable=False),
    sqlite_with_rowid=False,
)
