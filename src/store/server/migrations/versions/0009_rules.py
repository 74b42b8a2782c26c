"""Rules of events, and the trash of scan sessions."""

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
    _trash()


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


def _session() -> sa.Column[int]:
    reference = sa.ForeignKey("scan_sessions.id")
    return sa.Column("session_id", sa.Integer(), reference, primary_key=True)


def _trash() -> None:
    op.create_table(
        "trashed_sessions",
        _session(),
        sa.Column("deleted_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trashed_sightings",
        _session(),
        sa.Column("ble_uuid", sa.LargeBinary(), primary_key=True),
        sa.Column("check_in_time", sa.BigInteger(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
