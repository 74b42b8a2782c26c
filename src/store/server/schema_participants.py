"""Tables of what participants ask for, and what was decided; see `schema` for the conventions.

Who decided is in the audit log, as of every change.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from .schema import metadata

# A registration's last decision. It counts while the registration has this very status: an import
# may have changed it since.
registration_decisions = Table(
    "registration_decisions",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("status", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Index(None, "user_id"),  # serves "this person's events", and an erasure
    sqlite_with_rowid=False,
)

correction_requests = Table(
    "correction_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", Text, nullable=False, unique=True),
    Column("event_id", ForeignKey("events.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("words", Text, nullable=False),
    Column("came_at", BigInteger),
    Column("left_at", BigInteger),
    Column("status", Text, nullable=False),  # open, accepted, declined
    Column("created_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
    Column("why", Text, nullable=False),
    Column("record_id", Text, nullable=False),  # the correction; empty for none
    Index("ix_correction_requests_page", "event_id", "created_at", "id"),  # serves an event's list
    Index(None, "user_id"),  # serves the person's own, and an erasure
)
