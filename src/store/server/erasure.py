"""Makes one person anonymous: what names or describes them goes, what reports count stays.

The person gets a new id and new badges that no radio ever heard; sightings become presences of
these. So nothing that was read here before leads to them, and each report's numbers stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Table, delete, insert, select, update

from ...core.backend import Role
from ...core.model import Kind
from ...core.personal import ERASED
from . import presences as kept
from .accounts import end_sign_ins
from .clocks import raw_times
from .erasure_words import SOMEBODY, anonymous_words
from .personal import Person, called, heard_of, presences_of, trashed_of
from .personal_words import words_of
from .schema import badges, events, sightings, tokens, users
from .schema_accounts import accounts, identities, sign_ins, throttles
from .schema_acts import act_badges, acts
from .schema_badges import badge_periods
from .schema_care import audit_log, presences
from .schema_changes import live_tokens
from .schema_clocks import corrected_times
from .schema_refusals import refusals
from .schema_rotation import rotation_secrets
from .schema_trash import trashed_sightings
from .words import Words


def erase(connection: Connection, person: Person, new_id: Callable[[], str]) -> str:
    """Erase; the new id. Whether the person may be is the caller's to know."""
    new = new_id()
    fresh = {badge: bytes.fromhex(new_id() + new_id()) for badge in person.badges}
    shared = _shared(connection, person)
    own = {old: badge for old, badge in fresh.items() if old not in shared}
    _anonymous_presences(connection, person, fresh)
    _anonymous_sightings(connection, person, fresh)
    _delete_trashed(connection, person)
    _anonymous_acts(connection, person, new, own)
    _anonymous_badges(connection, person, fresh, shared)
    words = words_of(person, new, ERASED, sorted(own.items()))
    anonymous_words(connection, person, words, new, called(person))
    _blank_refusals(connection, words)
    _blank_audit(connection, person, new, words)
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


def _delete_trashed(connection: Connection, person: Person) -> None:
    """What is in the trash counts nowhere: nothing stays of it."""
    for row in trashed_of(connection, person):
        key = {name: row[name] for name in ("session_id", "ble_uuid", "check_in_time")}
        _delete(connection, trashed_sightings, **key)


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
    ended = badge_periods.c.ble_uuid.not_in(shared)
    connection.execute(delete(badge_periods).where(badge_periods.c.user_id == person.row.id, ended))
    if rows:
        connection.execute(insert(badges), rows)
        known = {"user_id": person.row.id, "added_by": SOMEBODY}
        periods = [
            {"ble_uuid": row["ble_uuid"], "added_at": row["assigned_at"], **known} for row in rows
        ]
        connection.execute(insert(badge_periods), periods)


def _anonymous_acts(
    connection: Connection, person: Person, new: str, fresh: Mapping[bytes, bytes]
) -> None:
    about = acts.c.user_ref.in_(person.refs)
    records = select(acts.c.event_id, acts.c.record_id).where(about)
    for event, record in connection.execute(records).all():
        void = update(acts).where(acts.c.event_id == event, acts.c.of_record == record)
        connection.execute(void.values(why=""))
    for old, badge in fresh.items():
        mine = acts.c.ble_uuid == old
        heard = mine & (acts.c.kind == Kind.VOID.value)
        connection.execute(update(acts).where(heard).values(why=""))
        connection.execute(update(acts).where(mine).values(ble_uuid=badge))
    connection.execute(update(acts).where(about).values(user_ref=new, name="", email="", why=""))


def _blank_refusals(connection: Connection, words: Words) -> None:
    """A refused record is kept as it was sent, and may name anybody."""
    for row in words.naming(connection, refusals, ("record", "message")):
        same = update(refusals).where(refusals.c.id == row["id"])
        connection.execute(same.values(record="", message=""))


def _blank_audit(connection: Connection, person: Person, new: str, words: Words) -> None:
    """What names the person goes as a whole: more may stand beside the name."""
    mine = update(audit_log).where(audit_log.c.actor_id == person.row.public_id)
    connection.execute(mine.values(actor_id=new))
    words.replace(connection, audit_log, ("subject",))
    cells = ("before", "after", "details")
    for row in words.naming(connection, audit_log, cells):
        named = {name: "" for name in cells if words.names(row[name])}
        same = update(audit_log).where(audit_log.c.id == row["id"])
        connection.execute(same.values(named))


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
    _delete(connection, rotation_secrets, user_id=key)
    if row.token_identifier:
        _delete(connection, identities, token_identifier=row.token_identifier)
    subject = hashlib.sha256(f"account {row.email.strip().casefold()}".encode()).hexdigest()
    _delete(connection, throttles, subject=subject)
