"""Operators' acts of a batch: stored as facts, then what follows from them is settled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter

from sqlalchemy import Connection, delete, select, text

from ...core.backend import ActRecord, Batch, PersonRow, Role
from ...core.columns import columns_of
from ...core.identity import from_bytes
from ...core.model import Kind
from ...core.personal import ERASED
from . import schema
from .act_rows import HOLDS, ActRow, acts_of, load_acts, load_among, load_ownership
from .chunks import chunks
from .people import badge_bytes, email_key
from .schema_acts import act_badges, acts, walk_ins
from .settle import (
    BY_HAND,
    holders,
    periods_of,
    settle_attendance,
    settle_badges,
    touch,
    touched_badges,
)
from .voids import hidden_sightings

# Of an act that is known only the time may change: when its station's clock was measured late.
_ACT = text("""
INSERT INTO acts (event_id, record_id, kind, user_ref, ble_uuid, time, scanner_id, done_by, why,
    of_record, of_time, name, email, received_at, raw_time)
VALUES (:event, :id, :kind, :user, :badge, :time, :scanner, :by, :why, :of, :of_time, :name,
    :email, :received, :raw_time)
ON CONFLICT (event_id, record_id) DO UPDATE
SET time = excluded.time, raw_time = excluded.raw_time
WHERE acts.raw_time IS NULL AND excluded.raw_time = acts.time
""")
_PERSON = text("""
INSERT INTO users (public_id, name, email, email_key, role, created_at)
VALUES (:id, :name, :email, :key, :role, :now)
ON CONFLICT DO NOTHING
""")
_ALIAS = text("""
INSERT INTO walk_ins (user_ref, user_id)
SELECT :ref, id FROM users WHERE public_id = :ref OR email_key = :key
ORDER BY CASE WHEN public_id = :ref THEN 0 ELSE 1 END LIMIT 1
ON CONFLICT DO NOTHING
""")
_PENDING = text("""
INSERT INTO registrations (event_id, user_id, status, created_at)
VALUES (:event, :user, 'pending', :time)
ON CONFLICT DO NOTHING
""")


def merge_acts(
    connection: Connection, batch: Batch, known: dict[str, int], moved: Collection[bytes]
) -> None:
    """Merge a batch's acts, and settle whom the batch concerns, in the caller's transaction.

    Runs after the sightings were merged: those of badges that changed hands, or were taken back,
    are put right here. `moved`: badges whose sightings were put to another time, so that the
    check-ins of their people were made anew from sightings only. `known`: event and received.
    """
    event, received_ms = known["event"], known["received"]
    seen = _seen_with_care(connection, batch, event) | touched_badges(connection, moved)
    concerned: list[ActRow] = []
    if batch.acts:
        _store(connection, batch.acts, event, received_ms)
        _add_walk_ins(connection, batch.acts, received_ms)
        concerned = _concerned(connection, batch.acts, event)
        _register(connection, concerned)
    by_hand = _also_by_hand(connection, moved, event)
    if not seen and not concerned and not by_hand:
        return
    given = [act for act in concerned if act.kind == Kind.ASSIGN]
    people = {act.user for act in concerned if act.user is not None}
    badges = {act.badge for act in given} | _badges_of(connection, given)
    hidden = {act.badge for act in concerned if act.kind == Kind.VOID and act.of_time is not None}
    touch(connection, badges | hidden)
    people |= settle_badges(connection, badges | hidden | seen).people
    people |= _owners(connection, hidden) | by_hand
    settle_attendance(connection, people, None if given else event)


def after_import(connection: Connection, rows: Iterable[PersonRow]) -> None:
    """Settle the badges of an import that have a past."""
    badges = {badge_bytes(row.ble_uuid) for row in rows if row.ble_uuid}
    if not (care := touched_badges(connection, badges)):
        return
    settle_attendance(connection, settle_badges(connection, care).people)


def _seen_with_care(connection: Connection, batch: Batch, event: int) -> set[bytes]:
    """The batch's badges whose present holder is not the whole truth about these sightings.

    Nearly always there is none, and then nothing is looked up.
    """
    if connection.execute(select(act_badges.c.ble_uuid).limit(1)).first() is None:
        return set()
    columns = columns_of(batch.records)
    badges = {badge_bytes(ble_uuid) for ble_uuid in set(columns.ble_uuids)}
    if not (care := touched_badges(connection, badges)):
        return set()
    ownership, now = load_ownership(connection, care), holders(connection, care)
    texts = {from_bytes(badge): badge for badge in care}
    seen = zip(columns.ble_uuids, columns.times, strict=True)
    times = ((texts[ble_uuid], time) for ble_uuid, time in seen if ble_uuid in texts)
    another = {
        badge
        for badge, time in times
        if ownership.owner_at(badge, time) != now.get(badge, [None])[0]
    }
    return another | care.intersection(hidden[1] for hidden in hidden_sightings(connection, event))


def _store(
    connection: Connection, records: Sequence[ActRecord], event: int, received_ms: int
) -> None:
    names = schema.scanners.c
    scanners: dict[str, int] = {}
    for some in chunks(sorted({act.scanner_id for act in records})):
        query = select(names.name, names.id).where(names.name.in_(some))
        scanners.update((row.name, row.id) for row in connection.execute(query))
    rows = [
        {
            **act._asdict(),
            "event": event,
            "kind": act.kind.value,
            "badge": badge_bytes(act.ble_uuid),
            "scanner": scanners[act.scanner_id],
            "received": received_ms,
        }
        for act in sorted(records, key=attrgetter("id"))
    ]
    connection.execute(_ACT, rows)


def _add_walk_ins(connection: Connection, records: Sequence[ActRecord], now_ms: int) -> None:
    """Find each walk-in by email, or make a user of the station's id."""
    walked = (record for record in records if record.kind is Kind.WALK_IN)
    for act in sorted(walked, key=attrgetter("id")):
        if _was_erased(connection, act.user):
            continue
        key = email_key(act.email) or None
        found = schema.users.c.email_key == key
        if key is None or connection.scalar(select(schema.users.c.id).where(found)) is None:
            person = {"id": act.user, "name": act.name, "email": act.email, "key": key}
            connection.execute(_PERSON, person | {"role": Role.USER.value, "now": now_ms})
        connection.execute(_ALIAS, {"ref": act.user, "key": key})


def _was_erased(connection: Connection, ref: str) -> bool:
    """A station that sends a walk-in once more brings nobody's name back."""
    query = select(walk_ins.c.user_ref).join(schema.users).where(walk_ins.c.user_ref == ref)
    return connection.execute(query.where(schema.users.c.name == ERASED)).first() is not None


def _concerned(connection: Connection, records: Sequence[ActRecord], event: int) -> list[ActRow]:
    """The batch's acts, those that it takes back, and those that waited for its walk-ins."""
    here = acts.c.event_id == event
    ids = {act.id for act in records} | {act.of for act in records if act.of}
    found = load_among(connection, acts.c.record_id, sorted(ids), here)
    walked = {act.user for act in records if act.kind is Kind.WALK_IN}
    found += load_among(connection, acts.c.user_ref, sorted(walked))
    return found


def _register(connection: Connection, concerned: Iterable[ActRow]) -> None:
    """A walk-in's registration is pending: an admin decides. It goes with the walk-in's void."""
    walked = sorted({(a.event, a.user) for a in concerned if a.kind == Kind.WALK_IN and a.user})
    for event, user in walked:
        mine = (acts.c.kind == Kind.WALK_IN.value, acts.c.event_id == event)
        holding = acts_of(connection, [user], *mine, HOLDS)
        if holding:
            row = {"event": event, "user": user, "time": holding[0].time}
            connection.execute(_PENDING, row)
            continue
        table = schema.registrations.c
        walks = acts_of(connection, [user], *mine)
        times = {time for act in walks for time in (act.time, act.raw_time) if time is not None}
        connection.execute(
            delete(schema.registrations).where(
                table.event_id == event,
                table.user_id == user,
                table.status == "pending",
                table.created_at.in_(sorted(times)),
            )
        )


def _badges_of(connection: Connection, given: Iterable[ActRow]) -> set[bytes]:
    """The other badges of those who were given one: these end, or are theirs again."""
    people = {act.user for act in given if act.user is not None}
    table = schema.badges.c
    found = {act.badge for act in acts_of(connection, people, acts.c.kind == Kind.ASSIGN.value)}
    for some in chunks(sorted(people)):
        found.update(connection.scalars(select(table.ble_uuid).where(table.user_id.in_(some))))
    return found | periods_of(connection, people)


def _also_by_hand(connection: Connection, badges: Collection[bytes], event: int) -> set[int]:
    """The owners of these badges whom somebody also checked in by hand at this event."""
    if not badges:
        return set()
    by_hand = load_acts(connection, acts.c.event_id == event, BY_HAND)
    return {act.user for act in by_hand if act.user is not None} & _owners(connection, badges)


def _owners(connection: Connection, badges: Iterable[bytes]) -> set[int]:
    table = schema.badges.c
    owners: set[int] = set()
    for some in chunks(sorted(badges)):
        owners.update(connection.scalars(select(table.user_id).where(table.ble_uuid.in_(some))))
    return owners
