"""Feedback in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from ...core.backend import Page
from ...core.feedback import (
    Feedback,
    FeedbackFilter,
    FeedbackNotFound,
    FeedbackStatus,
    NewFeedback,
)
from .events import event_key
from .lists import page_of
from .schema import events, users
from .schema_insights import feedback


def add(
    connection: Connection, new: NewFeedback, by: str, new_id: Callable[[], str], now_ms: int
) -> Feedback:
    """Keep it. Raises EventNotFound."""
    public_id = new_id()
    connection.execute(
        insert(feedback).values(
            public_id=public_id,
            event_id=event_key(connection, new.event_id) if new.event_id else None,
            by_user=by,
            rating=new.rating,
            words=new.text,
            status=FeedbackStatus.NEW.value,
            created_at=now_ms,
            moderated_by="",
            why="",
        )
    )
    return _one(connection, public_id)


def list_feedback(
    connection: Connection, wanted: FeedbackFilter, limit: int, cursor: str
) -> Page[Feedback]:
    """What the filter lets through, the oldest first. Raises EventNotFound, UsageError."""
    table, query = feedback, _query()
    if wanted.user_id:
        query = query.where(table.c.by_user == wanted.user_id)
    if wanted.status:
        query = query.where(table.c.status == wanted.status)
    if wanted.event_id:
        query = query.where(table.c.event_id == event_key(connection, wanted.event_id))
    rows, following = page_of(connection, query, (table.c.created_at, table.c.id), limit, cursor)
    return Page([_value(row) for row in rows], following)


def moderate(
    connection: Connection,
    feedback_id: str,
    status: FeedbackStatus,
    by: str,
    why: str,
    now_ms: int,
) -> Feedback:
    """Decide. Raises FeedbackNotFound."""
    values = {"status": status.value, "moderated_by": by, "moderated_at": now_ms, "why": why}
    _one(connection, feedback_id)
    connection.execute(update(feedback).where(feedback.c.public_id == feedback_id).values(values))
    return _one(connection, feedback_id)


def _query() -> Select[*tuple[Any, ...]]:
    joined = feedback.outerjoin(users, users.c.public_id == feedback.c.by_user).outerjoin(events)
    names = (users.c.name.label("author"), events.c.public_id.label("event_name"))
    return select(feedback, *names).select_from(joined)


def _one(connection: Connection, feedback_id: str) -> Feedback:
    row = connection.execute(_query().where(feedback.c.public_id == feedback_id)).first()
    if row is None:
        raise FeedbackNotFound("There is no feedback with this id.", safe="Nothing was changed.")
    return _value(row)


def _value(row: Row[*tuple[Any, ...]]) -> Feedback:
    return Feedback(
        id=row.public_id,
        event_id=row.event_name or "",
        user_id=row.by_user,
        name=row.author or "",
        rating=row.rating,
        text=row.words,
        status=FeedbackStatus(row.status),
        created_at=row.created_at,
        moderated_by=row.moderated_by,
        moderated_at=row.moderated_at,
        why=row.why,
    )
