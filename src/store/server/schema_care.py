"""Tables of the care of data: the audit log, and what is kept of purged sightings."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from .schema import metadata

# Rows are added and, after their time, purged; an erasure is the only change to one.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True),  # serves the list, the newest first
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("times", Integer, nullable=False),
    Column("before", Text, nullable=False),  # JSON; empty for none
    Column("after", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index(None, "at"),  # serves the purge, and the list from or up to a time
    Index(None, "subject"),  # serves "what was done to this?"
)

# What the report needs of sightings that were purged: stretches without a gap longer than the away
# time. One row stands for `sightings` of them, the first heard by `scanner_id`.
presences = Table(
    "presences",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),  # serves the report
    Column("ble_uuid", LargeBinary, primary_key=True),
    Column("starts_at", BigInteger, primary_key=True, autoincrement=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("scanner_id", ForeignKey("scanners.id"), nullable=False),
    Column("sightings", Integer, nullable=False),
    Column("corrected", BigInteger, nullable=False),  # the largest correction, ms; 0 for none
    Index(None, "ble_uuid"),  # serves "whose is this?" when a badge gets an owner
    sqlite_with_rowid=False,
)
