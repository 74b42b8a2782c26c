"""The facts of an event's report: one ordered pass over each table, all from one snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection, text

from ...core.identity import from_bytes
from ...core.report import EventFacts, GapFacts, PersonFacts, ScannerFacts, UnknownFacts
from ...core.rotation import Assurance
from . import clocks, closing, presences, refusals
from .act_facts import ActFacts, act_facts
from .events import event_row, event_value
from .heard import ByBadge, Heard, read_all

_ATTENDING = """
SELECT user_id FROM registrations WHERE event_id = :event
UNION SELECT user_id FROM attendance WHERE event_id = :event
"""
_PEOPLE = text(f"""
SELECT u.id, u.public_id, u.name, u.email, r.status, a.check_in_time, n.name
FROM ({_ATTENDING}) AS who
JOIN users u ON u.id = who.user_id
LEFT JOIN registrations r ON r.event_id = :event AND r.user_id = u.id
LEFT JOIN attendance a ON a.event_id = :event AND a.user_id = u.id
LEFT JOIN scanners n ON n.id = a.scanner_id
ORDER BY u.id
""")  # noqa: S608 - a constant
_BADGES = text(f"""
SELECT b.ble_uuid, b.user_id FROM ({_ATTENDING}) AS who JOIN badges b ON b.user_id = who.user_id
ORDER BY b.user_id, b.assigned_at DESC, b.ble_uuid
""")  # noqa: S608 - a constant
_SCANNERS = text("""
SELECT n.name, coalesce(max(s.covered_until), e.last_received_at), count(s.id) - count(s.ended_at)
FROM event_scanners e
JOIN scanners n ON n.id = e.scanner_id
LEFT JOIN scan_sessions s ON s.event_id = e.event_id AND s.scanner_id = e.scanner_id
  AND NOT EXISTS (SELECT 1 FROM trashed_sessions t WHERE t.session_id = s.id)
WHERE e.event_id = :event
GROUP BY n.id, n.name, e.last_received_at ORDER BY n.name
""")
_GAPS = text("""
SELECT n.name, g.starts_at, g.ends_at, g.why
FROM coverage_gaps g JOIN scanners n ON n.id = g.scanner_id
WHERE g.event_id = :event ORDER BY g.starts_at, n.name, g.ends_at, g.why
""")
_NAMES = text("SELECT id, name FROM scanners")


HeardOf = Callable[[Connection, int], ByBadge]
"""All sightings of an event, by its key."""


def report_facts(connection: Connection, event_id: str, heard_of: HeardOf = read_all) -> EventFacts:
    """Everything that the report is folded from. Raises EventNotFound."""
    row = event_row(connection, event_id)
    event = {"event": row.id}
    badges: dict[int, list[bytes]] = defaultdict(list)
    for ble_uuid, user in connection.execute(_BADGES, event).all():
        badges[user].append(ble_uuid)
    owners = {ble_uuid: user for user, owned in badges.items() for ble_uuid in owned}
    kept, kept_raw = presences.kept(connection, row.id)
    raw = clocks.raw_times(connection, row.id) | kept_raw
    times: dict[int, list[Sightings]] = defaultdict(list)
    unknown: list[tuple[bytes, Sightings]] = []
    rotating: set[int] = set()
    folded: set[int] = set()
    acts = act_facts(connection, row.id)
    corrected = dict(acts.corrected)
    for ble_uuid, sightings in _with_kept(heard_of(connection, row.id), kept):
        for owner, part in acts.split(ble_uuid, sightings, owners.get(ble_uuid)):
            if owner is None:
                unknown.append((ble_uuid, part))
                continue
            times[owner].append(part)
            if ble_uuid in kept:
                folded.add(owner)
            if acts.rotates(ble_uuid):
                rotating.add(owner)
            if raw:
                corrected[owner] = _largest(corrected.get(owner, 0), part, raw)
    value = event_value(row)
    people = _people(connection, event, badges, times, corrected, acts, rotating)
    return EventFacts(
        event=value,
        rules=value.rules,
        people=list(people.values()),
        folded=frozenset(people[user].user_id for user in folded if user in people),
        unknown=_unknown(connection, unknown, acts),
        scanners=scanners_of(connection, row.id),
        gaps=[GapFacts(*found) for found in connection.execute(_GAPS, event)],
        clocks=tuple(clocks.clock_facts(connection, row.id)),
        created_at=row.created_at,
        refused=refusals.count(connection, row.id),
        voids=acts.voids,
        acceptances=closing.load_acceptances(connection, row.id),
        seals=closing.load_seals(connection, row.id),
    )


def scanners_of(connection: Connection, event: int) -> list[ScannerFacts]:
    """What is known of each scanner's records, by name; `event` is its key."""
    return [ScannerFacts(*found) for found in connection.execute(_SCANNERS, {"event": event})]


Sightings = Sequence[tuple[bytes, int, int]]
"""Of one badge: ble_uuid, check_in_time, scanner_id."""


def _times(parts: Sequence[Sightings]) -> Sequence[int]:
    """All times, ascending. Nearly always of one badge, and ready."""
    if len(parts) == 1 and isinstance(parts[0], Heard):
        return parts[0].times
    return tuple(sorted(time for part in parts for _, time, _ in part))


def _with_kept(
    heard: ByBadge, kept: Mapping[bytes, Sightings]
) -> Iterator[tuple[bytes, Sightings]]:
    """What is there, and what stayed of the sightings that were purged."""
    for ble_uuid, here in heard.items():
        yield ble_uuid, here.and_kept(kept[ble_uuid]) if ble_uuid in kept else here
    for ble_uuid in kept.keys() - heard.keys():
        yield ble_uuid, Heard(ble_uuid, (), ()).and_kept(kept[ble_uuid])


def _largest(least: int, sightings: Sightings, raw: dict[tuple[bytes, int, int], int]) -> int:
    """The largest correction, forward or back, of these sightings, if it is more than `least`."""
    moved = (time - raw.get((badge, time, scanner), time) for badge, time, scanner in sightings)
    return max(least, *moved, key=abs)


def _people(
    connection: Connection,
    event: dict[str, int],
    badges: dict[int, list[bytes]],
    times: dict[int, list[Sightings]],
    corrected: dict[int, int],
    acts: ActFacts,
    rotating: Collection[int],
) -> dict[int, PersonFacts]:
    """By the database's key."""
    people = {}
    for user, public_id, name, email, status, time, scanner in connection.execute(
        _PEOPLE, event
    ).all():
        newest = badges[user][0] if user in badges else b""
        people[user] = PersonFacts(
            user_id=public_id,
            name=name,
            email=email,
            ble_uuid=from_bytes(newest) if newest else "",
            registration=status or "",
            check_in_time=time,
            scanner_id=scanner or "",
            sightings=_times(times.get(user, ())),
            corrected=corrected.get(user, 0),
            by_hand=acts.by_hand.get(user, ()),
            method=acts.method(user, time, scanner),
            excused=acts.excused.get(user),
            assurance=Assurance.MEDIUM if user in rotating else Assurance.LOW,
        )
    return people


def _unknown(
    connection: Connection, found: list[tuple[bytes, Sightings]], acts: ActFacts
) -> list[UnknownFacts]:
    """In the order of their first sighting; ties between scanners go by name, as everywhere."""
    names = {row.id: row.name for row in connection.execute(_NAMES)} if found else {}
    facts = []
    for ble_uuid, sightings in found:
        first = sightings[0][1]
        scanner = min(names[key] for _, time, key in sightings if time == first)
        facts.append(
            UnknownFacts(
                from_bytes(ble_uuid),
                first,
                sightings[-1][1],
                len(sightings),
                scanner,
                replay=acts.rotates(ble_uuid),
            )
        )
    return sorted(facts, key=lambda fact: (fact.first_seen, fact.ble_uuid))
