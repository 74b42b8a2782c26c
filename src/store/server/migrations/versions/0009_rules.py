"""Rules of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Events of before get the rules by which they were judged until now."""
    _rules()


def _rules() -> None:
    for name, default in (
        ("check_in_opens_minutes", "15"),
        ("late_after_minutes", "10"),
        ("minimum_presence_percent", "75"),
        ("away_minutes", "10"),
    ):
        column = sa.Column(name, sa.Integer(), nullable=False, server_default=default)
        op.add_column("events", column)
    policy = sa.Column("walk_in_policy", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("events", policy)
    archived: sa.Column[bool] = sa.Column(
        "archived", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("events", archived)
