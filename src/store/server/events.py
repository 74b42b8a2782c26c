"""Events: create, look up, change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from ...core.backend import EventExists, EventNotFound, NewEvent
from ...core.event_rules import EventChanged
from ...core.model import Event
from .schema import events

RULES = (
    "check_in_opens_minutes",
    "late_after_minutes",
    "minimum_presence_percent",
    "away_minutes",
    "walk_in_policy",
    "rotating",
    "approval",
)
"""Columns that have the name of the event's field."""


def create_event(
    connection: Connection, event: NewEvent, new_id: Callable[[], str], now_ms: int
) -> Event:
    """Create an event; the same again is no error. Raises EventExists on other content."""
    public_id = event.id or new_id()
    made = event.with_id(public_id)
    wanted = {**_columns(made), "rehearsal": event.rehearsal}
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
    return made


def update_event(connection: Connection, before: Event, after: Event) -> Event:
    """Change an event that is still as it was read. Raises EventNotFound, EventChanged."""
    if event_value(event_row(connection, before.id)) != before:
        raise EventChanged(
            "Somebody else has changed the event meanwhile.",
            safe="It was left as it is.",
            remedy="Read it again, and make your change once more.",
        )
    mine = events.c.public_id == before.id
    connection.execute(update(events).where(mine).values(**_columns(after)))
    return after


def _columns(event: Event) -> dict[str, object]:
    """What can be changed of an event, by column."""
    shared = ("name", "description", "tz", *RULES)
    columns = {name: getattr(event, name) for name in shared}
    return {**columns, "starts_at": event.start, "ends_at": event.end, "archived": event.archived}


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
    return Event(
        row.public_id,
        row.name,
        row.starts_at,
        row.ends_at,
        row.tz,
        row.description,
        archived=row.archived,
        **{name: getattr(row, name) for name in RULES},
    )
