"""The beginning and end of badges' periods, many at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, insert, select, text

from . import schema
from .act_rows import load_ownership
from .chunks import chunks
from .schema_badges import badge_periods
from .settle import settle_attendance, settle_badges, touch

IMPORT = "import"
"""Who added a badge that came with a list of people."""

Held = tuple[bytes, int]
"""A badge, and the key of the user who holds it."""

_BEGIN = text("""
INSERT INTO badge_periods (user_id, ble_uuid, valid_from, added_at, added_by)
SELECT id, :badge, :since, :now, :by FROM users WHERE public_id = :user
""")
_END = text("""
UPDATE badge_periods SET valid_to = :at
WHERE ble_uuid = :badge AND user_id = :user AND valid_to IS NULL
""")
_HEARD_LATER = text("""
SELECT DISTINCT s.ble_uuid FROM events e CROSS JOIN sightings s
WHERE s.event_id = e.id AND s.ble_uuid IN :badges AND s.check_in_time >= :at
""").bindparams(bindparam("badges", expanding=True))


def begin_imported(connection: Connection, given: Sequence[tuple[bytes, str]], now_ms: int) -> None:
    """Note whose badges these are (public ids): ever since, or from now on if they have a past."""
    if not given:
        return
    ownership = load_ownership(connection, {badge for badge, _ in given})
    past = {badge for badge, _ in given if ownership.stretches(badge)}
    rows = [
        {
            "badge": badge,
            "user": user,
            "since": now_ms if badge in past else None,
            "now": now_ms,
            "by": IMPORT,
        }
        for badge, user in given
    ]
    connection.execute(_BEGIN, rows)
    touch(connection, past)


def end_replaced(
    connection: Connection, people: Sequence[str], kept: Collection[bytes], now_ms: int
) -> None:
    """End the badges of these people (public ids) at `now_ms`, but for those that are kept."""
    table, held = schema.badges.c, []
    for some in chunks(people):
        query = select(table.ble_uuid, table.user_id).join(schema.users)
        rows = connection.execute(query.where(schema.users.c.public_id.in_(some)))
        held += [(badge, user) for badge, user in rows if badge not in kept]
    if held:
        end(connection, held, now_ms)


def end(connection: Connection, held: Sequence[Held], at: int) -> None:
    """Take these badges back from `at` on; what was heard later is settled."""
    badges = {badge for badge, _ in held}
    touch(connection, badges)
    rows = [{"badge": badge, "user": user, "at": at} for badge, user in sorted(held)]
    connection.execute(_END, rows)
    ownership = load_ownership(connection, badges)
    # Of a badge that an operator gave out there is no period to end: an empty one ends it.
    marks = [
        {"user_id": user, "ble_uuid": badge, "valid_from": at, "valid_to": at}
        for badge, user in sorted(held)
        if (last := ownership.owner(badge)) is not None and last.user == user
    ]
    if marks:
        known = {"added_at": at, "added_by": ""}
        connection.execute(insert(badge_periods), [{**mark, **known} for mark in marks])
    later: set[bytes] = set()
    for some in chunks(sorted(badges)):
        later.update(connection.scalars(_HEARD_LATER, {"badges": some, "at": at}))
    people = settle_badges(connection, badges).people
    settle_attendance(connection, people if later else ())
