"""Corrections made at the backend, as acts; and the list of all acts of an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text

from ...core.access import UserNotFound
from ...core.backend import ActRecord, Batch, Page
from ...core.corrections import (
    CORRECTIONS,
    AlreadyVoid,
    Correction,
    NewCorrection,
    RecordNotFound,
    Standing,
)
from ...core.model import NIL_UUID, Kind
from .accounts import user_row
from .act_rows import ActRow, load_acts, resolve
from .acts import merge_acts
from .chunks import chunks
from .events import event_key, event_row
from .lists import page_of
from .people import badge_bytes
from .schema import badges, scanners, sightings, users
from .schema_acts import acts
from .schema_clocks import corrected_times
from .schema_corrections import corrections
from .standing import standing
from .voids import hidden_sightings

# Without a contact: the list of scanners leaves it out.
_SCANNER = text(
    "INSERT INTO scanners (name, last_contact) VALUES (:name, 0) ON CONFLICT DO NOTHING"
)


def correct(
    connection: Connection,
    event_id: str,
    wanted: NewCorrection,
    *,
    by: str,
    new_id: Callable[[], str],
    now_ms: int,
) -> Correction:
    """Store a correction and what follows, in the caller's transaction."""
    event, who = event_row(connection, event_id), user_row(connection, by)
    connection.execute(_SCANNER, {"name": CORRECTIONS})
    act, person = _act(connection, event.id, wanted, now_ms)
    act = act._replace(id=f"backend-{new_id()}", by=who.name)
    before = standing(connection, event, person, now_ms) if person else None
    known = {"event": event.id, "received": now_ms}
    merge_acts(connection, Batch(event_id, (), acts=[act]), known, set())
    after = standing(connection, event, person, now_ms) if person else None
    values = {
        "status_before": before and before.status,
        "rule_before": before and before.rule,
        "status_after": after and after.status,
        "rule_after": after and after.rule,
    }
    key = {"event_id": event.id, "record_id": act.id, "user_id": who.id}
    connection.execute(insert(corrections).values(**key, **values))
    query = _rows().where(acts.c.event_id == event.id, acts.c.record_id == act.id)
    return _values(connection, event_id, connection.execute(query).all())[0]


def list_corrections(
    connection: Connection, event_id: str, limit: int, cursor: str
) -> Page[Correction]:
    """Every act of an event in the order of arrival. Raises EventNotFound, UsageError."""
    query = _rows().where(acts.c.event_id == event_key(connection, event_id))
    key = (acts.c.received_at, acts.c.record_id)
    rows, following = page_of(connection, query, key, limit, cursor)
    return Page(_values(connection, event_id, rows), following)


def _act(
    connection: Connection, event: int, wanted: NewCorrection, now_ms: int
) -> tuple[ActRecord, int | None]:
    """The act without its id and author, and the key of the person whom it is about."""
    act = ActRecord(
        id="",
        kind=Kind(wanted.kind),
        user=wanted.user_id,
        ble_uuid=NIL_UUID,
        time=now_ms if wanted.time is None else wanted.time,
        scanner_id=CORRECTIONS,
        by="",
        why=wanted.why,
        of=wanted.record_id,
        of_time=None,
        name="",
        email="",
    )
    if wanted.is_of_sighting:
        return _void_of_sighting(connection, event, wanted, act)
    if act.kind is Kind.VOID:
        about = _voidable(connection, event, wanted.record_id)
        return act._replace(user=about.ref), about.user
    person = resolve(connection, [wanted.user_id]).get(wanted.user_id)
    if person is None:
        raise UserNotFound("There is no user with this id.", safe="Nothing was changed.")
    return act, person


def _voidable(connection: Connection, event: int, record_id: str) -> ActRow:
    """The act with this id, which holds. Raises RecordNotFound, AlreadyVoid."""
    here = acts.c.event_id == event
    found = load_acts(connection, here, acts.c.record_id == record_id)
    if not found or found[0].kind == Kind.VOID:
        raise _no_record()
    if load_acts(connection, here, acts.c.of_record == record_id):
        raise _void_already()
    return found[0]


def _void_of_sighting(
    connection: Connection, event: int, wanted: NewCorrection, act: ActRecord
) -> tuple[ActRecord, int | None]:
    """A void names the time that the station wrote. Raises RecordNotFound, AlreadyVoid."""
    badge, time = badge_bytes(wanted.ble_uuid), wanted.check_in_time or 0
    scanner = connection.scalar(select(scanners.c.id).where(scanners.c.name == wanted.scanner_id))
    key = (event, badge, time, scanner)
    stored = sightings.c
    columns = (stored.event_id, stored.ble_uuid, stored.check_in_time, stored.scanner_id)
    same = [column == value for column, value in zip(columns, key, strict=True)]
    if scanner is None or connection.execute(select(stored.event_id).where(*same)).first() is None:
        raise _no_record()
    if key in hidden_sightings(connection, event):
        raise _void_already()
    moved = corrected_times.c
    columns = (moved.event_id, moved.ble_uuid, moved.check_in_time, moved.scanner_id)
    same = [column == value for column, value in zip(columns, key, strict=True)]
    written = connection.scalar(select(moved.raw_time).where(*same))
    owner = connection.scalar(select(badges.c.user_id).where(badges.c.ble_uuid == badge))
    return act._replace(
        ble_uuid=wanted.ble_uuid,
        scanner_id=wanted.scanner_id,
        of=f"{wanted.ble_uuid}@{time}",
        of_time=time if written is None else written,
    ), owner


def _no_record() -> RecordNotFound:
    return RecordNotFound(
        "The event has no such record that could be taken back.",
        safe="Nothing was changed.",
        remedy="The list of the event's corrections has the ids of all acts.",
    )


def _void_already() -> AlreadyVoid:
    return AlreadyVoid("The record was taken back before.", safe="Nothing was changed.")


def _rows() -> Any:  # noqa: ANN401 - a select of two tables' columns
    mine = corrections.c
    both = (mine.event_id == acts.c.event_id) & (mine.record_id == acts.c.record_id)
    more = (mine.status_before, mine.rule_before, mine.status_after, mine.rule_after)
    station = scanners.c.name.label("station")
    joined = acts.join(scanners, scanners.c.id == acts.c.scanner_id).outerjoin(corrections, both)
    return select(acts, *more, station).select_from(joined)


def _values(
    connection: Connection, event_id: str, rows: Sequence[Row[*tuple[Any, ...]]]
) -> list[Correction]:
    people = _people(connection, {row.user_ref for row in rows})
    return [
        Correction(
            row.record_id,
            event_id,
            row.kind,
            *people.get(row.user_ref, ("", "")),
            row.time,
            row.done_by,
            row.why,
            row.of_record,
            row.station,
            row.received_at,
            _standing(row.status_before, row.rule_before),
            _standing(row.status_after, row.rule_after),
        )
        for row in rows
    ]


def _people(connection: Connection, refs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Public id and name, by the ids that acts name people by."""
    keys = resolve(connection, {ref for ref in refs if ref})
    known: dict[int, tuple[str, str]] = {}
    for some in chunks(sorted(set(keys.values()))):
        query = select(users.c.id, users.c.public_id, users.c.name).where(users.c.id.in_(some))
        known.update((key, (public, name)) for key, public, name in connection.execute(query))
    return {ref: known[key] for ref, key in keys.items()}


def _standing(status: str | None, rule: str | None) -> Standing | None:
    return None if status is None else Standing(status, rule or "")
