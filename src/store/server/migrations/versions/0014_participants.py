"""What participants ask for: decisions about registrations, requests for corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    _decisions()
    _requests()


def _decisions() -> None:
    op.create_table(
        "registration_decisions",
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("events.id"), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_registration_decisions_user_id", "registration_decisions", ["user_id"])


def _requests() -> None:
    op.create_table(
        "correction_requests",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.Text(), nullable=False, unique=True),
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("events.id"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("came_at", sa.BigInteger()),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
    )
    op.create_index(
        "ix_correction_requests_page",
        "correction_requests",
        ["event_id", "created_at", "id"],
    )
    op.create_index("ix_correction_requests_user_id", "correction_requests", ["user_id"])
