"""Whose a rotating id was, and when, goes with the sightings that told it.

What reports count then hangs on one stand-in for each person and event, an id that no radio shows.
An id that something else names stays known: a copy of it that was heard, an act, the trash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, text

from ...core.rotation import BY_ROTATION
from .chunks import chunks
from .schema import events, users
from .schema_acts import act_badges
from .schema_badges import badge_periods
from .settle import ASIDE_MS, touch

COLUMNS = ("user", "ble_uuid", "valid_from", "valid_to")
"""Of the archive."""

_OF_EVENT = """
SELECT DISTINCT p.id, p.user_id, p.ble_uuid, p.valid_from, p.valid_to
FROM sightings s JOIN badge_periods p ON p.ble_uuid = s.ble_uuid
WHERE s.event_id = :event AND p.added_by = :rotation
"""
_OF_NONE = """
SELECT p.id, p.user_id, p.ble_uuid, p.valid_from, p.valid_to FROM badge_periods p
WHERE p.added_by = :rotation AND p.valid_to < :before
"""
# A copy can only be heard after the id was shown: events that were over before need no look.
_UNNAMED = """
SELECT u.public_id, d.ble_uuid, d.valid_from, d.valid_to, d.id
FROM ({}) AS d JOIN users u ON u.id = d.user_id
WHERE NOT EXISTS (
    SELECT 1 FROM events o CROSS JOIN sightings s
    WHERE s.event_id = o.id AND s.ble_uuid = d.ble_uuid AND o.ends_at >= d.valid_from
    AND (o.id <> :event OR s.check_in_time < d.valid_from OR s.check_in_time >= d.valid_to))
AND NOT EXISTS (SELECT 1 FROM presences k WHERE k.ble_uuid = d.ble_uuid)
AND NOT EXISTS (SELECT 1 FROM acts a WHERE a.ble_uuid = d.ble_uuid)
AND d.ble_uuid NOT IN (SELECT t.ble_uuid FROM trashed_sightings t)
ORDER BY d.id
"""
_DUE = text(_UNNAMED.format(_OF_EVENT))
_LEFT = text(_UNNAMED.format(_OF_NONE))
_NO_EVENT = 0
"""A key that no event has."""


class Period(NamedTuple):
    """Whose an id was, and when (Unix ms)."""

    user: str
    ble_uuid: bytes
    valid_from: int
    valid_to: int
    id: int


def due(connection: Connection, event: int | None, before: int) -> list[Period]:
    """What goes with an event's sightings; without an event what was left of earlier purges.

    `before`: Unix ms; what is left must have ended by then.
    """
    values = {"event": _NO_EVENT if event is None else event, "rotation": BY_ROTATION}
    query, more = (_LEFT, {"before": before}) if event is None else (_DUE, {})
    return [Period(*row) for row in connection.execute(query, values | more)]


def let_go(connection: Connection, periods: Sequence[Period]) -> None:
    """Delete them."""
    for some in chunks(period.id for period in periods):
        connection.execute(delete(badge_periods).where(badge_periods.c.id.in_(some)))
    for badges in chunks(sorted(period.ble_uuid for period in periods)):
        connection.execute(delete(act_badges).where(act_badges.c.ble_uuid.in_(badges)))


def stand_ins(
    connection: Connection, event: Row[*tuple[Any, ...]], people: Collection[int]
) -> dict[int, bytes]:
    """For each of these people the id that stands for all of theirs at the event; made if new."""
    names = {
        row.id: _stand_in(event.public_id, row.public_id)
        for some in chunks(sorted(people))
        for row in connection.execute(select(users).where(users.c.id.in_(some)))
    }
    new = set(names.values()) - _known(connection, names.values())
    rows = [_period(event, user, badge) for user, badge in sorted(names.items()) if badge in new]
    if rows:
        connection.execute(insert(badge_periods), rows)
        touch(connection, new)
    return names


def _stand_in(event_id: str, user_id: str) -> bytes:
    """The same again when what a station sent once more is purged once more."""
    return hashlib.blake2b(f"{event_id}\0{user_id}".encode(), digest_size=16).digest()


def _known(connection: Connection, badges: Collection[bytes]) -> set[bytes]:
    table, found = badge_periods.c, set[bytes]()
    for some in chunks(sorted(badges)):
        found.update(connection.scalars(select(table.ble_uuid).where(table.ble_uuid.in_(some))))
    return found


def _period(event: Row[*tuple[Any, ...]], user: int, badge: bytes) -> dict[str, object]:
    start, end = event.starts_at - ASIDE_MS, event.ends_at + ASIDE_MS
    return {
        "user_id": user,
        "ble_uuid": badge,
        "valid_from": start,
        "valid_to": end,
        "added_at": start,
        "added_by": BY_ROTATION,
    }


def over(connection: Connection, before: int, only: int | None) -> list[tuple[int, str]]:
    """Key and id of the events that ended before a time; of one only, if `only`."""
    query = select(events.c.id, events.c.public_id).where(events.c.ends_at < before)
    query = query if only is None else query.where(events.c.id == only)
    return [(key, name) for key, name in connection.execute(query)]
