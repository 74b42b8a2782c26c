"""Registrations: asked for, cancelled, decided; the reasons beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, text

from ...core.audit import note
from ...core.registrations import (
    Decision,
    OwnRegistration,
    RegistrationClosed,
    RegistrationNotFound,
    Ruling,
    RulingResult,
)
from .accounts import user_row
from .act_rows import resolve
from .events import event_key, event_row
from .schema import events, registrations
from .schema_participants import registration_decisions as decisions

# What was decided stays; who cancelled may ask again. Where the event approves at once, so it does
# whoever has waited since before it did.
_WISH = text("""
INSERT INTO registrations (event_id, user_id, status, created_at)
VALUES (:event, :user, :status, :now)
ON CONFLICT (event_id, user_id) DO UPDATE SET status = excluded.status
WHERE registrations.status IN ('cancelled', 'pending')
AND registrations.status <> excluded.status
""")
_APPROVED = text("""
INSERT INTO registrations (event_id, user_id, status, created_at)
VALUES (:event, :user, 'approved', :now)
ON CONFLICT (event_id, user_id) DO UPDATE SET status = 'approved'
""")
_CANCEL = text("""
UPDATE registrations SET status = 'cancelled'
WHERE event_id = :event AND user_id = :user AND status IN ('pending', 'approved')
""")
_SET = text("UPDATE registrations SET status = :status WHERE event_id = :event AND user_id = :user")
_DECIDED = text("""
INSERT INTO registration_decisions (event_id, user_id, status, why, decided_at)
VALUES (:event, :user, :status, :why, :now)
ON CONFLICT (event_id, user_id) DO UPDATE
SET status = excluded.status, why = excluded.why, decided_at = excluded.decided_at
""")

NO_REGISTRATION = "is not registered for the event"
CANCELLED = "has cancelled; register them anew if they want to come"


def register(
    connection: Connection, event_id: str, user_id: str, *, approved: bool, now_ms: int
) -> OwnRegistration:
    """Register a person. Raises EventNotFound, UserNotFound, RegistrationClosed."""
    event, user = event_row(connection, event_id), user_row(connection, user_id)
    row = {"event": event.id, "user": user.id, "now": now_ms}
    if approved:
        connection.execute(_APPROVED, row)
        _keep(connection, row, Decision.APPROVED, "")
    else:
        _require_open(event, now_ms)
        _wish(connection, event, row)
    kept = registration(connection, event_id, user_id)
    note(subject=f"events/{event_id}", after={"userId": user_id, "status": kept.status})
    return kept


def _wish(connection: Connection, event: Row[*tuple[Any, ...]], row: dict[str, int]) -> None:
    """One's own wish; it is decided at once where the event's rule says so."""
    is_auto = event.approval == "auto"
    status = Decision.APPROVED.value if is_auto else "pending"
    if connection.execute(_WISH, row | {"status": status}).rowcount and is_auto:
        _keep(connection, row, Decision.APPROVED, "")


def _require_open(event: Row[*tuple[Any, ...]], now_ms: int) -> None:
    if event.archived or event.ends_at <= now_ms:
        raise RegistrationClosed(
            "The event is over: nobody can register for it any more.",
            safe="Nothing was changed.",
            remedy="If you were there, tell an admin, or ask for a correction.",
        )


def cancel(connection: Connection, event_id: str, user_id: str) -> OwnRegistration:
    """Cancel. Raises EventNotFound, UserNotFound, RegistrationNotFound."""
    event, user = event_key(connection, event_id), user_row(connection, user_id).id
    connection.execute(_CANCEL, {"event": event, "user": user})
    kept = registration(connection, event_id, user_id)
    note(subject=f"events/{event_id}", after={"userId": user_id, "status": kept.status})
    return kept


def registration(connection: Connection, event_id: str, user_id: str) -> OwnRegistration:
    """One person's. Raises EventNotFound, UserNotFound, RegistrationNotFound."""
    event, user = event_key(connection, event_id), user_row(connection, user_id).id
    row = connection.execute(_rows(user).where(registrations.c.event_id == event)).first()
    if row is None:
        raise RegistrationNotFound(
            "There is no registration for this event.", safe="Nothing was changed."
        )
    return _value(row, user_id)


def registrations_of(connection: Connection, user_id: str) -> list[OwnRegistration]:
    """All of one person's, by the events' start. Raises UserNotFound."""
    query = _rows(user_row(connection, user_id).id)
    rows = connection.execute(query.order_by(events.c.starts_at, events.c.public_id))
    return [_value(row, user_id) for row in rows]


def decide(
    connection: Connection, event_id: str, rulings: Sequence[Ruling], *, now_ms: int
) -> list[RulingResult]:
    """Approve and reject, one after the other. Raises EventNotFound."""
    event = event_key(connection, event_id)
    keys = resolve(connection, {each.user_id for each in rulings})
    results = []
    for each in rulings:
        row = {"event": event, "user": keys.get(each.user_id, 0), "now": now_ms}
        problem, status = _decide(connection, row, each)
        results.append(RulingResult(each.user_id, status, problem))
    done = {
        each.user_id: {"status": result.status, "why": each.why}
        for each, result in zip(rulings, results, strict=True)
        if not result.problem
    }
    note(subject=f"events/{event_id}", after={"registrations": done})
    return results


def _decide(connection: Connection, row: dict[str, int], ruling: Ruling) -> tuple[str, str]:
    """What is wrong, if anything, and the status afterwards."""
    table = registrations.c
    query = select(table.status).where(table.event_id == row["event"], table.user_id == row["user"])
    status: str | None = connection.scalar(query)
    if status is None:
        return NO_REGISTRATION, ""
    if status == "cancelled":
        return CANCELLED, status
    connection.execute(_SET, row | {"status": ruling.status.value})
    _keep(connection, row, ruling.status, ruling.why)
    return "", ruling.status.value


def _keep(connection: Connection, row: dict[str, int], status: Decision, why: str) -> None:
    connection.execute(_DECIDED, row | {"status": status.value, "why": why})


def _rows(user: int) -> Any:  # noqa: ANN401 - a select of three tables' columns
    mine, said = registrations.c, decisions.c
    same = (
        (said.event_id == mine.event_id)
        & (said.user_id == mine.user_id)
        & (said.status == mine.status)
    )
    joined = registrations.join(events).outerjoin(decisions, same)
    columns = (mine.status, mine.created_at, events.c.public_id, said.why, said.decided_at)
    return select(*columns).select_from(joined).where(mine.user_id == user)


def _value(row: Row[*tuple[Any, ...]], user_id: str) -> OwnRegistration:
    return OwnRegistration(
        event_id=row.public_id,
        user_id=user_id,
        status=row.status,
        why=row.why or "",
        created_at=row.created_at,
        decided_at=row.decided_at,
    )
