"""Stations' clocks and corrected times, records' ids, and refusals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables; what is there stays as it is."""
    op.create_table(
        "scanner_clocks",
        _reference("event_id", "events.id"),
        _reference("scanner_id", "scanners.id"),
        sa.Column("boot", sa.Text(), primary_key=True),
        sa.Column("zero", sa.BigInteger()),
        sa.Column("late", sa.Boolean(), nullable=False),
        _number("least_offset"),
        _number("most_offset"),
        _number("first_time"),
        _number("last_time"),
        _number("received_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "corrected_times",
        _reference("event_id", "events.id"),
        sa.Column("ble_uuid", sa.LargeBinary(), primary_key=True),
        sa.Column("check_in_time", sa.BigInteger(), primary_key=True, autoincrement=False),
        _reference("scanner_id", "scanners.id"),
        _number("raw_time"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "record_ids",
        _reference("event_id", "events.id"),
        sa.Column("scope", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("block", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refusals",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("events.id"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _number("first_received_at"),
        _number("last_received_at"),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("scanner_name", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.UniqueConstraint("event_id", "digest"),
    )


def _reference(name: str, column: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(column), primary_key=True)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
