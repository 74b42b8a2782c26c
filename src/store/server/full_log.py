"""Every record of an event by time: a stream from one query, merged with the few acts."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, text

from ...core.identity import from_bytes
from ...core.model import NIL_UUID, Kind
from ...core.report_log import LogEntry, LogMethod
from . import clocks
from .act_facts import ActFacts, act_facts
from .act_rows import ActRow, load_acts
from .events import event_row
from .schema import badges, scanners, users
from .schema_acts import acts

AT_ONCE = 5_000
"""Rows fetched at once: some 500 kB."""

_SIGHTINGS = text("""
SELECT ble_uuid, check_in_time, scanner_id FROM sightings WHERE event_id = :event
ORDER BY check_in_time, ble_uuid, scanner_id
""")

_METHODS = {
    Kind.MANUAL.value: LogMethod.MANUAL,
    Kind.WALK_IN.value: LogMethod.WALK_IN,
    Kind.EXCUSED.value: LogMethod.EXCUSED,
    Kind.ASSIGN.value: LogMethod.ASSIGNED,
    Kind.VOID.value: LogMethod.VOID,
}


@dataclass(frozen=True, slots=True)
class _Names:
    """Who and what the keys of the database are."""

    people: Mapping[int, tuple[str, str]]
    """Public id and name."""
    owners: Mapping[bytes, int]
    scanners: Mapping[int, str]


def read_log(connection: Connection, event_id: str) -> Iterator[LogEntry]:
    """Every sighting and act by time. Raises EventNotFound, at the first one asked for."""
    event = event_row(connection, event_id).id
    names = _names(connection)
    facts = act_facts(connection, event)
    rows = load_acts(connection, acts.c.event_id == event)
    voided = {row.of for row in rows if row.kind == Kind.VOID}
    done = [_act(row, names, taken_back=row.id in voided) for row in rows]
    yield from heapq.merge(_sightings(connection, event, names, facts), done, key=_time)


def _time(entry: LogEntry) -> int:
    return entry.time


def _names(connection: Connection) -> _Names:
    people = connection.execute(select(users.c.id, users.c.public_id, users.c.name))
    owners = connection.execute(select(badges.c.ble_uuid, badges.c.user_id))
    doors = connection.execute(select(scanners.c.id, scanners.c.name))
    return _Names(
        {row[0]: (row[1], row[2]) for row in people},
        {row[0]: row[1] for row in owners},
        {row[0]: row[1] for row in doors},
    )


def _sightings(
    connection: Connection, event: int, names: _Names, facts: ActFacts
) -> Iterator[LogEntry]:
    raw = clocks.raw_times(connection, event)
    shown: dict[bytes, str] = {}
    for badge, time, scanner in _streamed(connection, event):
        if badge not in shown:
            shown[badge] = from_bytes(badge)
        owner = names.owners.get(badge)
        taken_back = False
        if badge in facts.care:
            owner = facts.ownership.owner_at(badge, time)
            taken_back = (badge, time, scanner) in facts.hidden
        user_id, name = names.people.get(owner, ("", "")) if owner is not None else ("", "")
        written = raw.get((badge, time, scanner)) if raw else None
        yield LogEntry(
            *(time, written, LogMethod.SCANNED, user_id, name, shown[badge]),
            names.scanners[scanner],
            taken_back=taken_back,
        )


def _streamed(connection: Connection, event: int) -> Iterator[Any]:
    """PostgreSQL's driver would fetch a million rows at once, unless it is told to stream them."""
    streaming = {"yield_per": AT_ONCE}
    with connection.execute(_SIGHTINGS, {"event": event}, execution_options=streaming) as rows:
        yield from rows


def _act(row: ActRow, names: _Names, *, taken_back: bool) -> LogEntry:
    user_id, name = names.people.get(row.user, ("", "")) if row.user is not None else ("", "")
    badge = from_bytes(row.badge)
    return LogEntry(
        time=row.time,
        raw_time=row.raw_time,
        method=_METHODS[row.kind],
        user_id=user_id or row.ref,
        name=name or row.name,
        ble_uuid="" if badge == NIL_UUID else badge,
        scanner_id=names.scanners[row.scanner],
        by=row.by,
        why=row.why,
        taken_back=taken_back,
    )
