"""Passwords, sign-ins, and whom a secret belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, text, update

from ...core.access import Credential, Holder, NewSignIn, NewUser, Status
from ...core.backend import Role, User
from .accounts import INSERT_USER, by_email, user_row
from .chunks import chunks
from .lists import user_values
from .people import email_key
from .schema import tokens, users
from .schema_accounts import accounts, scanner_keys, sign_ins

# A pending or rejected person keeps what an admin will decide, or has decided, about.
_CLAIM = text("""
INSERT INTO accounts (user_id, status, password_hash, created_at)
VALUES (:user, :status, :hash, :now)
ON CONFLICT (user_id) DO UPDATE
SET status = excluded.status, password_hash = excluded.password_hash
WHERE accounts.password_hash = '' AND accounts.status = 'active'
""")
_PASSWORD = text("""
INSERT INTO accounts (user_id, status, password_hash, created_at)
VALUES (:user, 'active', :hash, :now)
ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash
""")


def credential(connection: Connection, email: str) -> Credential | None:
    """What the password of the person with this email is compared with."""
    key = email_key(email)
    if not key:
        return None
    row = connection.execute(
        select(users.c.public_id, accounts.c.password_hash, accounts.c.status)
        .join(accounts)
        .where(users.c.email_key == key)
    ).first()
    if row is None:
        return None
    return Credential(row.public_id, row.password_hash, row.status == Status.ACTIVE.value)


def sign_up(
    connection: Connection,
    person: NewUser,
    status: Status,
    new_id: Callable[[], str],
    now_ms: int,
) -> None:
    """Create a person with a password; a known one without a password gets a pending claim.

    Nobody's access changes by a claim: who has a role, a sign-in or an identity is left alone.
    """
    row = by_email(connection, person.email)
    if row is not None:
        # Something is written either way: a commit to the disk takes a time that can be measured.
        connection.execute(update(users).where(users.c.id == row.id).values(name=users.c.name))
        if _is_bare(connection, row):
            _claim(connection, row.id, Status.PENDING, person.password_hash, now_ms)
        return
    values = {"id": new_id(), "name": person.name, "email": person.email, "now": now_ms}
    keys = {"key": email_key(person.email), "identity": None}
    connection.execute(INSERT_USER, {**values, **keys})
    row = by_email(connection, person.email)
    assert row is not None  # noqa: S101 - written above
    _claim(connection, row.id, status, person.password_hash, now_ms)


def _is_bare(connection: Connection, row: Row[*tuple[Any, ...]]) -> bool:
    """Whether nobody can be harmed by a pending claim: a pending account is shut out."""
    has_token = connection.scalar(select(tokens.c.user_id).where(tokens.c.user_id == row.id))
    return row.role == Role.USER.value and row.token_identifier is None and has_token is None


def _claim(
    connection: Connection, user_key: int, status: Status, password_hash: str, now_ms: int
) -> None:
    values = {"user": user_key, "status": status.value, "hash": password_hash, "now": now_ms}
    connection.execute(_CLAIM, values)


def sign_in(connection: Connection, user_id: str, new: NewSignIn, now_ms: int) -> User:
    """Keep a sign-in, and remove those that are over. Raises UserNotFound."""
    row = user_row(connection, user_id)
    connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now_ms))
    connection.execute(
        insert(sign_ins).values(
            token_hash=new.token_hash,
            user_id=row.id,
            created_at=now_ms,
            used_at=now_ms,
            expires_at=new.expires_at,
        )
    )
    return user_values(connection, [row])[0]


def sign_out(connection: Connection, token_hash: str) -> None:
    """Forget a token."""
    for table in (sign_ins, tokens):
        connection.execute(delete(table).where(table.c.token_hash == token_hash))


def set_password(
    connection: Connection, user_id: str, password_hash: str, keep: str, now_ms: int
) -> None:
    """Set a password; every other sign-in ends. Raises UserNotFound."""
    user = user_row(connection, user_id).id
    connection.execute(_PASSWORD, {"user": user, "hash": password_hash, "now": now_ms})
    others = (sign_ins.c.user_id == user, sign_ins.c.token_hash != keep)
    connection.execute(delete(sign_ins).where(*others))


def holder(connection: Connection, secret_hash: str, now_ms: int, idle_ms: int) -> Holder | None:
    """Whom a token or key belongs to; None for one that is unknown, over, idle or revoked."""
    return holders(connection, [secret_hash], now_ms, idle_ms).get(secret_hash)


def holders(
    connection: Connection, secret_hashes: Iterable[str], now_ms: int, idle_ms: int
) -> dict[str, Holder]:
    """The same for many, in no more statements; those that belong to nobody are left out."""
    found: dict[str, Holder] = {}
    for hashes in chunks(sorted(set(secret_hashes))):
        found.update(_signed_in(connection, hashes, now_ms, idle_ms))
        if rest := [each for each in hashes if each not in found]:
            found.update(_permanent(connection, rest, now_ms))
        if rest := [each for each in hashes if each not in found]:
            found.update(_scanners(connection, rest))
    return found


Found = Iterator[tuple[str, Holder]]
"""By the secret's hash."""


def _signed_in(connection: Connection, hashes: Sequence[str], now_ms: int, idle_ms: int) -> Found:
    rows = connection.execute(
        select(users.c.public_id, users.c.role, sign_ins)
        .select_from(sign_ins.join(users).outerjoin(accounts, accounts.c.user_id == users.c.id))
        .where(sign_ins.c.token_hash.in_(hashes), is_active())
        .where(sign_ins.c.expires_at > now_ms, sign_ins.c.used_at > now_ms - idle_ms)
    )
    for row in rows:
        times = {"expires_at": row.expires_at, "used_at": row.used_at}
        yield row.token_hash, Holder(Role(row.role), row.public_id, **times)


def _permanent(connection: Connection, hashes: Sequence[str], now_ms: int) -> Found:
    rows = connection.execute(
        select(users.c.public_id, users.c.role, tokens.c.token_hash, tokens.c.expires_at)
        .select_from(tokens.join(users).outerjoin(accounts, accounts.c.user_id == users.c.id))
        .where(tokens.c.token_hash.in_(hashes), is_active())
        .where(or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now_ms))
    )
    for row in rows:
        yield row.token_hash, Holder(Role(row.role), row.public_id, expires_at=row.expires_at)


def _scanners(connection: Connection, hashes: Sequence[str]) -> Found:
    table = scanner_keys
    rows = connection.execute(
        select(table).where(table.c.key_hash.in_(hashes), table.c.revoked_at.is_(None))
    )
    for row in rows:
        last, events = row.last_contact or 0, tuple(row.events.split())
        yield row.key_hash, Holder(None, scanner=row.name, events=events, used_at=last)


def is_active() -> Any:  # noqa: ANN401 - an SQL expression
    """The condition, where `accounts` is joined from outside: no row means active."""
    return or_(accounts.c.status.is_(None), accounts.c.status == Status.ACTIVE.value)


def note_use(connection: Connection, secret_hash: str, now_ms: int) -> None:
    """Note that a token or key was used."""
    connection.execute(
        update(sign_ins).where(sign_ins.c.token_hash == secret_hash).values(used_at=now_ms)
    )
    connection.execute(
        update(scanner_keys)
        .where(scanner_keys.c.key_hash == secret_hash)
        .values(last_contact=now_ms)
    )
