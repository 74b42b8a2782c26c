"""Requests for corrections in the database; an accepted one is a correction from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from ...core.acts import NAME_LIMIT
from ...core.audit import note
from ...core.backend import Page
from ...core.correction_requests import (
    CorrectionRequest,
    NewRequest,
    RequestDecided,
    RequestDecision,
    RequestNotFound,
    RequestStatus,
)
from ...core.corrections import NewCorrection
from ...core.errors import UsageError
from .accounts import user_row
from .corrections import correct
from .events import event_key
from .lists import page_of
from .schema import events, users
from .schema_participants import correction_requests as requests


def add(
    connection: Connection,
    event_id: str,
    new: NewRequest,
    *,
    by: str,
    new_id: Callable[[], str],
    now_ms: int,
) -> CorrectionRequest:
    """Keep it. Raises EventNotFound, UserNotFound."""
    public_id, event = new_id(), event_key(connection, event_id)
    said = {"words": new.text, "came_at": new.came_at, "left_at": new.left_at}
    connection.execute(
        insert(requests).values(
            public_id=public_id,
            event_id=event,
            user_id=user_row(connection, by).id,
            status=RequestStatus.OPEN.value,
            created_at=now_ms,
            why="",
            record_id="",
            **said,
        )
    )
    note(subject=f"events/{event_id}", after={"userId": by, "requestId": public_id})
    return _value(_one(connection, event, public_id))


def list_requests(
    connection: Connection, event_id: str, limit: int, cursor: str, user_id: str, status: str
) -> Page[CorrectionRequest]:
    """The event's, or all; the oldest first. Raises EventNotFound, UsageError."""
    query = _rows()
    if event_id:
        query = query.where(requests.c.event_id == event_key(connection, event_id))
    if user_id:
        query = query.where(users.c.public_id == user_id)
    if status:
        query = query.where(requests.c.status == status)
    rows, following = page_of(
        connection, query, (requests.c.created_at, requests.c.id), limit, cursor
    )
    return Page([_value(row) for row in rows], following)


def decide(
    connection: Connection,
    event_id: str,
    request_id: str,
    decision: RequestDecision,
    *,
    by: str,
    new_id: Callable[[], str],
    now_ms: int,
) -> CorrectionRequest:
    """Accept or decline, once; in the caller's transaction."""
    event = event_key(connection, event_id)
    asked = _one(connection, event, request_id)
    # Two admins may decide at one moment: only one finds it open.
    mine = (requests.c.id == asked.id, requests.c.status == RequestStatus.OPEN.value)
    values = {"status": decision.status, "why": decision.why}
    taken = update(requests).where(*mine).values(decided_at=now_ms, **values)
    if not connection.execute(taken).rowcount:
        raise RequestDecided("The request was decided before.", safe="Nothing was changed.")
    if decision.status == RequestStatus.ACCEPTED.value:
        wanted = _correction(asked, decision)
        made = correct(connection, event_id, wanted, by=by, new_id=new_id, now_ms=now_ms)
        same = requests.c.id == asked.id
        connection.execute(update(requests).where(same).values(record_id=made.record_id))
    after = {"requestId": request_id, "userId": asked.asker, "status": decision.status}
    note(subject=f"events/{event_id}", after=after)
    return _value(_one(connection, event, request_id))


def _correction(asked: Row[*tuple[Any, ...]], decision: RequestDecision) -> NewCorrection:
    """The correction that an acceptance stands for. Raises UsageError."""
    time = asked.came_at if decision.time is None else decision.time
    if decision.kind == "manual" and time is None:
        raise UsageError(
            "The request does not say when the person came.",
            safe="Nothing was changed.",
            remedy="Give the time with the decision.",
        )
    return NewCorrection(
        kind=decision.kind,
        why=(decision.why or asked.words)[:NAME_LIMIT],
        user_id=asked.asker,
        time=time if decision.kind == "manual" else None,
        record_id=decision.record_id,
    )


def _rows() -> Any:  # noqa: ANN401 - a select of two tables' columns
    mine = requests.join(users, users.c.id == requests.c.user_id).join(events)
    names = (users.c.public_id.label("asker"), users.c.name, events.c.public_id.label("event_name"))
    return select(requests, *names).select_from(mine)


def _one(connection: Connection, event: int, request_id: str) -> Row[*tuple[Any, ...]]:
    table = requests.c
    query = _rows().where(table.event_id == event, table.public_id == request_id)
    row: Row[*tuple[Any, ...]] | None = connection.execute(query).first()
    if row is None:
        raise RequestNotFound("The event has no such request.", safe="Nothing was changed.")
    return row


def _value(row: Row[*tuple[Any, ...]]) -> CorrectionRequest:
    return CorrectionRequest(
        id=row.public_id,
        event_id=row.event_name,
        user_id=row.asker,
        name=row.name,
        text=row.words,
        came_at=row.came_at,
        left_at=row.left_at,
        status=RequestStatus(row.status),
        created_at=row.created_at,
        decided_at=row.decided_at,
        why=row.why,
        record_id=row.record_id,
    )
