"""Admins and tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from ...core.backend import Role, User
from ...core.errors import UsageError
from .lists import badges_of, user_value
from .people import email_key
from .schema import tokens, users


def create_admin(
    connection: Connection,
    name: str,
    email: str,
    *,
    token_hash: str,
    new_id: Callable[[], str],
    now_ms: int,
) -> User:
    """Create an admin, or make the user with this email one, and add a token that never expires."""
    if not email_key(email):
        raise UsageError("An admin needs an email.", remedy="Give one, to find the account again.")
    row = _by_email(connection, email)
    if row is None:
        values = {"public_id": new_id(), "name": name, "email": email, "created_at": now_ms}
        connection.execute(
            insert(users).values(email_key=email_key(email), role=Role.ADMIN.value, **values)
        )
    else:
        connection.execute(update(users).where(users.c.id == row.id).values(role=Role.ADMIN.value))
    row = _by_email(connection, email)
    assert row is not None  # noqa: S101 - written above
    connection.execute(
        insert(tokens).values(token_hash=token_hash, user_id=row.id, created_at=now_ms)
    )
    return user_value(row, badges_of(connection, [row.id])[row.id])


def _by_email(connection: Connection, email: str) -> Row[*tuple[Any, ...]] | None:
    query = select(users).where(users.c.email_key == email_key(email))
    return connection.execute(query).first()


def role_of_token(connection: Connection, token_hash: str, now_ms: int) -> Role | None:
    """The role of the person whose token has this hash, unless it has expired."""
    role = connection.scalar(
        select(users.c.role)
        .join(tokens)
        .where(tokens.c.token_hash == token_hash)
        .where(or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now_ms))
    )
    return None if role is None else Role(role)
