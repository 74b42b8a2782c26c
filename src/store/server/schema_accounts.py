"""The tables of sign-in, pairing and identity providers; see `schema` for the conventions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from .schema import metadata

# A person without a row is active and has no password: everybody whom an import brought.
accounts = Table(
    "accounts",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("status", Text, nullable=False),  # active, pending, rejected
    Column("password_hash", Text, nullable=False),  # Argon2id in PHC form; empty for none
    Column("created_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", Text, primary_key=True),  # SHA-256, hex; serves every signed-in request
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "user_id"),  # serves "sign this person out everywhere"
    Index(None, "expires_at"),  # serves the removal of those that are over
    sqlite_with_rowid=False,
)

throttles = Table(
    "throttles",
    metadata,
    Column("subject", Text, primary_key=True),  # SHA-256, hex, of an account's or address's name
    Column("tries", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("blocked_until", BigInteger, nullable=False),
    Index(None, "last_at"),  # serves the removal of the old ones
    sqlite_with_rowid=False,
)

scanner_keys = Table(
    "scanner_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("key_hash", Text, nullable=False, unique=True),  # SHA-256, hex; serves every batch
    Column("gate", Text, nullable=False),
    Column("events", Text, nullable=False),  # public ids, a space between; empty: every event
    Column("paired_at", BigInteger, nullable=False),
    Column("last_contact", BigInteger),
    Column("revoked_at", BigInteger),
)

pairing_codes = Table(
    "pairing_codes",
    metadata,
    Column("code_hash", Text, primary_key=True),  # SHA-256, hex
    Column("name", Text, nullable=False),  # empty: the station's own word
    Column("gate", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

identities = Table(
    "identities",
    metadata,
    Column("token_identifier", Text, primary_key=True),  # <issuer>|<subject>
    Column("changed_at", BigInteger, nullable=False),  # at the provider; older news are dropped
    Column("removed_at", BigInteger),  # a removed identity does not come back
    sqlite_with_rowid=False,
)

webhook_messages = Table(
    "webhook_messages",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("sent_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Index(None, "received_at"),  # serves the removal of the old ones
    sqlite_with_rowid=False,
)
