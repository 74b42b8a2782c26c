"""Lists, page by page: each page begins behind the last key of the one before.

So inserts and deletions between two pages neither repeat nor skip what was there all along.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, select, tuple_

from ...core.access import Status
from ...core.backend import Page, Registration, Role, User
from ...core.errors import UsageError
from ...core.identity import from_bytes
from ...core.model import Event
from . import schema
from .chunks import chunks
from .events import event_key, event_value
from .schema_accounts import accounts

MAX_BITS = 63
"""Of a stored integer, besides the sign (SQLite's INTEGER, SQL's BIGINT)."""
Key = tuple[Column[Any], Column[Any]]


def list_events(connection: Connection, limit: int, cursor: str) -> Page[Event]:
    """All events by start, then id."""
    table = schema.events
    key = (table.c.starts_at, table.c.public_id)
    rows, following = page_of(connection, select(table), key, limit, cursor)
    return Page([event_value(row) for row in rows], following)


def list_users(connection: Connection, limit: int, cursor: str) -> Page[User]:
    """All users by name, then id."""
    table = schema.users
    rows, following = page_of(
        connection, select(table), (table.c.name, table.c.public_id), limit, cursor
    )
    return Page(user_values(connection, rows), following)


def list_registrations(
    connection: Connection, event_id: str, limit: int, cursor: str
) -> Page[Registration]:
    """The event's registrations by name, then user id. Raises EventNotFound.

    Each page sorts the names of the whole event: 10,000 take some milliseconds.
    """
    people, registered = schema.users, schema.registrations
    query = (
        select(people, registered.c.status)
        .join(registered)
        .where(registered.c.event_id == event_key(connection, event_id))
    )
    key = (people.c.name, people.c.public_id)
    rows, following = page_of(connection, query, key, limit, cursor)
    badges = badges_of(connection, [row.id for row in rows])
    return Page(
        [
            Registration(row.public_id, row.name, row.email, row.status, tuple(badges[row.id]))
            for row in rows
        ],
        following,
    )


def user_values(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[User]:
    """Rows of `users` as the rest of the program knows them."""
    keys = [row.id for row in rows]
    badges, statuses = badges_of(connection, keys), _statuses(connection, keys)
    return [
        User(
            row.public_id,
            row.name,
            row.email,
            Role(row.role),
            next(iter(badges[row.id]), None),
            statuses.get(row.id, Status.ACTIVE.value),
        )
        for row in rows
    ]


def _statuses(connection: Connection, user_keys: Sequence[int]) -> dict[int, str]:
    """The status of those who have one."""
    table = accounts
    found: dict[int, str] = {}
    for some in chunks(user_keys):
        query = select(table.c.user_id, table.c.status).where(table.c.user_id.in_(some))
        found.update((user, status) for user, status in connection.execute(query))
    return found


def badges_of(connection: Connection, user_keys: Sequence[int]) -> dict[int, list[str]]:
    """Each user's badges, the last assigned first."""
    table = schema.badges
    found: dict[int, list[str]] = defaultdict(list)
    for some in chunks(user_keys):
        query = (
            select(table.c.user_id, table.c.ble_uuid)
            .where(table.c.user_id.in_(some))
            .order_by(table.c.user_id, table.c.assigned_at.desc(), table.c.ble_uuid)
        )
        for user, ble_uuid in connection.execute(query):
            found[user].append(from_bytes(ble_uuid))
    return found


def page_of(
    connection: Connection, query: Select[*tuple[Any, ...]], key: Key, limit: int, cursor: str
) -> tuple[Sequence[Row[*tuple[Any, ...]]], str]:
    """One page, and the cursor of the next. One row more is read to see whether there is one."""
    if cursor:
        query = query.where(tuple_(*key) > tuple_(*_decode(cursor, key)))
    rows = connection.execute(query.order_by(*key).limit(limit + 1)).all()
    if len(rows) <= limit:
        return rows, ""
    last = rows[limit - 1]
    return rows[:limit], _encode([getattr(last, column.key) for column in key])


def _encode(values: Sequence[object]) -> str:
    data = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(cursor: str, key: Key) -> list[Any]:
    """The key that a cursor names. Raises UsageError for one that is not of this list."""
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(data)
    except (ValueError, RecursionError):
        values = None
    expected = [column.type.python_type for column in key]
    if not isinstance(values, list) or [_type(value) for value in values] != expected:
        raise UsageError(
            "The cursor is not one of this list.", remedy="Begin again without a cursor."
        )
    return values


def _type(value: object) -> type | None:
    """The value's type, if it can be stored at all: no NUL or lone surrogates, at most 64 bits."""
    if isinstance(value, str) and "\0" in value:
        return None
    if isinstance(value, str) and not value.isascii():
        return str if value.encode(errors="ignore").decode() == value else None
    if type(value) is int and value.bit_length() > MAX_BITS:
        return None
    return type(value)
