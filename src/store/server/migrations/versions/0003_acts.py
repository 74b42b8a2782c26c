"""Operators' acts, and the badges that they changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "acts",
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("events.id"), primary_key=True),
        sa.Column("record_id", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "user_ref")),
        sa.Column("ble_uuid", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("scanner_id", sa.Integer(), sa.ForeignKey("scanners.id"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("done_by", "why", "of_record")),
        sa.Column("of_time", sa.BigInteger()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "email")),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_acts_event_id_acts_of_record", "acts", ["event_id", "of_record"])
    op.create_index("ix_acts_ble_uuid", "acts", ["ble_uuid"])
    op.create_index("ix_acts_user_ref", "acts", ["user_ref"])
    op.create_table(
        "walk_ins",
        sa.Column("user_ref", sa.Text(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_walk_ins_user_id", "walk_ins", ["user_id"])
    op.create_table(
        "act_badges",
        sa.Column("ble_uuid", sa.LargeBinary(), primary_key=True),
        sa.Column("base_user_id", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("base_time", sa.BigInteger()),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_act_badges_base_user_id", "act_badges", ["base_user_id"])
