"""Insights with what people say of them, and feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    _insights()
    _comments()
    _feedback()


def _insights() -> None:
    op.create_table(
        "insights",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.Text(), nullable=False, unique=True),
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("events.id"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("numbers_json", sa.Text(), nullable=False),
        sa.Column("rows_json", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_by", sa.Text(), nullable=False),
        sa.Column("status_at", sa.BigInteger()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
    )
    op.create_index(
        "ix_insights_event_id_insights_created_at_insights_id",
        "insights",
        ["event_id", "created_at", "id"],
    )


def _comments() -> None:
    op.create_table(
        "insight_comments",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("insight_id", sa.Integer(), sa.ForeignKey("insights.id"), nullable=False),
        sa.Column("by_user", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
    )
    op.create_index("ix_insight_comments_insight_id", "insight_comments", ["insight_id"])


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("public_id", sa.Text(), nullable=False, unique=True),
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("events.id")),
        sa.Column("by_user", sa.Text(), nullable=False),
        sa.Column("rating", sa.Integer()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("moderated_by", sa.Text(), nullable=False),
        sa.Column("moderated_at", sa.BigInteger()),
        sa.Column("why", sa.Text(), nullable=False),
    )
    op.create_index("ix_feedback_created_at_feedback_id", "feedback", ["created_at", "id"])
    op.create_index("ix_feedback_event_id", "feedback", ["event_id"])
    op.create_index("ix_feedback_by_user", "feedback", ["by_user"])
