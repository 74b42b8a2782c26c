"""The first tables: people, events, scanners, and the facts that batches bring."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    _people()
    _events()
    _scanners()
    _facts()
    _audit()


def _reference(
    name: str, column: str, *, key: bool = False, nullable: bool = False
) -> sa.Column[int]:
    reference = sa.ForeignKey(column)
    return sa.Column(name, sa.Integer(), reference, primary_key=key, nullable=nullable)


def _time(name: str, *, key: bool = False, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), primary_key=key, nullable=nullable, autoincrement=False)


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.Text(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), unique=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_identifier", sa.Text(), unique=True),
        _time("created_at"),
    )
    op.create_index("ix_users_name_users_public_id", "users", ["name", "public_id"])
    op.create_table(
        "badges",
        sa.Column("ble_uuid", sa.LargeBinary(), primary_key=True),
        _reference("user_id", "users.id"),
        _time("assigned_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_badges_user_id", "badges", ["user_id"])
    op.create_table(
        "tokens",
        sa.Column("token_hash", sa.Text(), primary_key=True),
        _reference("user_id", "users.id"),
        _time("created_at"),
        _time("expires_at", nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tokens_user_id", "tokens", ["user_id"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.Text(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        _time("starts_at"),
        _time("ends_at"),
        sa.Column("tz", sa.Text(), nullable=False),
        sa.Column("rehearsal", sa.Boolean(), nullable=False),
        _time("created_at"),
    )
    op.create_index("ix_events_starts_at_events_public_id", "events", ["starts_at", "public_id"])
    op.create_table(
        "registrations",
        _reference("event_id", "events.id", key=True),
        _reference("user_id", "users.id", key=True),
        sa.Column("status", sa.Text(), nullable=False),
        _time("created_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_registrations_user_id", "registrations", ["user_id"])


def _scanners() -> None:
    op.create_table(
        "scanners",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        _time("last_contact"),
    )
    op.create_table(
        "event_scanners",
        _reference("event_id", "events.id", key=True),
        _reference("scanner_id", "scanners.id", key=True),
        _time("last_received_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scan_sessions",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("event_id", "events.id"),
        _reference("scanner_id", "scanners.id"),
        sa.Column("public_id", sa.Text(), nullable=False),
        _time("started_at"),
        _time("covered_until"),
        _time("ended_at", nullable=True),
        _time("received_at"),
        sa.UniqueConstraint("event_id", "scanner_id", "public_id"),
    )


def _facts() -> None:
    op.create_table(
        "sightings",
        _reference("event_id", "events.id", key=True),
        sa.Column("ble_uuid", sa.LargeBinary(), primary_key=True),
        _time("check_in_time", key=True),
        _reference("scanner_id", "scanners.id", key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attendance",
        _reference("event_id", "events.id", key=True),
        _reference("user_id", "users.id", key=True),
        _time("check_in_time"),
        _reference("scanner_id", "scanners.id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coverage_gaps",
        _reference("event_id", "events.id", key=True),
        _reference("scanner_id", "scanners.id", key=True),
        _time("starts_at", key=True),
        _time("ends_at", key=True),
        sa.Column("why", sa.Text(), primary_key=True),
        sqlite_with_rowid=False,
    )


def _audit() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("event_id", "events.id"),
        _reference("scanner_id", "scanners.id", nullable=True),
        sa.Column("scanners", sa.Integer(), nullable=False),
        _time("received_at"),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("checked_in", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
    )
    op.create_index(
        "ix_batches_event_id_batches_received_at", "batches", ["event_id", "received_at"]
    )
