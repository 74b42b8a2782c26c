"""Rows of seed files into the database, within the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Row, insert, select, text, update

from ...core.access import LastAdmin
from ...core.csv_rows import CellError
from ...core.identity import from_bytes
from ...core.seed import (
    EventRow,
    Outcome,
    RegistrationRow,
    SeedChange,
    SeedKind,
    SeedResult,
    SeedRows,
    UserRow,
)
from . import accounts, acts, people
from .chunks import chunks
from .database import Database
from .people import badge_bytes, email_key
from .schema import badges, events, registrations, users

_REGISTER = text("""
INSERT INTO registrations (event_id, user_id, status, created_at)
VALUES (:event, :user, :status, :now)
ON CONFLICT (event_id, user_id) DO UPDATE SET status = excluded.status
""")


class Tools(NamedTuple):
    """What an import works with."""

    database: Database
    connection: Connection
    new_id: Callable[[], str]
    now_ms: int


class _Done(NamedTuple):
    changes: list[SeedChange]
    errors: list[CellError]


def seed_file(tools: Tools, file: SeedRows) -> SeedResult:
    """Write the good rows of one file; `stored` is the caller's to decide."""
    if file.kind is SeedKind.USERS:
        done = _users(tools, [row for row in file.rows if isinstance(row, UserRow)])
    elif file.kind is SeedKind.EVENTS:
        done = _events(tools, [row for row in file.rows if isinstance(row, EventRow)])
    else:
        rows = [row for row in file.rows if isinstance(row, RegistrationRow)]
        done = _registrations(tools, rows)
    created = sum(change.outcome is Outcome.CREATED for change in done.changes)
    told = {each.row for each in done.changes} | {each.row for each in done.errors}
    return SeedResult(
        name=file.name,
        kind=file.kind,
        stored=True,
        created=created,
        updated=len(done.changes) - created,
        unchanged=sum(row.row not in told for row in file.rows),
        changes=tuple(done.changes),
        errors=tuple(sorted((*file.errors, *done.errors), key=lambda error: error.row)),
    )


def _users(tools: Tools, rows: Sequence[UserRow]) -> _Done:
    persons = [row.person for row in rows]
    imported = people.import_people(
        tools.database,
        tools.connection,
        persons,
        event_id="",
        new_id=tools.new_id,
        now_ms=tools.now_ms,
    )
    acts.after_import(tools.connection, persons)
    errors = [CellError(each.row, each.message) for each in imported.result.errors]
    changes = []
    for row in (row for row in rows if row.row in imported.ids):
        changed, error = _role(tools.connection, imported.ids[row.row], row)
        errors += [error] if error else []
        what = row.person.email or row.person.name
        if row.row in imported.created:
            changes.append(SeedChange(row.row, what, Outcome.CREATED))
        elif changed or row.row in imported.updated:
            changes.append(SeedChange(row.row, what, Outcome.UPDATED, changed))
    return _Done(changes, errors)


def _role(
    connection: Connection, user_id: str, row: UserRow
) -> tuple[tuple[str, ...], CellError | None]:
    """Give the role; what changed, and what is wrong with it."""
    if row.role is None or accounts.user(connection, user_id).role is row.role:
        return (), None
    try:
        accounts.set_role(connection, user_id, row.role)
    except LastAdmin as error:
        return (), CellError(row.row, error.what, "role", row.role.value, error.remedy)
    return ("role",), None


def _events(tools: Tools, rows: Sequence[EventRow]) -> _Done:
    done, seen = _Done([], []), dict[str, int]()
    for row in rows:
        found = _find_event(tools.connection, row)
        name = row.id or (found.public_id if found else tools.new_id())
        if name in seen:
            done.errors.append(_repeated(row.row, seen[name], "id", row.id))
            continue
        seen[name] = row.row
        if found is None:
            _create_event(tools, row, name)
            done.changes.append(SeedChange(row.row, name, Outcome.CREATED))
        elif changed := _change_event(tools.connection, row, found):
            done.changes.append(SeedChange(row.row, name, Outcome.UPDATED, changed))
    return done


def _repeated(row: int, first: int, column: str, value: str) -> CellError:
    return CellError(row, f"row {first} is about the same", column, value, "Keep one of them.")


def _find_event(connection: Connection, row: EventRow) -> Row[*tuple[Any, ...]] | None:
    """By id, else by name and start."""
    query = select(events).order_by(events.c.id)
    if row.id:
        query = query.where(events.c.public_id == row.id)
    else:
        query = query.where(events.c.name == row.name, events.c.starts_at == row.start)
    return connection.execute(query).first()


def _create_event(tools: Tools, row: EventRow, name: str) -> None:
    tools.connection.execute(
        insert(events).values(
            public_id=name,
            name=row.name,
            description=row.description or "",
            starts_at=row.start,
            ends_at=row.end,
            tz=row.tz or "UTC",
            rehearsal=bool(row.rehearsal),
            created_at=tools.now_ms,
        )
    )


_COLUMNS = {
    "name": "name",
    "start": "starts_at",
    "end": "ends_at",
    "tz": "tz",
    "description": "description",
    "rehearsal": "rehearsal",
}


def _change_event(
    connection: Connection, row: EventRow, found: Row[*tuple[Any, ...]]
) -> tuple[str, ...]:
    """Take over what differs; an empty cell changes nothing."""
    given = {name: getattr(row, name) for name in _COLUMNS}
    changed = {
        name: value
        for name, value in given.items()
        if value is not None and value != getattr(found, _COLUMNS[name])
    }
    if changed:
        values = {_COLUMNS[name]: value for name, value in changed.items()}
        connection.execute(update(events).where(events.c.id == found.id).values(values))
    return tuple(changed)


def _registrations(tools: Tools, rows: Sequence[RegistrationRow]) -> _Done:
    known = _Known(tools.connection, rows)
    done, seen = _Done([], []), dict[tuple[int, int], int]()
    writes = []
    for row in rows:
        pair = known.pair(row)
        if isinstance(pair, CellError):
            done.errors.append(pair)
        elif pair in seen:
            done.errors.append(_repeated(row.row, seen[pair], "email", row.email))
        else:
            seen[pair] = row.row
            change = _registration(row, known.statuses.get(pair))
            if change is not None:
                done.changes.append(change)
                status = row.status or "approved"
                writes.append({"event": pair[0], "user": pair[1], "status": status})
    if writes:
        writes.sort(key=lambda write: (write["event"], write["user"]))
        tools.connection.execute(_REGISTER, [{**each, "now": tools.now_ms} for each in writes])
    return done


def _registration(row: RegistrationRow, before: str | None) -> SeedChange | None:
    """What changes; an empty status leaves a registration as it is."""
    what = f"{row.email or row.ble_uuid} for {row.event_id}"
    if before is None:
        return SeedChange(row.row, what, Outcome.CREATED)
    if not row.status or row.status == before:
        return None
    return SeedChange(row.row, what, Outcome.UPDATED, ("status",))


class _Known:
    """Whom and what the rows may mean, looked up in bulk."""

    def __init__(self, connection: Connection, rows: Sequence[RegistrationRow]) -> None:
        ids = sorted({row.event_id for row in rows})
        self.events = _look_up(connection, events.c.public_id, events.c.id, ids)
        emails = sorted({email_key(row.email) for row in rows if row.email})
        self.emails = _look_up(connection, users.c.email_key, users.c.id, emails)
        owned = sorted({badge_bytes(row.ble_uuid) for row in rows if row.ble_uuid})
        found = _look_up(connection, badges.c.ble_uuid, badges.c.user_id, owned)
        self.badges = {from_bytes(badge): user for badge, user in found.items()}
        self.statuses: dict[tuple[int, int], str] = {}
        table = registrations
        for event in self.events.values():
            query = select(table.c.user_id, table.c.status).where(table.c.event_id == event)
            self.statuses |= {(event, user): word for user, word in connection.execute(query)}

    def pair(self, row: RegistrationRow) -> tuple[int, int] | CellError:
        """Event and user of a row, or why there is none."""
        event = self.events.get(row.event_id)
        if event is None:
            remedy = "Import the events first, or `headcount events list` shows the ids."
            return CellError(row.row, "no event has this id", "event", row.event_id, remedy)
        user = self.emails.get(email_key(row.email)) if row.email else self.badges.get(row.ble_uuid)
        if user is None:
            column, value = ("email", row.email) if row.email else ("bleUuid", row.ble_uuid)
            remedy = "Import users first."
            return CellError(row.row, "nobody is known by this", column, value, remedy)
        return event, user


def _look_up(
    connection: Connection, key: Column[Any], value: Column[Any], wanted: Sequence[Any]
) -> Mapping[Any, int]:
    found: dict[Any, int] = {}
    for some in chunks(wanted):
        rows = connection.execute(select(key, value).where(key.in_(some))).all()
        found |= {row[0]: row[1] for row in rows}
    return found
