"""What follows from operators' acts: who owns a badge, and the attendance of the people concerned.

Both are computed anew from all facts, so that neither the order nor a repetition of batches
matters. Only people and badges that an act concerns come this way: the others are merged set-based.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, or_, select, text

from ...core.model import Kind
from ...core.ownership import Ownership
from ...core.rotation import BY_ROTATION, DAY_MS
from . import schema
from .act_rows import HOLDS, acts_of, load_acts, load_ownership
from .chunks import chunks
from .schema_acts import act_badges, acts
from .schema_badges import badge_periods
from .voids import hidden_sightings

ASIDE_MS = 2 * DAY_MS
"""How far from an event its rotating ids can be: its check-in opens a day before at most."""

BY_HAND = acts.c.kind.in_([Kind.MANUAL.value, Kind.WALK_IN.value])

_OF_ALL = """
SELECT s.event_id, s.ble_uuid, s.check_in_time, s.scanner_id
FROM events e CROSS JOIN sightings s WHERE s.event_id = e.id AND s.ble_uuid IN :badges{here}
UNION ALL
SELECT e.id, p.ble_uuid, p.starts_at, p.scanner_id
FROM presences p JOIN events e ON e.id = p.event_id WHERE p.ble_uuid IN :badges{here}
"""
_SIGHTINGS = text(_OF_ALL.format(here="")).bindparams(bindparam("badges", expanding=True))
_SIGHTINGS_HERE = text(_OF_ALL.format(here=" AND e.id = :event")).bindparams(
    bindparam("badges", expanding=True)
)
_ATTENDS = text("""
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
VALUES (:event, :user, :time, :scanner)
ON CONFLICT (event_id, user_id) DO UPDATE
SET check_in_time = excluded.check_in_time, scanner_id = excluded.scanner_id
""")
_TOUCH = text("INSERT INTO act_badges (ble_uuid) VALUES (:badge) ON CONFLICT DO NOTHING")
_BADGE = text("""
INSERT INTO badges (ble_uuid, user_id, assigned_at) VALUES (:badge, :user, :time)
ON CONFLICT (ble_uuid) DO UPDATE
SET user_id = excluded.user_id, assigned_at = excluded.assigned_at
""")


class Fact(NamedTuple):
    """A check-in's time and scanner."""

    time: int
    scanner: int


Place = tuple[int, int]
"""Event and user: the key of an attendance row."""


def touched_badges(connection: Connection, badges: Collection[bytes]) -> set[bytes]:
    """Those of the badges for which more than one owner may have to be asked for."""
    known: set[bytes] = set()
    for some in chunks(sorted(badges)):
        query = select(act_badges.c.ble_uuid).where(act_badges.c.ble_uuid.in_(some))
        known.update(connection.scalars(query))
    return known


def touch(connection: Connection, badges: Collection[bytes]) -> None:
    """Remember that more than the present holder has to be asked for from now on."""
    if badges:
        connection.execute(_TOUCH, [{"badge": badge} for badge in sorted(badges)])


def settle_badges(connection: Connection, badges: Collection[bytes]) -> Ownership:
    """Give each touched badge to its last owner, or to nobody; returns their ownership."""
    ownership, now = load_ownership(connection, badges), holders(connection, badges)
    for badge in sorted(badges):
        last = ownership.owner(badge)
        if last is None and badge in now:
            connection.execute(delete(schema.badges).where(schema.badges.c.ble_uuid == badge))
        elif last is not None and now.get(badge) != (last.user, last.time):
            connection.execute(_BADGE, {"badge": badge, "user": last.user, "time": last.time})
    return ownership


def holders(connection: Connection, badges: Collection[bytes]) -> dict[bytes, tuple[int, int]]:
    """Who holds these badges at present, and since when."""
    found: dict[bytes, tuple[int, int]] = {}
    for some in chunks(sorted(badges)):
        query = select(schema.badges).where(schema.badges.c.ble_uuid.in_(some))
        rows = connection.execute(query)
        found.update((row.ble_uuid, (row.user_id, row.assigned_at)) for row in rows)
    return found


def settle_attendance(
    connection: Connection, people: Collection[int], event: int | None = None
) -> None:
    """Write the attendance of these users anew, at one event or (None) at all."""
    if not people:
        return
    facts = _facts(connection, people, event)
    before = _before(connection, people, event)
    _keep_purged(connection, facts, before)
    for event_id, user in sorted(before.keys() - facts.keys()):
        table = schema.attendance.c
        gone = delete(schema.attendance).where(table.event_id == event_id, table.user_id == user)
        connection.execute(gone)
    names = {row.id: row.name for row in connection.execute(select(schema.scanners))}
    for place in sorted(facts):
        first = min(facts[place], key=lambda fact: (fact.time, names[fact.scanner]))
        if before.get(place) != first:
            row = {
                "event": place[0],
                "user": place[1],
                "time": first.time,
                "scanner": first.scanner,
            }
            connection.execute(_ATTENDS, row)


def _facts(
    connection: Connection, people: Collection[int], event: int | None
) -> dict[Place, set[Fact]]:
    """Every check-in of these people that holds."""
    facts: dict[Place, set[Fact]] = defaultdict(set)
    here = () if event is None else (acts.c.event_id == event,)
    for act in acts_of(connection, people, BY_HAND, HOLDS, *here):
        if act.user is not None:
            facts[act.event, act.user].add(Fact(act.time, act.scanner))
    for event_id, user, fact in seen_facts(connection, people, event):
        facts[event_id, user].add(fact)
    return facts


def seen_facts(
    connection: Connection, people: Collection[int], event: int | None
) -> Iterator[tuple[int, int, Fact]]:
    """Event, user and fact of every sighting of these people that counts."""
    simple = _badges_of(connection, people)
    claimed = acts_of(connection, people, acts.c.kind == Kind.ASSIGN.value)
    care = touched_badges(connection, {*simple, *(act.badge for act in claimed)})
    care |= touched_badges(connection, periods_of(connection, people, event))
    ownership, hidden = load_ownership(connection, care), hidden_sightings(connection, event)
    for some in chunks(sorted(simple.keys() | care)):
        query = _SIGHTINGS if event is None else _SIGHTINGS_HERE
        values = {"badges": some} | ({} if event is None else {"event": event})
        for event_id, badge, time, scanner in connection.execute(query, values):
            owner = ownership.owner_at(badge, time) if badge in care else simple[badge]
            taken_back = (event_id, badge, time, scanner) in hidden
            if owner is not None and owner in people and not taken_back:
                yield event_id, owner, Fact(time, scanner)


def _badges_of(connection: Connection, people: Collection[int]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for some in chunks(sorted(people)):
        query = select(schema.badges).where(schema.badges.c.user_id.in_(some))
        found.update((row.ble_uuid, row.user_id) for row in connection.execute(query))
    return found


def periods_of(
    connection: Connection, people: Collection[int], event: int | None = None
) -> set[bytes]:
    """The badges that these people had at any time but by an operator's act.

    Of rotating ids only those of the event's days, if there is one: else they grow with the years.
    """
    table, found = badge_periods.c, set[bytes]()
    for some in chunks(sorted(people)):
        query = select(table.ble_uuid).where(table.user_id.in_(some))
        if event is not None:
            mine = schema.events.c.id == event
            start = select(schema.events.c.starts_at - ASIDE_MS).where(mine).scalar_subquery()
            end = select(schema.events.c.ends_at + ASIDE_MS).where(mine).scalar_subquery()
            then = table.valid_to.between(start, end)
            query = query.where(or_(table.added_by != BY_ROTATION, then))
        found.update(connection.scalars(query))
    return found


def _before(
    connection: Connection, people: Collection[int], event: int | None
) -> dict[Place, Fact]:
    table = schema.attendance.c
    found: dict[Place, Fact] = {}
    for some in chunks(sorted(people)):
        query = select(schema.attendance).where(table.user_id.in_(some))
        if event is not None:
            query = query.where(table.event_id == event)
        for row in connection.execute(query):
            found[row.event_id, row.user_id] = Fact(row.check_in_time, row.scanner_id)
    return found


def _keep_purged(
    connection: Connection, facts: dict[Place, set[Fact]], before: Mapping[Place, Fact]
) -> None:
    """Where an event's raw sightings were purged its rows stay, unless they were taken back."""
    for event in {event for event, _ in before}:
        one = select(schema.sightings.c.event_id).where(schema.sightings.c.event_id == event)
        if connection.execute(one.limit(1)).first() is not None:
            continue
        voided = _voided(connection, event)
        for place, fact in before.items():
            if place[0] == event and fact not in voided:
                facts[place].add(fact)


def _voided(connection: Connection, event: int) -> set[Fact]:
    """Time and scanner of what was taken back at this event, or moved to another time."""
    here = acts.c.event_id == event
    taken_back = load_acts(connection, here, BY_HAND, ~HOLDS)
    moved = load_acts(connection, here, BY_HAND, acts.c.raw_time.is_not(None))
    seen = hidden_sightings(connection, event)
    return (
        {Fact(act.time, act.scanner) for act in taken_back}
        | {Fact(act.raw_time, act.scanner) for act in moved if act.raw_time is not None}
        | {Fact(time, scanner) for _, _, time, scanner in seen}
    )
