"""Which sightings were taken back.

A void names a sighting by badge, scanner and the time that the station wrote. The sighting may be
stored under another time, if the station's clock was wrong: then it is found by what was written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, select

from ...core.model import Kind
from .act_rows import load_acts
from .chunks import chunks
from .schema_acts import acts
from .schema_clocks import corrected_times

SightingKey = tuple[int, bytes, int, int]
"""Event, badge, stored time, scanner: the key of `sightings`."""


def hidden_sightings(connection: Connection, event: int | None) -> set[SightingKey]:
    """Those that were taken back at one event, or (None) at all; they need not have come yet."""
    here = () if event is None else (acts.c.event_id == event,)
    named = acts.c.kind == Kind.VOID.value, acts.c.of_time.is_not(None)
    found = load_acts(connection, *named, *here)
    voids = {(v.event, v.badge, v.of_time, v.scanner) for v in found if v.of_time is not None}
    moved: dict[SightingKey, set[SightingKey]] = defaultdict(set)
    taken: set[SightingKey] = set()
    for row in _corrected(connection, voids):
        written = (*row[:2], row[4], row[3])
        moved[written].add(row[:4])
        taken.add(row[:4])
    # A time that is itself a corrected one belongs to another record.
    return (voids - taken).union(*(moved[void] for void in voids))


def _corrected(
    connection: Connection, voids: Iterable[SightingKey]
) -> Iterable[tuple[int, bytes, int, int, int]]:
    """Event, badge, corrected time, scanner, written time: of the badges of these voids."""
    badges: dict[int, set[bytes]] = defaultdict(set)
    for event, badge, _, _ in voids:
        badges[event].add(badge)
    table = corrected_times.c
    for event, some_badges in badges.items():
        for some in chunks(sorted(some_badges)):
            query = select(
                table.event_id,
                table.ble_uuid,
                table.check_in_time,
                table.scanner_id,
                table.raw_time,
            ).where(table.event_id == event, table.ble_uuid.in_(some))
            for row in connection.execute(query):
                yield row.event_id, row.ble_uuid, row.check_in_time, row.scanner_id, row.raw_time
