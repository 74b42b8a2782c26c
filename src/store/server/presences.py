"""What is kept of purged sightings: made at the purge, read with those that are still there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, select, text

from ...core.attendance import MINUTE_MS
from ...core.retention import Heard, Stretch, stretches, times_of
from .act_facts import act_facts
from .clocks import raw_times
from .earliest import EARLIEST
from .events import event_value
from .rotation_purge import stand_ins
from .schema import badges, events, scanners, sightings
from .schema_care import presences

Sighting = tuple[bytes, int, int]
"""ble_uuid, check_in_time, scanner_id."""

# The same sightings again, sent and purged once more, make the same row.
_KEEP = text("""
INSERT INTO presences (event_id, ble_uuid, starts_at, ends_at, scanner_id, sightings, corrected)
VALUES (:event, :badge, :start, :end, :scanner, :sightings, :corrected)
ON CONFLICT (event_id, ble_uuid, starts_at) DO UPDATE SET
    ends_at = CASE WHEN excluded.ends_at > presences.ends_at
              THEN excluded.ends_at ELSE presences.ends_at END,
    sightings = CASE WHEN excluded.sightings > presences.sightings
                THEN excluded.sightings ELSE presences.sightings END
""")

_RESOLVE = text(f"""
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
SELECT event_id, user_id, starts_at, scanner_id FROM (
    SELECT p.event_id, b.user_id, p.starts_at, p.scanner_id, row_number() OVER (
        PARTITION BY p.event_id, b.user_id ORDER BY p.starts_at, n.name) AS place
    FROM stage_badges g JOIN badges b ON b.ble_uuid = g.ble_uuid
    JOIN presences p ON p.ble_uuid = g.ble_uuid JOIN scanners n ON n.id = p.scanner_id
) AS arrivals
WHERE place = 1 ORDER BY event_id, user_id
{EARLIEST}
""")  # noqa: S608 - a constant


def kept(
    connection: Connection, event: int
) -> tuple[dict[bytes, list[Sighting]], dict[Sighting, int]]:
    """Times that stand for purged sightings, by badge; and what was written where it differs."""
    found: dict[bytes, list[Sighting]] = defaultdict(list)
    raw: dict[Sighting, int] = {}
    mine = select(presences).where(presences.c.event_id == event).order_by(presences.c.starts_at)
    for row in connection.execute(mine):
        stretch = Stretch(row.starts_at, row.ends_at, row.scanner_id, row.sightings, row.corrected)
        times = times_of(stretch)
        found[row.ble_uuid].extend((row.ble_uuid, time, row.scanner_id) for time in times)
        if row.corrected:
            first = (row.ble_uuid, row.starts_at, row.scanner_id)
            raw[first] = row.starts_at - row.corrected
    return found, raw


def keep(connection: Connection, event: int) -> None:
    """Fold all sightings of an event into presences; those that were taken back leave nothing."""
    row = connection.execute(select(events).where(events.c.id == event)).one()
    acts, raw = act_facts(connection, event), raw_times(connection, event)
    names = names_of(connection)
    rows: list[dict[str, object]] = []
    owners, rotated = _owners(connection, event), defaultdict[int, list[Sighting]](list)
    for badge, heard in by_badge(connection, event):
        for owner, part in acts.split(badge, heard, owners.get(badge)):
            if owner is not None and acts.rotates(badge):
                rotated[owner] += part
            else:
                rows += rows_of(row, badge, part, raw, names)
    for owner, badge in stand_ins(connection, row, rotated.keys()).items():
        rows += rows_of(row, badge, rotated[owner], raw, names)
    if rows:
        connection.execute(_KEEP, rows)


def add(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep rows that `rows_of` made."""
    if rows:
        connection.execute(_KEEP, list(rows))


def rows_of(
    event: Row[*tuple[Any, ...]],
    badge: bytes,
    part: Iterable[Sighting],
    raw: Mapping[Sighting, int],
    names: Mapping[int, str],
) -> list[dict[str, object]]:
    """The rows that stand for one person's sightings by one badge."""
    rules = event_value(event).rules
    heard = [Heard(one[1], one[2], one[1] - raw.get(one, one[1])) for one in part]
    folded = stretches(
        heard,
        opens=event.starts_at - rules.check_in_opens_minutes * MINUTE_MS,
        closes=event.ends_at + rules.away_minutes * MINUTE_MS,
        away_ms=rules.away_minutes * MINUTE_MS,
        names=names,
    )
    return [{"event": event.id, "badge": badge} | stretch._asdict() for stretch in folded]


def by_badge(connection: Connection, event: int) -> Iterator[tuple[bytes, list[Sighting]]]:
    """The event's raw sightings, not all in memory at once."""
    table = sightings.c
    query = select(table.ble_uuid, table.check_in_time, table.scanner_id)
    ordered = query.where(table.event_id == event).order_by(table.ble_uuid, table.check_in_time)
    rows = connection.execute(ordered.execution_options(yield_per=5_000))
    for badge, some in groupby(rows, key=itemgetter(0)):
        yield badge, [_plain(one) for one in some]


def _owners(connection: Connection, event: int) -> dict[bytes, int]:
    heard = select(sightings.c.ble_uuid).where(sightings.c.event_id == event)
    query = select(badges).where(badges.c.ble_uuid.in_(heard))
    return {row.ble_uuid: row.user_id for row in connection.execute(query)}


def resolve(connection: Connection) -> None:
    """Check-ins of the staged badges' new owners, from what was kept of their sightings."""
    connection.execute(_RESOLVE)


def names_of(connection: Connection) -> dict[int, str]:
    """Scanners' names by key."""
    return {row.id: row.name for row in connection.execute(select(scanners))}


def _plain(sighting: Iterable[Any]) -> Sighting:
    """A row as what other rows can be compared with."""
    badge, time, scanner = sighting
    return badge, time, scanner
