"""Everything that the database holds about one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Table, or_, select, text

from ...core.identity import from_bytes
from ...core.model import Kind
from .act_facts import ActFacts, act_facts
from .act_rows import refs_of
from .chunks import chunks
from .presences import Sighting
from .schema import attendance, badges, events, registrations, scanners, tokens, users
from .schema_accounts import accounts, sign_ins
from .schema_acts import acts
from .schema_care import audit_log, presences
from .settle import periods_of

Rows = list[dict[str, Any]]

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
    return Person(row, refs, tuple(sorted(found)), owned)


def heard_of(connection: Connection, person: Person) -> Iterator[Heard]:
    """The person's raw sightings."""
    facts: dict[int, ActFacts] = {}
    for badge in person.badges:
        by_event: dict[int, list[Sighting]] = {}
        for event, *sighting in connection.execute(_HEARD, {"badge": badge}):
            by_event.setdefault(event, []).append(tuple(sighting))
        for event, every in by_event.items():
            if event not in facts:
                facts[event] = act_facts(connection, event)
            mine = [one for one in every if is_theirs(facts[event], person, badge, one[1])]
            counting = [one for one in mine if one not in facts[event].hidden]
            if mine:
                yield Heard(event, badge, counting, mine)


def is_theirs(facts: ActFacts, person: Person, badge: bytes, time: int) -> bool:
    """Whether a badge was this person's at a time."""
    if badge in facts.care:
        return bool(facts.ownership.owner_at(badge, time) == person.row.id)
    return badge in person.owned


def collect(connection: Connection, person: Person) -> dict[str, Rows]:
    """Everything, by kind; the keys inside are public ids and names."""
    key, refs = person.row.id, person.refs
    names = {row.id: row.name for row in connection.execute(select(scanners))}
    event_ids = {row.id: row.public_id for row in connection.execute(select(events))}
    mine = [users.c.id == key]
    found = {
        "users": _rows(connection, users, mine, drop={"email_key"}),
        "accounts": _rows(
            connection, accounts, [accounts.c.user_id == key], drop={"password_hash"}
        ),
        "badges": _rows(connection, badges, [badges.c.user_id == key]),
        "signIns": [
            *_rows(connection, sign_ins, [sign_ins.c.user_id == key], drop={"token_hash"}),
            *_rows(connection, tokens, [tokens.c.user_id == key], drop={"token_hash"}),
        ],
        "registrations": _rows(connection, registrations, [registrations.c.user_id == key]),
        "attendance": _rows(connection, attendance, [attendance.c.user_id == key]),
        "acts": _rows(connection, acts, [or_(acts.c.user_ref.in_(refs), _did(person))]),
        "sightings": [
            {"event_id": one.event, "ble_uuid": badge, "check_in_time": time, "scanner_id": scanner}
            for one in heard_of(connection, person)
            for badge, time, scanner in one.every
        ],
        "presences": presences_of(connection, person),
        "auditLog": _rows(connection, audit_log, [_audited(person)]),
    }
    return {
        kind: [_readable(row, event_ids, names) for row in rows] for kind, rows in found.items()
    }


def _did(person: Person) -> ColumnElement[bool]:
    return acts.c.done_by.in_(called(person))


def called(person: Person) -> list[str]:
    """How an operator's act may name the person as the one who did it."""
    row = person.row
    return [word for word in (row.name, row.email, row.public_id) if word]


def _audited(person: Person) -> ColumnElement[bool]:
    public_id = person.row.public_id
    return or_(audit_log.c.actor_id == public_id, audit_log.c.subject == f"users/{public_id}")


def presences_of(connection: Connection, person: Person) -> Rows:
    """What was kept of the person's purged sightings, as the table has it."""
    found: Rows = []
    facts: dict[int, ActFacts] = {}
    for some in chunks(person.badges):
        for row in _rows(connection, presences, [presences.c.ble_uuid.in_(some)]):
            event = row["event_id"]
            if event not in facts:
                facts[event] = act_facts(connection, event)
            if is_theirs(facts[event], person, row["ble_uuid"], row["starts_at"]):
                found.append(row)
    return found


def _rows(
    connection: Connection,
    table: Table,
    where: Sequence[ColumnElement[bool]],
    drop: frozenset[str] | set[str] = frozenset(),
) -> Rows:
    columns = [column for column in table.columns if column.name not in drop]
    query = select(*columns).where(*where).order_by(*table.primary_key.columns)
    return [dict(row) for row in connection.execute(query).mappings()]


def _readable(
    row: Mapping[str, Any], event_ids: Mapping[int, str], names: Mapping[int, str]
) -> dict[str, Any]:
    readable: dict[str, Any] = {}
    for name, value in row.items():
        if name == "event_id":
            readable["eventId"] = event_ids[value]
        elif name == "scanner_id":
            readable["scannerId"] = names[value]
        elif name not in {"id", "user_id"}:
            readable[_camel(name)] = from_bytes(value) if isinstance(value, bytes) else value
    return readable


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
