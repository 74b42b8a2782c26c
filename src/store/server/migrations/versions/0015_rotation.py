"""Rotating identifiers: the events that have them on, and people's secrets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Events of before go on without."""
    rotating: sa.Column[bool] = sa.Column(
        "rotating", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("events", rotating)
    op.create_table(
        "rotation_secrets",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
    )
    op.create_index("ix_rotation_secrets_user_id", "rotation_secrets", ["user_id"])
