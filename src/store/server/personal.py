"""Everything that the database holds about one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Table, or_, select, text

from ...core.identity import from_bytes
from ...core.model import Kind
from ...core.ownership import Ownership
from .act_rows import load_ownership, refs_of
from .chunks import chunks
from .personal_words import Rows, rows_of, said_of
from .presences import Sighting
from .schema import (
    attendance,
    badges,
    events,
    registrations,
    scan_sessions,
    scanners,
    tokens,
    users,
)
from .schema_accounts import accounts, identities, sign_ins
from .schema_acts import acts, walk_ins
from .schema_badges import badge_periods
from .schema_care import audit_log, presences
from .schema_clocks import corrected_times
from .schema_rotation import rotation_secrets
from .schema_trash import trashed_sightings
from .settle import periods_of, touched_badges
from .voids import SightingKey, hidden_sightings

_HEARD = text("""
SELECT e.id, s.ble_uuid, s.check_in_time, s.scanner_id
FROM events e CROSS JOIN sightings s WHERE s.event_id = e.id AND s.ble_uuid = :badge
ORDER BY e.id, s.check_in_time, s.scanner_id
""")


class Person(NamedTuple):
    """By what a person is known."""

    row: Row[*tuple[Any, ...]]
    refs: tuple[str, ...]
    """Ids by which acts name the person."""
    badges: tuple[bytes, ...]
    """Every one that ever was theirs."""
    owned: frozenset[bytes]
    """Those that are."""
    past: frozenset[bytes]
    """Those for which the owner depends on the time."""
    ownership: Ownership
    """Of these."""

    def had(self, badge: bytes, time: int) -> bool:
        """Whether a badge was this person's at a time (Unix ms)."""
        if badge in self.past:
            return bool(self.ownership.owner_at(badge, time) == self.row.id)
        return badge in self.owned


class Heard(NamedTuple):
    """Sightings of a person by one badge at one event."""

    event: int
    badge: bytes
    counting: Sequence[Sighting]
    """Those that were not taken back."""
    every: Sequence[Sighting]


def person_of(connection: Connection, row: Row[*tuple[Any, ...]]) -> Person:
    """What the row's person is known by."""
    refs = tuple(sorted(refs_of(connection, [row.id])))
    given = acts.c.user_ref.in_(refs) & (acts.c.kind == Kind.ASSIGN.value)
    mine = badges.c.user_id == row.id
    owned = frozenset(connection.scalars(select(badges.c.ble_uuid).where(mine)))
    found = {
        *owned,
        *periods_of(connection, [row.id]),
        *connection.scalars(select(acts.c.ble_uuid).where(given)),
    }
    past = frozenset(touched_badges(connection, found))
    return Person(row, refs, tuple(sorted(found)), owned, past, load_ownership(connection, past))


def heard_of(connection: Connection, person: Person) -> Iterator[Heard]:
    """The person's raw sightings."""
    hidden: dict[int, set[SightingKey]] = {}
    for badge in person.badges:
        by_event: dict[int, list[Sighting]] = {}
        for event, *sighting in connection.execute(_HEARD, {"badge": badge}):
            by_event.setdefault(event, []).append(tuple(sighting))
        for event, every in by_event.items():
            if event not in hidden:
                hidden[event] = hidden_sightings(connection, event)
            mine = [one for one in every if person.had(badge, one[1])]
            counting = [one for one in mine if (event, *one) not in hidden[event]]
            if mine:
                yield Heard(event, badge, counting, mine)


def collect(connection: Connection, person: Person) -> dict[str, Rows]:
    """Everything, by kind; the keys inside are public ids and names."""
    key = person.row.id
    names = {row.id: row.name for row in connection.execute(select(scanners))}
    event_ids = {row.id: row.public_id for row in connection.execute(select(events))}
    found = {
        "users": rows_of(connection, users, [users.c.id == key], drop={"email_key"}),
        "accounts": rows_of(
            connection, accounts, [accounts.c.user_id == key], drop={"password_hash"}
        ),
        "identities": rows_of(
            connection, identities, [identities.c.token_identifier == person.row.token_identifier]
        ),
        "rotations": rows_of(
            connection, rotation_secrets, [rotation_secrets.c.user_id == key], drop={"secret"}
        ),
        "signIns": [
            *rows_of(connection, sign_ins, [sign_ins.c.user_id == key], drop={"token_hash"}),
            *rows_of(connection, tokens, [tokens.c.user_id == key], drop={"token_hash"}),
        ],
        **{
            _camel(table.name): rows_of(connection, table, [table.c.user_id == key])
            for table in (badges, badge_periods, registrations, attendance, walk_ins)
        },
        **_heard(connection, person),
        "acts": rows_of(
            connection, acts, [or_(_about(person), acts.c.done_by.in_(called(person)))]
        ),
        "auditLog": rows_of(connection, audit_log, [_audited(person)]),
        **said_of(connection, person, called(person)),
    }
    return {
        kind: [_readable(row, event_ids, names) for row in rows] for kind, rows in found.items()
    }


def _heard(connection: Connection, person: Person) -> dict[str, Rows]:
    """Everything that was heard of the person's badges."""
    heard = [
        {"event_id": one.event, "ble_uuid": badge, "check_in_time": time, "scanner_id": scanner}
        for one in heard_of(connection, person)
        for badge, time, scanner in one.every
    ]
    return {
        "sightings": heard,
        "correctedTimes": _of_badges(connection, person, corrected_times, "check_in_time"),
        "trashedSightings": trashed_of(connection, person),
        "presences": presences_of(connection, person),
    }


def _about(person: Person) -> ColumnElement[bool]:
    """Acts about the person; who takes a sighting back names the badge alone."""
    void = acts.c.kind == Kind.VOID.value
    return or_(acts.c.user_ref.in_(person.refs), void & acts.c.ble_uuid.in_(person.badges))


def called(person: Person) -> list[str]:
    """How an operator's act may name the person as the one who did it."""
    row = person.row
    return [word for word in (row.name, row.email, row.public_id) if word]


def _audited(person: Person) -> ColumnElement[bool]:
    public_id = person.row.public_id
    return or_(audit_log.c.actor_id == public_id, audit_log.c.subject == f"users/{public_id}")


def presences_of(connection: Connection, person: Person) -> Rows:
    """What was kept of the person's purged sightings, as the table has it."""
    return _of_badges(connection, person, presences, "starts_at")


def trashed_of(connection: Connection, person: Person) -> Rows:
    """The person's sightings in the trash, with the key of their session."""
    rows = _of_badges(connection, person, trashed_sightings, "check_in_time")
    query = select(scan_sessions)
    where = {row.id: row for row in connection.execute(query)} if rows else {}
    for row in rows:
        session = where[row["session_id"]]
        row.update(event_id=session.event_id, scanner_id=session.scanner_id)
    return rows


def _of_badges(connection: Connection, person: Person, table: Table, time: str) -> Rows:
    """The rows about a badge while it was the person's."""
    return [
        row
        for some in chunks(person.badges)
        for row in rows_of(connection, table, [table.c.ble_uuid.in_(some)])
        if person.had(row["ble_uuid"], row[time])
    ]


def _readable(
    row: Mapping[str, Any], event_ids: Mapping[int, str], names: Mapping[int, str]
) -> dict[str, Any]:
    readable: dict[str, Any] = {}
    for name, value in row.items():
        if name == "event_id":
            readable["eventId"] = event_ids[value]
        elif name == "scanner_id":
            readable["scannerId"] = names[value]
        elif name not in {"id", "user_id", "session_id", "insight_id"}:
            readable[_camel(name)] = from_bytes(value) if isinstance(value, bytes) else value
    return readable


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
