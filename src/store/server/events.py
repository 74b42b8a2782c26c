"""Events: create, look up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from ...core.backend import EventExists, EventNotFound, NewEvent
from ...core.model import Event
from .schema import events


def create_event(
    connection: Connection, event: NewEvent, new_id: Callable[[], str], now_ms: int
) -> Event:
    """Create an event; the same again is no error. Raises EventExists on other content."""
    public_id = event.id or new_id()
    wanted = {
        "name": event.name,
        "description": event.description,
        "starts_at": event.start,
        "ends_at": event.end,
        "tz": event.tz,
        "rehearsal": event.rehearsal,
    }
    query = select(events).where(events.c.public_id == public_id)
    found = connection.execute(query).mappings().first()
    if found is None:
        connection.execute(insert(events).values(public_id=public_id, created_at=now_ms, **wanted))
    elif any(found[name] != value for name, value in wanted.items()):
        raise EventExists(
            f"There is already another event with the id {public_id!r}.",
            safe="It was not changed.",
            remedy="Give the new event another id, or change the old one.",
        )
    return Event(public_id, event.name, event.start, event.end, event.tz)


def event_row(connection: Connection, event_id: str) -> Row[*tuple[Any, ...]]:
    """The event's row. Raises EventNotFound."""
    row = connection.execute(select(events).where(events.c.public_id == event_id)).first()
    if row is None:
        raise EventNotFound(
            f"There is no event with the id {event_id!r}.",
            safe="Nothing was stored or changed.",
            remedy="Look the id up with `headcount events list`, or create the event.",
        )
    return row


def event_key(connection: Connection, event_id: str) -> int:
    """The event's internal key. Raises EventNotFound."""
    key: int = event_row(connection, event_id).id
    return key


def event_value(row: Row[*tuple[Any, ...]]) -> Event:
    """The row as the rest of the program knows it."""
    return Event(row.public_id, row.name, row.starts_at, row.ends_at, row.tz)
