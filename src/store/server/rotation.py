"""Rotating ids: people's secrets, and whose an id was that a scanner heard.

An id that belongs to somebody gets a period of `badge_periods`: from one window before its own to
one after, cut to the life of the secret. All the rest (attendance, reports, the log, what comes
late) follows from whose a badge was when, as for any other badge. Heard outside of its period the
id is nobody's: a copy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, text, update

from ...core.backend import EventNotFound, Page
from ...core.model import Event
from ...core.rotation import BY_ROTATION, DAY_MS, DayKey, IdTable, Shown, day_of, days_of
from ...core.rotation_book import NewRotation
from ...rotating import day_key, resolve
from . import lists, schema
from .accounts import user_row
from .chunks import chunks
from .events import event_row, event_value
from .schema_badges import badge_periods
from .schema_rotation import rotation_secrets
from .settle import settle_attendance, touch

AHEAD_DAYS = 7
"""Days for which a station gets keys beforehand: a week without a network, and no more."""

MINUTE_MS = 60_000

_MAY_COME = "r.event_id = :event AND r.status IN ('approved', 'pending')"
_SECRETS = f"""
SELECT s.id, s.user_id, s.secret, s.created_at, s.ended_at
FROM registrations r JOIN rotation_secrets s ON s.user_id = r.user_id WHERE {_MAY_COME}
"""  # noqa: S608 - a constant
_OF_ALL = text(_SECRETS + "ORDER BY s.id")
_OF_SOME = text(_SECRETS + "AND s.user_id IN :people ORDER BY s.id").bindparams(
    bindparam("people", expanding=True)
)
_UNOWNED = text("""
SELECT s.ble_uuid, min(s.check_in_time) FROM sightings s
WHERE s.event_id = :event AND NOT EXISTS (SELECT 1 FROM badges b WHERE b.ble_uuid = s.ble_uuid)
GROUP BY s.ble_uuid
""")

Heard = tuple[bytes, int]
"""An id, and when it was heard (Unix ms, corrected)."""


class Secret(NamedTuple):
    """A person's secret; keys are the database's own."""

    id: int
    user: int
    secret: bytes
    created_at: int
    ended_at: int | None

    def period(self, shown: Shown) -> tuple[int, int]:
        """From when and until when the id is the person's; empty if it never was."""
        ended = shown.until_ms if self.ended_at is None else self.ended_at
        return max(shown.from_ms, self.created_at), min(shown.until_ms, ended)


class DayTable(NamedTuple):
    """Whose is which id of a day; the ids' people are named by their secret's key."""

    ids: IdTable
    secrets: Mapping[str, Secret]


class Resolved(NamedTuple):
    """What became of some ids."""

    people: frozenset[int]
    """Whose some of them are."""
    in_time: frozenset[Heard]
    """Those that were heard in their time."""


NOTHING = Resolved(frozenset(), frozenset())


def add_secret(connection: Connection, user_id: str, secret: bytes, now_ms: int) -> NewRotation:
    """Give a person a secret; the one before ends. Raises UserNotFound."""
    user = user_row(connection, user_id).id
    table = rotation_secrets
    mine = (table.c.user_id == user, table.c.ended_at.is_(None))
    connection.execute(update(table).where(*mine).values(ended_at=now_ms))
    connection.execute(insert(table).values(user_id=user, secret=secret, created_at=now_ms))
    return NewRotation(user_id, secret, now_ms)


def day_keys(
    connection: Connection, event_id: str, limit: int, cursor: str, now_ms: int
) -> Page[DayKey]:
    """The keys that a station needs of the days to come. Raises EventNotFound, UsageError."""
    row = event_row(connection, event_id)
    users, table, registered = schema.users, rotation_secrets, schema.registrations
    query = (
        select(users.c.public_id, table.c.id, table.c.secret)
        .join(table, table.c.user_id == users.c.id)
        .join(registered, registered.c.user_id == users.c.id)
        .where(registered.c.event_id == row.id, registered.c.status.in_(["approved", "pending"]))
        .where(table.c.ended_at.is_(None))
    )
    key = (users.c.public_id, table.c.id)
    rows, following = lists.page_of(connection, query, key, limit, cursor)
    days = _days_to_come(event_value(row), now_ms)
    keys = [DayKey(user, day, day_key(secret, day)) for user, _, secret in rows for day in days]
    return Page(keys if days else [], following if days else "")


def run_days(event: Event) -> range:
    """The days on which the event's check-ins can be heard."""
    return days_of(event.start - event.check_in_opens_minutes * MINUTE_MS, event.end)


def _days_to_come(event: Event, now_ms: int) -> list[int]:
    if not event.rotating or now_ms > event.end + DAY_MS:
        return []
    today = day_of(now_ms)
    # Of an event that is far off the first week's: a station that is taken along early knows them.
    first = max(today - 1, run_days(event).start)
    return [day for day in run_days(event) if first <= day <= first + AHEAD_DAYS]


def secrets_of(
    connection: Connection, event: int, people: Collection[int] | None = None
) -> list[Secret]:
    """The secrets of all who may come, or of some of them; also those that have ended."""
    if people is None:
        return [Secret(*row) for row in connection.execute(_OF_ALL, {"event": event})]
    found: list[Secret] = []
    for some in chunks(sorted(people)):
        rows = connection.execute(_OF_SOME, {"event": event, "people": some})
        found += [Secret(*row) for row in rows]
    return found


def make_table(secrets: Iterable[Secret], day: int) -> DayTable:
    """Whose is which id on a day. 10,000 people take about a second."""
    known = {str(each.id): each for each in secrets}
    keys = (DayKey(name, day, day_key(each.secret, day)) for name, each in known.items())
    return DayTable(resolve(keys), known)


def days_for(event: Event, heard: Iterable[Heard]) -> list[int]:
    """The days on which these ids can have been shown: their own, and those beside them."""
    days = {day_of(time) + aside for _, time in heard for aside in (-1, 0, 1)}
    return sorted(days.intersection(run_days(event)))


def attribute(
    connection: Connection, heard: Collection[Heard], tables: Sequence[DayTable]
) -> Resolved:
    """Note whose these ids are, and when. Who attends follows from it, and is not settled here."""
    periods: dict[bytes, tuple[int, int, int]] = {}
    in_time: set[Heard] = set()
    for badge, time in heard:
        if badge not in periods and (found := _period(badge, time, tables)):
            periods[badge] = found
        if badge in periods and periods[badge][1] <= time < periods[badge][2]:
            in_time.add((badge, time))
    new = periods.keys() - _known(connection, periods)
    rows = [
        {
            "user_id": periods[badge][0],
            "ble_uuid": badge,
            "valid_from": periods[badge][1],
            "valid_to": periods[badge][2],
            "added_at": periods[badge][1],
            "added_by": BY_ROTATION,
        }
        for badge in sorted(new)
    ]
    if rows:
        connection.execute(insert(badge_periods), rows)
        touch(connection, new)
    return Resolved(frozenset(user for user, _, _ in periods.values()), frozenset(in_time))


def _period(badge: bytes, time: int, tables: Sequence[DayTable]) -> tuple[int, int, int] | None:
    """Whose the id is, from when and until when."""
    for table in tables:
        if shown := table.ids.get(badge, time):
            secret = table.secrets[shown.user_id]
            start, end = secret.period(shown)
            if start < end:
                return secret.user, start, end
    return None


def _known(connection: Connection, badges: Iterable[bytes]) -> set[bytes]:
    table, found = badge_periods.c, set[bytes]()
    for some in chunks(sorted(badges)):
        query = select(table.ble_uuid).where(table.ble_uuid.in_(some))
        found.update(connection.scalars(query.where(table.added_by == BY_ROTATION)))
    return found


def catch_up_all(connection: Connection) -> None:
    """The same for every event that has rotating ids."""
    mine = select(schema.events.c.public_id).where(schema.events.c.rotating)
    for event_id in connection.scalars(mine).all():
        catch_up(connection, event_id)


def catch_up(connection: Connection, event_id: str, people: Collection[int] | None = None) -> None:
    """Attribute what was heard before its people (None: any) were known, and settle it."""
    try:
        row = event_row(connection, event_id)
    except EventNotFound:
        return
    if not row.rotating or not (secrets := secrets_of(connection, row.id, people)):
        return
    heard = [(badge, time) for badge, time in connection.execute(_UNOWNED, {"event": row.id})]
    if heard:
        tables = [make_table(secrets, day) for day in days_for(event_value(row), heard)]
        resolved = attribute(connection, heard, tables)
        settle_attendance(connection, resolved.people, row.id)
