"""Stations: what runs on them, and the settings that the backend decides for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    """Stations of before tell their versions at the next contact, and keep their own settings."""
    op.create_table(
        "scanner_versions",
        sa.Column("name", sa.Text(), primary_key=True),
        *map(_text, ("headcount", "python", "bleak", "bluez", "os")),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scanner_settings",
        sa.Column("name", sa.Text(), primary_key=True),
        _text("settings"),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
