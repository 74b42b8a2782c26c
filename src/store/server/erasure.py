"""Makes one person anonymous: what names or describes them goes, what reports count stays.

The person gets a new id and new badges that no radio ever heard; sightings become presences of
these. So nothing that was read here before leads to them, and each report's numbers stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, or_, select, update

from ...core.backend import Role
from ...core.identity import from_bytes
from ...core.personal import ERASED
from . import presences as kept
from .accounts import end_sign_ins
from .clocks import raw_times
from .personal import Person, called, heard_of, presences_of
from .schema import badges, events, sightings, tokens, users
from .schema_accounts import accounts, identities, sign_ins, throttles
from .schema_acts import act_badges, acts
from .schema_badges import badge_periods
from .schema_care import audit_log, presences
from .schema_changes import live_tokens
from .schema_clocks import corrected_times
from .schema_refusals import refusals

SOMEBODY = "erased"
"""Who did an act, where that was the erased person."""


def erase(connection: Connection, person: Person, new_id: Callable[[], str]) -> str:
    """Erase; the new id. Whether the person may be is the caller's to know."""
    new = new_id()
    fresh = {badge: bytes.fromhex(new_id() + new_id()) for badge in person.badges}
    shared = _shared(connection, person)
    needles = _needles(person)
    _anonymous_presences(connection, person, fresh)
    _anonymous_sightings(connection, person, fresh)
    _anonymous_badges(connection, person, fresh, shared)
    _anonymous_acts(connection, person, new, {b: n for b, n in fresh.items() if b not in shared})
    _blank_refusals(connection, needles)
    _blank_audit(connection, person, new, needles)
    _forget_accounts(connection, person)
    values = {"public_id": new, "name": ERASED, "role": Role.USER.value, "email": ""}
    nobody = update(users).where(users.c.id == person.row.id)
    connection.execute(nobody.values(email_key=None, token_identifier=None, **values))
    return new


def _shared(connection: Connection, person: Person) -> set[bytes]:
    """Badges that others had, too: whose they were when has to stay known."""
    found: set[bytes] = set()
    for badge in person.badges:
        others = (
            select(acts.c.record_id).where(
                acts.c.ble_uuid == badge,
                acts.c.kind == "assign",
                acts.c.user_ref.not_in(person.refs),
            ),
            select(badge_periods.c.id).where(
                badge_periods.c.ble_uuid == badge, badge_periods.c.user_id != person.row.id
            ),
        )
        if any(connection.execute(query).first() for query in others):
            found.add(badge)
    return found


def _needles(person: Person) -> list[str]:
    """Words that name the person, as JSON has them: with quotes, so that Al is not Alma."""
    forms = [form for badge in person.badges for form in (from_bytes(badge), badge.hex())]
    words = {*called(person), *person.refs, *forms}
    return sorted(msgspec.json.encode(word).decode() for word in words)


def _anonymous_presences(
    connection: Connection, person: Person, fresh: Mapping[bytes, bytes]
) -> None:
    key = presences.c
    for row in presences_of(connection, person):
        badge = row["ble_uuid"]
        same = (key.event_id == row["event_id"], key.starts_at == row["starts_at"])
        mine = update(presences).where(key.ble_uuid == badge, *same)
        connection.execute(mine.values(ble_uuid=fresh[badge]))


def _anonymous_sightings(
    connection: Connection, person: Person, fresh: Mapping[bytes, bytes]
) -> None:
    """Presences in place of sightings, also of an event that has not been purged."""
    names = kept.names_of(connection)
    for heard in list(heard_of(connection, person)):
        event = connection.execute(select(events).where(events.c.id == heard.event)).one()
        raw = raw_times(connection, heard.event)
        rows = kept.rows_of(event, heard.badge, heard.counting, raw, names)
        kept.add(connection, [{**row, "badge": fresh[heard.badge]} for row in rows])
        for table in (sightings, corrected_times):
            for badge, time, scanner in heard.every:
                _delete(
                    connection,
                    table,
                    event_id=heard.event,
                    ble_uuid=badge,
                    check_in_time=time,
                    scanner_id=scanner,
                )


def _delete(connection: Connection, table: Table, **key: object) -> None:
    same = (table.c[name] == value for name, value in key.items())
    connection.execute(delete(table).where(*same))


def _anonymous_badges(
    connection: Connection, person: Person, fresh: Mapping[bytes, bytes], shared: set[bytes]
) -> None:
    mine = badges.c.user_id == person.row.id
    times = {
        row.ble_uuid: row.assigned_at for row in connection.execute(select(badges).where(mine))
    }
    rows = [
        {"ble_uuid": new, "user_id": person.row.id, "assigned_at": times.get(old, 0)}
        for old, new in sorted(fresh.items())
    ]
    theirs = badges.c.ble_uuid.not_in(shared)
    connection.execute(delete(badges).where(mine, theirs))
    gone = set(fresh) - shared
    connection.execute(delete(act_badges).where(act_badges.c.ble_uuid.in_(gone)))
    if rows:
        connection.execute(insert(badges), rows)


def _anonymous_acts(
    connection: Connection, person: Person, new: str, fresh: Mapping[bytes, bytes]
) -> None:
    about = acts.c.user_ref.in_(person.refs)
    records = select(acts.c.event_id, acts.c.record_id).where(about)
    for event, record in connection.execute(records).all():
        void = update(acts).where(acts.c.event_id == event, acts.c.of_record == record)
        connection.execute(void.values(why=""))
    for old, badge in fresh.items():
        connection.execute(update(acts).where(acts.c.ble_uuid == old).values(ble_uuid=badge))
    connection.execute(update(acts).where(about).values(user_ref=new, name="", email="", why=""))
    did = acts.c.done_by.in_(called(person))
    connection.execute(update(acts).where(did).values(done_by=SOMEBODY))


def _blank_refusals(connection: Connection, needles: Iterable[str]) -> None:
    """A refused record is kept as it was sent, and may name anybody."""
    record = func.lower(refusals.c.record)
    named = or_(*(record.contains(each.lower(), autoescape=True) for each in needles))
    connection.execute(update(refusals).where(named).values(record="", message=""))


def _blank_audit(connection: Connection, person: Person, new: str, needles: Iterable[str]) -> None:
    table, old = audit_log, person.row.public_id
    mine = update(table).where(table.c.actor_id == old)
    connection.execute(mine.values(actor_id=new))
    about = update(table).where(table.c.subject == f"users/{old}")
    connection.execute(about.values(subject=f"users/{new}"))
    for column in (table.c.before, table.c.after, table.c.details):
        named = or_(*(column.contains(each, autoescape=True) for each in needles))
        connection.execute(update(table).where(named).values({column: ""}))


def _forget_accounts(connection: Connection, person: Person) -> None:
    """Sign-ins and what hangs on them, the password, the identity, the count of wrong tries."""
    key, row = person.row.id, person.row
    hashes = [
        *connection.scalars(select(sign_ins.c.token_hash).where(sign_ins.c.user_id == key)),
        *connection.scalars(select(tokens.c.token_hash).where(tokens.c.user_id == key)),
    ]
    connection.execute(delete(live_tokens).where(live_tokens.c.parent_hash.in_(hashes)))
    end_sign_ins(connection, key)
    _delete(connection, accounts, user_id=key)
    if row.token_identifier:
        _delete(connection, identities, token_identifier=row.token_identifier)
    subject = hashlib.sha256(f"account {row.email.strip().casefold()}".encode()).hexdigest()
    _delete(connection, throttles, subject=subject)
