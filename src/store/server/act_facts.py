"""Operators' acts as the report needs them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select, text

from ...core.model import Kind
from ...core.ownership import Ownership
from ...core.report import Method, VoidFacts
from .act_rows import ActRow, load_acts, load_ownership
from .schema import scanners, users
from .schema_acts import acts
from .voids import hidden_sightings

Sighting = tuple[bytes, int, int]
"""ble_uuid, check_in_time, scanner_id."""

# Badges are replaced again and again in the course of the years; an event hears few of them.
_CARE = text("""
SELECT b.ble_uuid FROM act_badges b
WHERE EXISTS (SELECT 1 FROM sightings s WHERE s.event_id = :event AND s.ble_uuid = b.ble_uuid)
OR EXISTS (SELECT 1 FROM presences p WHERE p.event_id = :event AND p.ble_uuid = b.ble_uuid)
""")
_BY_HAND = (Kind.MANUAL, Kind.WALK_IN)


@dataclass(frozen=True, slots=True)
class ActFacts:
    """What acts say of one event. People are the database's keys."""

    by_hand: Mapping[int, Sequence[int]]
    excused: Mapping[int, str]
    voids: Sequence[VoidFacts]
    corrected: Mapping[int, int]
    """The largest correction of a person's check-ins by hand, ms, forward or back."""
    hand_rows: frozenset[tuple[int, int, str]]
    """User, time and scanner's name of every check-in by hand."""
    care: frozenset[bytes]
    """Badges of this event's sightings for which the owner depends on the time."""
    ownership: Ownership
    hidden: frozenset[tuple[bytes, int, int]]
    """Sightings that were taken back."""

    def method(self, user: int, time: int | None, scanner: str | None) -> Method | None:
        """How the attendance row came about."""
        if time is None:
            return None
        return Method.MANUAL if (user, time, scanner) in self.hand_rows else Method.SCANNED

    def rotates(self, badge: bytes) -> bool:
        """Whether the badge is an id that a phone showed for ten minutes only."""
        return badge in self.care and self.ownership.rotates(badge)

    def split(
        self, badge: bytes, sightings: Sequence[Sighting], owner: int | None
    ) -> Iterator[tuple[int | None, Sequence[Sighting]]]:
        """A badge's sightings by owner (None: nobody), without those that were taken back."""
        if badge not in self.care:
            yield owner, sightings
            return
        parts: dict[int | None, list[Sighting]] = defaultdict(list)
        for sighting in sightings:
            if tuple(sighting) not in self.hidden:
                parts[self.ownership.owner_at(badge, sighting[1])].append(sighting)
        yield from parts.items()


def act_facts(connection: Connection, event: int) -> ActFacts:
    """Everything that acts say of an event; a few small queries."""
    rows = load_acts(connection, acts.c.event_id == event)
    voided = {row.of for row in rows if row.kind == Kind.VOID}
    holding = [row for row in rows if row.id not in voided and row.user is not None]
    names = {row.id: row.name for row in connection.execute(select(scanners))} if rows else {}
    care = frozenset(connection.scalars(_CARE, {"event": event}))
    return ActFacts(
        by_hand=_by_hand(holding),
        excused=_excused(holding),
        corrected=_corrected(holding),
        voids=_voids(connection, rows, names),
        hand_rows=frozenset(
            (row.user, row.time, names[row.scanner])
            for row in holding
            if row.kind in _BY_HAND and row.user is not None
        ),
        care=care,
        ownership=load_ownership(connection, care),
        hidden=frozenset(
            (badge, time, scanner)
            for _, badge, time, scanner in hidden_sightings(connection, event)
        ),
    )


def _by_hand(holding: Sequence[ActRow]) -> dict[int, list[int]]:
    times: dict[int, list[int]] = defaultdict(list)
    for row in holding:
        if row.kind in _BY_HAND and row.user is not None:
            times[row.user].append(row.time)
    return dict(times)


def _corrected(holding: Sequence[ActRow]) -> dict[int, int]:
    largest: dict[int, int] = {}
    for row in holding:
        if row.kind in _BY_HAND and row.user is not None and row.raw_time is not None:
            moved = row.time - row.raw_time
            largest[row.user] = max(largest.get(row.user, 0), moved, key=abs)
    return largest


def _excused(holding: Sequence[ActRow]) -> dict[int, str]:
    """The first reason of each person."""
    reasons: dict[int, str] = {}
    for row in holding:
        if row.kind == Kind.EXCUSED and row.user is not None:
            reasons.setdefault(row.user, row.why)
    return reasons


def _voids(
    connection: Connection, rows: Sequence[ActRow], names: Mapping[int, str]
) -> tuple[VoidFacts, ...]:
    by_id = {row.id: row for row in rows}
    voids = [row for row in rows if row.kind == Kind.VOID]
    if not voids:
        return ()
    about = {void.id: by_id.get(void.of, void) for void in voids}
    people = {row.user for row in about.values() if row.user is not None}
    known = {
        row.id: row
        for row in connection.execute(select(users).where(users.c.id.in_(sorted(people))))
    }
    return tuple(
        _void(void, about[void.id], known.get(about[void.id].user), names) for void in voids
    )


def _void(
    void: ActRow,
    about: ActRow,
    person: Row[tuple[object, ...]] | None,
    names: Mapping[int, str],
) -> VoidFacts:
    seen = Kind.SIGHTING.value if void.of_time is not None else ""
    return VoidFacts(
        record_id=void.of,
        kind=seen if about is void else about.kind,
        user_id=person.public_id if person else "",
        name=person.name if person else "",
        by=void.by,
        time=void.time,
        why=void.why,
        scanner_id=names[void.scanner],
    )
