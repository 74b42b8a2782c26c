"""The backend's tables, as Alembic's migrations build them (a test holds the two equal).

Times are Unix milliseconds. A bleUuid is stored as its 16 bytes, most significant first: half the
size of the text, and the same order. Integer keys stay inside; the outside sees public ids.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

HEAD = "0018"
"""The newest migration that this code knows; a test holds it equal to migrations/versions."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),  # as it was written; empty for none
    Column("email_key", Text, unique=True),  # case folded; serves the import's match by email
    Column("role", Text, nullable=False),
    Column("token_identifier", Text, unique=True),  # an identity provider's name for the person
    Column("created_at", BigInteger, nullable=False),
    Index(None, "name", "public_id"),  # serves the list of users, page by page
)

badges = Table(
    "badges",
    metadata,
    Column("ble_uuid", LargeBinary, primary_key=True),  # serves "whose is this?" in every batch
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("assigned_at", BigInteger, nullable=False),
    Index(None, "user_id"),  # serves "this person's badges": report, roster, list of users
    sqlite_with_rowid=False,
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),  # SHA-256, hex; serves every signed-in request
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Index(None, "user_id"),  # serves "sign this person out everywhere"
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("tz", Text, nullable=False),
    Column("rehearsal", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("check_in_opens_minutes", Integer, nullable=False, server_default="15"),
    Column("late_after_minutes", Integer, nullable=False, server_default="10"),
    Column("minimum_presence_percent", Integer, nullable=False, server_default="75"),
    Column("away_minutes", Integer, nullable=False, server_default="10"),
    Column("walk_in_policy", Text, nullable=False, server_default=text("''")),  # empty: station's
    Column("archived", Boolean, nullable=False, server_default=false()),
    Column("rotating", Boolean, nullable=False, server_default=false()),
    Column("approval", Text, nullable=False, server_default="byHand"),  # or auto
    Index(None, "starts_at", "public_id"),  # serves the list of events, page by page
)

registrations = Table(
    "registrations",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),  # serves roster and report
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("status", Text, nullable=False),  # pending, approved, rejected, cancelled
    Column("created_at", BigInteger, nullable=False),
    Index(None, "user_id"),  # serves "this person's events"
    sqlite_with_rowid=False,
)

scanners = Table(
    "scanners",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # serves the name in every record
    Column("last_contact", BigInteger, nullable=False),
)

event_scanners = Table(
    "event_scanners",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),  # serves the report
    Column("scanner_id", ForeignKey("scanners.id"), primary_key=True),
    Column("last_received_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

scan_sessions = Table(
    "scan_sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", ForeignKey("events.id"), nullable=False),
    Column("scanner_id", ForeignKey("scanners.id"), nullable=False),
    Column("public_id", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("covered_until", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("received_at", BigInteger, nullable=False),
    # Serves the report, and the upsert: a session's id is the station's own word, so it counts
    # only within its event and scanner.
    UniqueConstraint("event_id", "scanner_id", "public_id"),
)

# The key serves the report (one ordered pass over an event) and the look-up of one badge at one
# event. There is no second index: it would cost every batch more than it saves anyone.
sightings = Table(
    "sightings",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("ble_uuid", LargeBinary, primary_key=True),
    Column("check_in_time", BigInteger, primary_key=True, autoincrement=False),
    Column("scanner_id", ForeignKey("scanners.id"), primary_key=True),
    sqlite_with_rowid=False,
)

# The key serves the report (by event) and the merge (by event and user). One person's record goes
# over the events of that person's registrations, then by this key.
attendance = Table(
    "attendance",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("check_in_time", BigInteger, nullable=False),
    Column("scanner_id", ForeignKey("scanners.id"), nullable=False),
    sqlite_with_rowid=False,
)

coverage_gaps = Table(
    "coverage_gaps",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),  # serves the report
    Column("scanner_id", ForeignKey("scanners.id"), primary_key=True),
    Column("starts_at", BigInteger, primary_key=True, autoincrement=False),
    Column("ends_at", BigInteger, primary_key=True, autoincrement=False),
    Column("why", Text, primary_key=True),
    sqlite_with_rowid=False,
)

batches = Table(
    "batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", ForeignKey("events.id"), nullable=False),
    Column("scanner_id", ForeignKey("scanners.id")),  # null when several sent through one batch
    Column("scanners", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("records", Integer, nullable=False),
    Column("gaps", Integer, nullable=False),
    Column("checked_in", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Index(None, "event_id", "received_at"),  # serves the audit of an event
)
