"""Sign-in, wrong tries, scanners' keys, identities of a provider, messages received."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _accounts()
    _throttles()
    _scanners()
    _identities()


def _user(*, key: bool = False) -> sa.Column[int]:
    reference = sa.ForeignKey("users.id")
    return sa.Column("user_id", sa.Integer(), reference, primary_key=key, nullable=False)


def _text(name: str, *, key: bool = False, unique: bool | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=False, unique=unique)


def _time(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _accounts() -> None:
    op.create_table(
        "accounts",
        _user(key=True),
        _text("status"),
        _text("password_hash"),
        _time("created_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sign_ins",
        _text("token_hash", key=True),
        _user(),
        _time("created_at"),
        _time("used_at"),
        _time("expires_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sign_ins_user_id", "sign_ins", ["user_id"])
    op.create_index("ix_sign_ins_expires_at", "sign_ins", ["expires_at"])


def _throttles() -> None:
    op.create_table(
        "throttles",
        _text("subject", key=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        _time("last_at"),
        _time("blocked_until"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_throttles_last_at", "throttles", ["last_at"])


def _scanners() -> None:
    op.create_table(
        "scanner_keys",
        sa.Column("id", sa.Integer(), primary_key=True),
        _text("name", unique=True),
        _text("key_hash", unique=True),
        _text("gate"),
        _text("events"),
        _time("paired_at"),
        _time("last_contact", nullable=True),
        _time("revoked_at", nullable=True),
    )
    op.create_table(
        "pairing_codes",
        _text("code_hash", key=True),
        _text("name"),
        _text("gate"),
        _text("events"),
        _time("expires_at"),
        sqlite_with_rowid=False,
    )


def _identities() -> None:
    op.create_table(
        "identities",
        _text("token_identifier", key=True),
        _time("changed_at"),
        _time("removed_at", nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "webhook_messages",
        _text("message_id", key=True),
        _time("sent_at"),
        _time("received_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_webhook_messages_received_at", "webhook_messages", ["received_at"])
