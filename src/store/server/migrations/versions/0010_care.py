"""The audit log, and what is kept of purged sightings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    texts = ("actor", "actor_id", "address", "request_id", "action", "subject", "outcome", "code")
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        *(sa.Column(n, sa.Text(), nullable=False) for n in ("before", "after", "details")),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    op.create_index("ix_audit_log_subject", "audit_log", ["subject"])
    op.create_table(
        "presences",
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("events.id"), primary_key=True),
        sa.Column("ble_uuid", sa.LargeBinary(), primary_key=True),
        sa.Column("starts_at", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("scanner_id", sa.Integer(), sa.ForeignKey("scanners.id"), nullable=False),
        sa.Column("sightings", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_presences_ble_uuid", "presences", ["ble_uuid"])
