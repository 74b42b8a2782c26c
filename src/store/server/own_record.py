"""One person's own record, without building the whole report."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ...core.own_record import NEWEST, HeardAt, OwnRecord
from ...core.registrations import RegistrationNotFound
from ...core.report import missing_of
from .accounts import user_row
from .closing import load_acceptances
from .events import event_row, event_value
from .facts import scanners_of
from .registering import registration
from .schema import attendance, scanners
from .settle import seen_facts
from .standing import standing


def own_record(connection: Connection, event_id: str, user_id: str, now_ms: int) -> OwnRecord:
    """One person's record. Raises EventNotFound, UserNotFound."""
    event, user = event_row(connection, event_id), user_row(connection, user_id).id
    names = {row.id: row.name for row in connection.execute(select(scanners))}
    seen = sorted((fact for *_, fact in seen_facts(connection, {user}, event.id)), reverse=True)
    mine = (attendance.c.event_id == event.id, attendance.c.user_id == user)
    came = connection.execute(select(attendance).where(*mine)).first()
    held, now = (
        _registration(connection, event_id, user_id),
        standing(connection, event, user, now_ms),
    )
    value, accepted = event_value(event), load_acceptances(connection, event.id)
    missing = missing_of(
        value, scanners_of(connection, event.id), frozenset(x.finding for x in accepted), now_ms
    )
    return OwnRecord(
        event=value,
        registration=held[0],
        why=held[1],
        status=now.status,
        rule=now.rule,
        check_in_time=came.check_in_time if came else None,
        scanner_id=names[came.scanner_id] if came else "",
        sightings=len(seen),
        heard=[HeardAt(fact.time, names[fact.scanner]) for fact in seen[:NEWEST]],
        generated_at=now_ms,
        provisional=bool(missing),
    )


def _registration(connection: Connection, event_id: str, user_id: str) -> tuple[str, str]:
    """Status and reason; both empty where there is none."""
    try:
        held = registration(connection, event_id, user_id)
    except RegistrationNotFound:
        return "", ""
    return held.status, held.why
