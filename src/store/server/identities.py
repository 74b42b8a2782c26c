"""People whom an identity provider vouches for, and what it tells of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, delete, select, text, update

from ...core.access import (
    Change,
    ExternalPerson,
    Holder,
    MessageReplayed,
    Status,
    UserMessage,
)
from ...core.backend import Role
from .accounts import INSERT_USER, by_email, end_sign_ins
from .people import email_key
from .schema import users
from .schema_accounts import accounts, identities, webhook_messages

KEEP_MESSAGES_MS = 30 * 24 * 3_600_000
"""A provider tries a message again for some days; a captured one is refused by its age."""

UNNAMED = "Unnamed"
"""A user needs a name; the provider may send it later."""

_NEWS = text("""
INSERT INTO identities (token_identifier, changed_at, removed_at)
VALUES (:identity, :changed, :removed)
ON CONFLICT (token_identifier) DO UPDATE
SET changed_at = excluded.changed_at, removed_at = excluded.removed_at
""")
# Another worker may get the same message at the same moment; one of the two keeps it.
_MESSAGE = text("""
INSERT INTO webhook_messages (message_id, sent_at, received_at) VALUES (:id, :sent, :now)
ON CONFLICT DO NOTHING
""")
# Somebody claimed this email with a password; now its verified owner is here.
_DROP_CLAIM = text("""
UPDATE accounts SET status = 'active', password_hash = ''
WHERE user_id = :user AND status = 'pending'
""")
_REJECT = text("""
INSERT INTO accounts (user_id, status, password_hash, created_at)
VALUES (:user, 'rejected', '', :now)
ON CONFLICT (user_id) DO UPDATE SET status = excluded.status
""")


def known_holder(connection: Connection, person: ExternalPerson) -> Holder | None:
    """The user of an identity that was met before, unless shut out; reads only."""
    row = _user(connection, person.token_identifier)
    if row is None or _is_removed(connection, person.token_identifier):
        return None
    status = connection.scalar(select(accounts.c.status).where(accounts.c.user_id == row.id))
    if status not in {None, Status.ACTIVE.value}:
        return None
    return Holder(Role(row.role), row.public_id)


def is_met(connection: Connection, person: ExternalPerson) -> bool:
    """Whether the identity was met before; one that is shut out need not be looked at again."""
    return _user(connection, person.token_identifier) is not None or _is_removed(
        connection, person.token_identifier
    )


def meet(
    connection: Connection, person: ExternalPerson, new_id: Callable[[], str], now_ms: int
) -> Holder | None:
    """Match or make the user of an identity; None for one that the provider removed."""
    if _is_removed(connection, person.token_identifier):
        return None
    if _user(connection, person.token_identifier) is None:
        _match_or_make(connection, person, new_id, now_ms)
    return known_holder(connection, person)


def apply_user_message(
    connection: Connection, message: UserMessage, new_id: Callable[[], str], now_ms: int
) -> bool:
    """Apply a message once; False for one that is known. Raises MessageReplayed."""
    if not keep_message(connection, message.message_id, message.sent_at, now_ms):
        return False
    identity = message.person.token_identifier
    known = connection.execute(
        select(identities).where(identities.c.token_identifier == identity)
    ).first()
    is_removal = message.change is Change.DELETED
    if known and known.removed_at is not None:
        return True  # somebody who is gone does not come back
    if known and known.changed_at > message.changed_at and not is_removal:
        return True  # older news than what is known
    removed = message.changed_at if is_removal else None
    connection.execute(
        _NEWS, {"identity": identity, "changed": message.changed_at, "removed": removed}
    )
    if is_removal:
        _shut_out(connection, identity, now_ms)
    elif _user(connection, identity) is None:
        _match_or_make(connection, message.person, new_id, now_ms)
    else:
        _update(connection, message.person)
    return True


def keep_message(connection: Connection, message_id: str, sent_at: int, now_ms: int) -> bool:
    """Keep a message's id; False for one that was tried again. Raises MessageReplayed."""
    table = webhook_messages
    sent = connection.scalar(select(table.c.sent_at).where(table.c.message_id == message_id))
    if sent == sent_at:
        raise MessageReplayed(
            "This message was received before.", safe="It had its effect once, and no second one."
        )
    if sent is not None:
        return False
    connection.execute(delete(table).where(table.c.received_at < now_ms - KEEP_MESSAGES_MS))
    values = {"id": message_id, "sent": sent_at, "now": now_ms}
    return connection.execute(_MESSAGE, values).rowcount == 1


def _user(connection: Connection, identity: str) -> Row[*tuple[Any, ...]] | None:
    return connection.execute(select(users).where(users.c.token_identifier == identity)).first()


def _is_removed(connection: Connection, identity: str) -> bool:
    query = select(identities.c.removed_at).where(identities.c.token_identifier == identity)
    return connection.scalar(query) is not None


def _match_or_make(
    connection: Connection, person: ExternalPerson, new_id: Callable[[], str], now_ms: int
) -> None:
    """A verified email that somebody here has names that person, unless they have an identity."""
    found = by_email(connection, person.email) if person.email else None
    if found is not None and found.token_identifier is None:
        connection.execute(
            update(users)
            .where(users.c.id == found.id)
            .values(token_identifier=person.token_identifier)
        )
        connection.execute(_DROP_CLAIM, {"user": found.id})
        return
    email = "" if found is not None else person.email
    values = {"id": new_id(), "name": person.name or UNNAMED, "email": email, "now": now_ms}
    keys = {"key": email_key(email) or None, "identity": person.token_identifier}
    connection.execute(INSERT_USER, {**values, **keys})


def _update(connection: Connection, person: ExternalPerson) -> None:
    """Take over name and email; an email that somebody else has is left with them."""
    values: dict[str, str] = {"name": person.name} if person.name else {}
    if person.email:
        owner = by_email(connection, person.email)
        if owner is None or owner.token_identifier == person.token_identifier:
            values |= {"email": person.email, "email_key": email_key(person.email)}
    if values:
        mine = users.c.token_identifier == person.token_identifier
        connection.execute(update(users).where(mine).values(values))


def _shut_out(connection: Connection, identity: str, now_ms: int) -> None:
    """What happened stays; the person can't sign in any more."""
    row = _user(connection, identity)
    if row is None:
        return
    connection.execute(_REJECT, {"user": row.id, "now": now_ms})
    end_sign_ins(connection, row.id)
