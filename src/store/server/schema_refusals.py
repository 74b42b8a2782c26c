"""The audit of refusals. See schema.py for the rest."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from .schema import metadata

# A station sends what was refused again and again: that is one row. The unique key serves that,
# and the list of an event, which is sorted when it is asked for.
refusals = Table(
    "refusals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", ForeignKey("events.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False),  # of code and record
    Column("first_received_at", BigInteger, nullable=False),
    Column("last_received_at", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    Column("records", Integer, nullable=False),
    Column("scanner_name", Text, nullable=False),  # as sent: it may be no scanner's
    Column("place", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("record", Text, nullable=False),
    UniqueConstraint("event_id", "digest"),
)
