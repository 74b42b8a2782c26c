"""The tables of operators' acts. Facts as they came; what follows from them is in settle.py."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
)

from .schema import metadata

acts = Table(
    "acts",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),  # serves the report
    Column("record_id", Text, primary_key=True),  # serves "is this act known?"
    Column("kind", Text, nullable=False),
    Column("user_ref", Text, nullable=False),  # a public id, maybe of a walk-in not yet known
    Column("ble_uuid", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),  # corrected, if the station's clock was wrong
    Column("scanner_id", ForeignKey("scanners.id"), nullable=False),
    Column("done_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("of_record", Text, nullable=False),  # empty but for a void
    Column("of_time", BigInteger),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("raw_time", BigInteger),  # as written by the station, where it was corrected
    Index(None, "event_id", "of_record"),  # serves "was this taken back?"
    Index(None, "ble_uuid"),  # serves "who claimed this badge?"
    Index(None, "user_ref"),  # serves "this person's acts"
    sqlite_with_rowid=False,
)

# Ids that stations made for walk-ins. One person may have several, by the same email.
walk_ins = Table(
    "walk_ins",
    metadata,
    Column("user_ref", Text, primary_key=True),  # serves "who is this act about?"
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Index(None, "user_id"),  # serves "by which ids is this person known?"
    sqlite_with_rowid=False,
)

# Badges for which "the one owner in `badges`" is not the whole truth: given out, replaced, ended,
# or with a sighting that was taken back. Whose they were is in `badge_periods` and the acts.
act_badges = Table(
    "act_badges",
    metadata,
    Column("ble_uuid", LargeBinary, primary_key=True),  # serves "is this badge one of those?"
    sqlite_with_rowid=False,
)
