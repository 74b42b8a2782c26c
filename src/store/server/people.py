"""The import of people: looked up in bulk, decided row by row, written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, Executable, func, insert, select, text

from ...core.backend import ImportResult, PersonRow, Role, RowError
from . import presences
from .badge_changes import begin_imported, end_replaced
from .chunks import chunks
from .database import Database
from .earliest import EARLIEST
from .events import event_key
from .schema import badges, registrations, users

_BADGE = text("""
INSERT INTO badges (ble_uuid, user_id, assigned_at)
SELECT :badge, id, :now FROM users WHERE public_id = :id
""")
_CHANGE = text(
    "UPDATE users SET name = :name, email = :email, email_key = :key WHERE public_id = :id"
)
_REGISTER = text("""
INSERT INTO registrations (event_id, user_id, status, created_at)
SELECT :event, id, 'approved', :now FROM users WHERE public_id = :id
ON CONFLICT DO NOTHING
""")
_APPROVE = text("""
UPDATE registrations SET status = 'approved'
WHERE status = 'pending' AND event_id = :event
  AND user_id = (SELECT id FROM users WHERE public_id = :id)
""")
# One probe of the key for each event that has sightings and each new badge; old events have none
# left, because raw sightings are purged.
_RESOLVE = text(f"""
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
SELECT event_id, user_id, check_in_time, scanner_id FROM (
    SELECT e.id AS event_id, b.user_id, s.check_in_time, s.scanner_id, row_number() OVER (
        PARTITION BY e.id, b.user_id ORDER BY s.check_in_time, n.name) AS place
    FROM events e CROSS JOIN stage_badges g CROSS JOIN badges b
        CROSS JOIN sightings s CROSS JOIN scanners n
    WHERE EXISTS (SELECT 1 FROM sightings any_of WHERE any_of.event_id = e.id)
      AND b.ble_uuid = g.ble_uuid AND s.event_id = e.id AND s.ble_uuid = g.ble_uuid
      AND n.id = s.scanner_id
) AS arrivals
WHERE place = 1 ORDER BY event_id, user_id
{EARLIEST}
""")  # noqa: S608 - a constant


@dataclass(slots=True)
class _Person:
    """A person as the database has them, or as the import will make them."""

    id: str
    name: str
    email: str
    row: int | None = None
    """The row of this file that named the person."""


@dataclass(slots=True)
class _Plan:
    """Who is known, and what is to be written."""

    by_email: dict[str, _Person]
    by_badge: dict[bytes, _Person]
    new_id: Callable[[], str]
    created: list[_Person] = field(default_factory=list)
    changed: list[_Person] = field(default_factory=list)
    badges: list[tuple[bytes, _Person]] = field(default_factory=list)
    named: list[_Person] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


class Imported(NamedTuple):
    """What an import did, and to which rows."""

    result: ImportResult
    created: frozenset[int]
    updated: frozenset[int]
    ids: Mapping[int, str]
    """The public id of each good row's person."""


def import_people(
    database: Database,
    connection: Connection,
    rows: Sequence[PersonRow],
    *,
    event_id: str,
    new_id: Callable[[], str],
    now_ms: int,
) -> Imported:
    """Import within the caller's transaction. Raises EventNotFound before anything is written.

    A row is matched by its email (upper and lower case alike), else by its bleUuid. A badge whose
    owner has another email *and* another name is somebody else's: a row error. Another bleUuid than
    before is a new badge: the person's older ones end now, and keep their past.
    """
    event = event_key(connection, event_id) if event_id else None
    plan = _plan(connection, rows, new_id)
    for row in rows:
        why = _place(plan, row)
        if why:
            plan.errors.append(RowError(row.row, why))
    _write(database, connection, plan, now_ms)
    registered = 0 if event is None else _register(connection, plan, event, now_ms)
    return _imported(plan, registered)


def _imported(plan: _Plan, registered: int) -> Imported:
    ids = {person.row: person.id for person in plan.named if person.row is not None}
    made = {person.id for person in plan.created}
    touched = {person.id for person in plan.changed} | {person.id for _, person in plan.badges}
    touched -= made
    result = ImportResult(
        created=len(made),
        updated=len(touched),
        unchanged=len(plan.named) - len(made) - len(touched),
        registered=registered,
        errors=tuple(plan.errors),
    )
    created = frozenset(row for row, name in ids.items() if name in made)
    updated = frozenset(row for row, name in ids.items() if name in touched)
    return Imported(result, created, updated, ids)


def email_key(email: str) -> str:
    """What two emails of one person have in common."""
    return email.strip().casefold()


def badge_bytes(ble_uuid: str) -> bytes:
    """The 16 bytes of a canonical bleUuid."""
    return bytes.fromhex(ble_uuid.replace("-", ""))


def _plan(connection: Connection, rows: Sequence[PersonRow], new_id: Callable[[], str]) -> _Plan:
    """Look up everyone whom the rows may mean."""
    people: dict[str, _Person] = {}
    who = (users.c.public_id, users.c.name, users.c.email)
    by_email, by_badge = {}, {}
    for keys in chunks({email_key(row.email) for row in rows if row.email.strip()}):
        for found in connection.execute(
            select(*who, users.c.email_key).where(users.c.email_key.in_(keys))
        ):
            person = people.setdefault(found.public_id, _Person(*found[:3]))
            by_email[found.email_key] = person
    for ids in chunks({badge_bytes(row.ble_uuid) for row in rows if row.ble_uuid}):
        for found in connection.execute(
            select(*who, badges.c.ble_uuid).join(badges).where(badges.c.ble_uuid.in_(ids))
        ):
            person = people.setdefault(found.public_id, _Person(*found[:3]))
            by_badge[found.ble_uuid] = person
    return _Plan(by_email, by_badge, new_id)


def _place(plan: _Plan, row: PersonRow) -> str:
    """Add the row to the plan, or say why it can't be imported."""
    key = email_key(row.email)
    badge = badge_bytes(row.ble_uuid) if row.ble_uuid else b""
    if not key and not badge:
        return "The row has neither email nor bleUuid: a second import could not find the person."
    owner = plan.by_badge.get(badge)
    person = plan.by_email.get(key)
    if person is None and owner is not None and _same(owner, row):
        person = owner
    if owner is not None and owner is not person:
        return f"The bleUuid {row.ble_uuid} belongs to {owner.name} {owner.email}".strip() + "."
    if person is not None and person.row is not None:
        return f"Row {person.row} is about the same person."
    if person is None and not row.name:
        return "The name is missing."
    person = _create(plan, row) if person is None else _change(plan, person, row)
    person.row = row.row
    plan.named.append(person)
    if badge and owner is None:
        plan.badges.append((badge, person))
        plan.by_badge[badge] = person
    return ""


def _same(owner: _Person, row: PersonRow) -> bool:
    """Whether a badge's owner may be the person of a row whose email nobody has."""
    return not row.email.strip() or not owner.email or owner.name.casefold() == row.name.casefold()


def _create(plan: _Plan, row: PersonRow) -> _Person:
    person = _Person(plan.new_id(), row.name, row.email.strip())
    plan.created.append(person)
    if person.email:
        plan.by_email[email_key(person.email)] = person
    return person


def _change(plan: _Plan, person: _Person, row: PersonRow) -> _Person:
    """An empty cell changes nothing, nor does another spelling of the same email."""
    name = row.name or person.name
    email = row.email.strip() or person.email
    if name != person.name or email_key(email) != email_key(person.email):
        person.name, person.email = name, email
        plan.changed.append(person)
        if email:
            plan.by_email[email_key(email)] = person
    return person


def _write(database: Database, connection: Connection, plan: _Plan, now_ms: int) -> None:
    _execute(connection, insert(users), [_user_row(person, now_ms) for person in plan.created])
    _execute(
        connection,
        _CHANGE,
        [
            {"id": person.id, "name": person.name, "email": person.email, "key": _key(person)}
            for person in plan.changed
        ],
    )
    made, kept = {person.id for person in plan.created}, {badge for badge, _ in plan.badges}
    replacing = [person.id for _, person in plan.badges if person.id not in made]
    end_replaced(connection, replacing, kept, now_ms)
    _execute(
        connection,
        _BADGE,
        [{"badge": badge, "id": person.id, "now": now_ms} for badge, person in plan.badges],
    )
    if plan.badges:
        begin_imported(connection, [(badge, who.id) for badge, who in plan.badges], now_ms)
        database.stage_badges(connection, [badge for badge, _ in plan.badges])
        connection.execute(_RESOLVE)
        presences.resolve(connection)


def _user_row(person: _Person, now_ms: int) -> dict[str, object]:
    return {
        "public_id": person.id,
        "name": person.name,
        "email": person.email,
        "email_key": _key(person),
        "role": Role.USER.value,
        "created_at": now_ms,
    }


def _key(person: _Person) -> str | None:
    return email_key(person.email) or None


def _register(connection: Connection, plan: _Plan, event: int, now_ms: int) -> int:
    """Approve all of them for the event; a rejection or cancellation stays as it was decided."""
    rows = [{"event": event, "id": person.id, "now": now_ms} for person in plan.named]
    _execute(connection, _APPROVE, [{"event": event, "id": row["id"]} for row in rows])
    before = _registrations(connection, event)
    _execute(connection, _REGISTER, rows)
    return _registrations(connection, event) - before


def _registrations(connection: Connection, event: int) -> int:
    """Counted, because the row count of many statements run together is not portable."""
    count = select(func.count()).where(registrations.c.event_id == event)
    return connection.execute(count).scalar_one()


def _execute(
    connection: Connection, statement: Executable, rows: Sequence[Mapping[str, object]]
) -> None:
    if rows:
        connection.execute(statement, rows)
