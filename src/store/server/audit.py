"""The audit log: entries written, with the change where there is one, and read page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, insert, or_, select

from ...core.audit import Actor, AuditFilter, AuditRow, Entry
from ...core.backend import Page
from ...core.errors import UsageError
from ...core.identity import clean_text
from .schema import users
from .schema_care import audit_log

CELL_LIMIT = 4_000
"""Characters of one JSON value: a page of text, and an end to a hostile one."""

_CURSOR_DIGITS = 18
"""Of an id: within 64 bits."""


def add(connection: Connection, entry: Entry) -> None:
    """Write an entry."""
    values = {
        name: clean_text(getattr(entry, name), 300)
        for name in ("actor_id", "address", "request_id", "action", "subject", "code")
    }
    connection.execute(
        insert(audit_log).values(
            at=entry.at,
            actor=entry.actor.value,
            outcome=entry.outcome.value,
            status=entry.status,
            times=entry.times,
            before=_json(entry.before),
            after=_json(entry.after),
            details=_json(entry.details),
            **values,
        )
    )


def _json(value: Mapping[str, Any] | None) -> str:
    """JSON, or nothing. What is too long is left out and said."""
    if not value:
        return ""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= CELL_LIMIT else '{"tooLong":true}'


def page(connection: Connection, wanted: AuditFilter, limit: int, cursor: str) -> Page[AuditRow]:
    """Entries, the newest first: what is added meanwhile disturbs no page."""
    name = users.c.name.label("person")
    query = select(audit_log, name).outerjoin(
        users,
        (audit_log.c.actor == Actor.PERSON.value) & (users.c.public_id == audit_log.c.actor_id),
    )
    for condition in _conditions(wanted, cursor):
        query = query.where(condition)
    rows = connection.execute(_ordered(query, limit)).all()
    following = str(rows[limit - 1].id) if len(rows) > limit else ""
    return Page([_value(row) for row in rows[:limit]], following)


def _ordered(query: Select[*tuple[Any, ...]], limit: int) -> Select[*tuple[Any, ...]]:
    return query.order_by(audit_log.c.id.desc()).limit(limit + 1)


def _conditions(wanted: AuditFilter, cursor: str) -> list[ColumnElement[bool]]:
    table, found = audit_log.c, list[ColumnElement[bool]]()
    if cursor:
        found.append(table.id < _id_of(cursor))
    if wanted.actor:
        found.append(or_(table.actor_id == wanted.actor, table.actor == wanted.actor))
    if wanted.action:
        begins = table.action.startswith(f"{wanted.action}.", autoescape=True)
        found.append(or_(table.action == wanted.action, begins))
    if wanted.subject:
        found.append(table.subject == wanted.subject)
    if wanted.since is not None:
        found.append(table.at >= wanted.since)
    if wanted.until is not None:
        found.append(table.at < wanted.until)
    return found


def _id_of(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _CURSOR_DIGITS):
        raise UsageError(
            "The cursor is not one of this list.", remedy="Begin again without a cursor."
        )
    return int(cursor)


def _value(row: Row[*tuple[Any, ...]]) -> AuditRow:
    return AuditRow(
        id=row.id,
        at=row.at,
        actor=row.actor,
        actor_id=row.actor_id,
        actor_name=row.person or row.actor_id,
        address=row.address,
        request_id=row.request_id,
        action=row.action,
        subject=row.subject,
        outcome=row.outcome,
        status=row.status,
        code=row.code,
        times=row.times,
        before=msgspec.json.decode(row.before) if row.before else None,
        after=msgspec.json.decode(row.after) if row.after else None,
        details=msgspec.json.decode(row.details) if row.details else {},
    )
