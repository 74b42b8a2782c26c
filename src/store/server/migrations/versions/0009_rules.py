"""Rules of events, the trash of scan sessions, corrections, badges in the course of time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Events of before keep the rules by which they were judged, and people their badges."""
    _rules()
    _trash()
    _corrections()
    _badges()


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


def _corrections() -> None:
    reference = sa.ForeignKey("events.id")
    names = ("status_before", "rule_before", "status_after", "rule_after")
    op.create_table(
        "corrections",
        sa.Column("event_id", sa.Integer(), reference, primary_key=True),
        sa.Column("record_id", sa.Text(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        *(sa.Column(name, sa.Text()) for name in names),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_corrections_user_id", "corrections", ["user_id"])


def _badges() -> None:
    op.create_table(
        "badge_periods",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("ble_uuid", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.BigInteger()),
        sa.Column("valid_to", sa.BigInteger()),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
    )
    op.create_index("ix_badge_periods_ble_uuid", "badge_periods", ["ble_uuid"])
    op.create_index("ix_badge_periods_user_id", "badge_periods", ["user_id"])
    op.execute("""
INSERT INTO badge_periods (user_id, ble_uuid, added_at, added_by)
SELECT user_id, ble_uuid, assigned_at, 'import' FROM badges b
WHERE NOT EXISTS (SELECT 1 FROM act_badges a WHERE a.ble_uuid = b.ble_uuid)
""")
    op.execute("""
INSERT INTO badge_periods (user_id, ble_uuid, added_at, added_by)
SELECT base_user_id, ble_uuid, base_time, 'import' FROM act_badges WHERE base_user_id IS NOT NULL
""")
    _forget_bases()


def _forget_bases() -> None:
    """What the import said of a badge is a period now. SQLite can't drop such a column."""
    op.execute("CREATE TABLE kept_badges AS SELECT ble_uuid FROM act_badges")
    op.drop_table("act_badges")
    op.create_table(
        "act_badges",
        sa.Column("ble_uuid", sa.LargeBinary(), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO act_badges (ble_uuid) SELECT ble_uuid FROM kept_badges")
    op.drop_table("kept_badges")
