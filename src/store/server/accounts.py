"""Admins, roles, approval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, text, update

from ...core.access import LastAdmin, Status, UserNotFound
from ...core.backend import Role, User
from ...core.errors import UsageError
from .lists import user_values
from .people import email_key
from .schema import tokens, users
from .schema_accounts import accounts, sign_ins

# Another worker may make the same person at the same moment; one of the two does.
INSERT_USER = text("""
INSERT INTO users (public_id, name, email, email_key, role, token_identifier, created_at)
VALUES (:id, :name, :email, :key, 'user', :identity, :now)
ON CONFLICT DO NOTHING
""")
"""A person with the role `user`, unless somebody has the email or the identity."""

_STATUS = text("""
INSERT INTO accounts (user_id, status, password_hash, created_at)
VALUES (:user, :status, '', :now)
ON CONFLICT (user_id) DO UPDATE SET status = excluded.status
""")


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
    row = by_email(connection, email)
    if row is None:
        values = {"public_id": new_id(), "name": name, "email": email, "created_at": now_ms}
        connection.execute(
            insert(users).values(email_key=email_key(email), role=Role.ADMIN.value, **values)
        )
    else:
        connection.execute(update(users).where(users.c.id == row.id).values(role=Role.ADMIN.value))
    row = by_email(connection, email)
    assert row is not None  # noqa: S101 - written above
    connection.execute(
        insert(tokens).values(token_hash=token_hash, user_id=row.id, created_at=now_ms)
    )
    _keep_status(connection, row.id, Status.ACTIVE, now_ms)
    return user_values(connection, [row])[0]


def by_email(connection: Connection, email: str) -> Row[*tuple[Any, ...]] | None:
    """The row of the user with this email, upper and lower case alike."""
    query = select(users).where(users.c.email_key == email_key(email))
    return connection.execute(query).first()


def user_row(connection: Connection, user_id: str) -> Row[*tuple[Any, ...]]:
    """The user's row. Raises UserNotFound."""
    row = connection.execute(select(users).where(users.c.public_id == user_id)).first()
    if row is None:
        raise UserNotFound(
            "There is no user with this id.",
            safe="Nothing was changed.",
            remedy="Look the id up with `headcount users list`.",
        )
    return row


def user(connection: Connection, user_id: str) -> User:
    """One user. Raises UserNotFound."""
    return user_values(connection, [user_row(connection, user_id)])[0]


def set_role(connection: Connection, user_id: str, role: Role) -> User:
    """Change a role. Raises UserNotFound, LastAdmin."""
    row = user_row(connection, user_id)
    if role is not Role.ADMIN:
        require_another_admin(connection, row)
    connection.execute(update(users).where(users.c.id == row.id).values(role=role.value))
    return user(connection, user_id)


def set_status(connection: Connection, user_id: str, status: Status, now_ms: int) -> User:
    """Approve or reject; a rejection ends every sign-in. Raises UserNotFound, LastAdmin."""
    row = user_row(connection, user_id)
    if status is not Status.ACTIVE:
        require_another_admin(connection, row)
        end_sign_ins(connection, row.id)
    _keep_status(connection, row.id, status, now_ms)
    return user(connection, user_id)


def end_sign_ins(connection: Connection, user_key: int) -> None:
    """Sign a person out everywhere; permanent tokens go too."""
    for table in (sign_ins, tokens):
        connection.execute(delete(table).where(table.c.user_id == user_key))


def _keep_status(connection: Connection, user_key: int, status: Status, now_ms: int) -> None:
    values = {"user": user_key, "status": status.value, "now": now_ms}
    connection.execute(_STATUS, values)


def require_another_admin(connection: Connection, row: Row[*tuple[Any, ...]]) -> None:
    """Nobody could let anybody in any more without the last one. Raises LastAdmin."""
    admins = select(users.c.id).where(users.c.role == Role.ADMIN.value).order_by(users.c.id)
    connection.execute(admins.with_for_update()).all()  # two admins may demote each other at once
    others = (
        select(func.count())
        .select_from(users.outerjoin(accounts))
        .where(users.c.role == Role.ADMIN.value, users.c.id != row.id)
        .where(or_(accounts.c.status.is_(None), accounts.c.status == Status.ACTIVE.value))
    )
    if row.role == Role.ADMIN.value and not connection.scalar(others):
        raise LastAdmin(
            "This is the only admin.",
            safe="Nothing was changed.",
            remedy="Make somebody else an admin first: headcount users set-role.",
        )
