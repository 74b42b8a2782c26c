"""The badges of a person in the course of time: shown, given, taken back."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from ...core.badges import BadgeNotFound, BadgePeriod, BadgeTaken, NewBadge
from ...core.identity import from_bytes
from ...core.model import Kind
from ...core.ownership import FOREVER, Stretch
from ...core.rotation import BY_ROTATION
from .accounts import user_row
from .act_rows import acts_of, load_ownership
from .badge_changes import end
from .people import badge_bytes
from .schema import users
from .schema_acts import acts
from .schema_badges import badge_periods
from .settle import periods_of, settle_attendance, settle_badges, touch


def badges(connection: Connection, user_id: str) -> list[BadgePeriod]:
    """A person's badges in the course of time. Raises UserNotFound."""
    user = user_row(connection, user_id).id
    given = acts_of(connection, [user], acts.c.kind == Kind.ASSIGN.value)
    mine = periods_of(connection, [user]) | {act.badge for act in given}
    ownership = load_ownership(connection, mine)
    found = [
        (stretch.start, badge, stretch)
        for badge in mine
        for stretch in ownership.stretches(badge)
        if stretch.user == user and stretch.by != BY_ROTATION  # of these there are some each hour
    ]
    return [_value(badge, stretch) for _, badge, stretch in sorted(found)]


def add_badge(
    connection: Connection, user_id: str, wanted: NewBadge, *, by: str, now_ms: int
) -> BadgePeriod:
    """Give a person a badge. Raises UserNotFound, BadgeTaken."""
    user, badge = user_row(connection, user_id).id, badge_bytes(wanted.ble_uuid)
    before = load_ownership(connection, [badge]).stretches(badge)
    start = now_ms if wanted.valid_from is None and before else wanted.valid_from
    end_ms = FOREVER if wanted.valid_to is None else wanted.valid_to
    if same := _same(before, user, wanted):
        return _value(badge, same)
    _require_free(connection, before, (start or 0, end_ms), wanted.ble_uuid)
    period = {"user_id": user, "ble_uuid": badge, "valid_from": start, "valid_to": wanted.valid_to}
    row = {**period, "added_at": now_ms, "added_by": by}
    connection.execute(insert(badge_periods).values(row))
    if before or start is not None or wanted.valid_to is not None:
        touch(connection, [badge])
    settle_attendance(connection, settle_badges(connection, [badge]).people)
    return BadgePeriod(wanted.ble_uuid, start, wanted.valid_to, by)


def end_badge(connection: Connection, user_id: str, ble_uuid: str, valid_to: int) -> BadgePeriod:
    """Take a badge back. Raises UserNotFound, BadgeNotFound."""
    user, badge = user_row(connection, user_id).id, badge_bytes(ble_uuid)
    held = load_ownership(connection, [badge]).stretches(badge)
    if not held or held[-1].end != FOREVER or held[-1].user != user or held[-1].start >= valid_to:
        raise BadgeNotFound(
            "The person does not hold this badge then.",
            safe="Nothing was changed.",
            remedy="Look at the list of the person's badges.",
        )
    end(connection, [(badge, user)], valid_to)
    return _value(badge, held[-1]._replace(end=valid_to))


def _same(before: list[Stretch], user: int, wanted: NewBadge) -> Stretch | None:
    """What the person holds already, if that is what is wanted."""
    end_ms = FOREVER if wanted.valid_to is None else wanted.valid_to
    for stretch in before:
        begins = wanted.valid_from in {None, stretch.start}
        if stretch.user == user and begins and stretch.end == end_ms:
            return stretch
    return None


def _require_free(
    connection: Connection, before: list[Stretch], wanted: tuple[int, int], ble_uuid: str
) -> None:
    """Two people can't hold a badge at one time, nor one person twice. Raises BadgeTaken."""
    for stretch in before:
        if max(stretch.start, wanted[0]) < min(stretch.end, wanted[1]):
            query = select(users.c.name, users.c.email).where(users.c.id == stretch.user)
            holder = " ".join(connection.execute(query).one()).strip()
            raise BadgeTaken(
                f"{holder} holds the badge {ble_uuid} at that time.",
                safe="Nothing was changed.",
                remedy="End it there first, or choose another time.",
            )


def _value(badge: bytes, stretch: Stretch) -> BadgePeriod:
    return BadgePeriod(
        from_bytes(badge),
        stretch.start or None,
        None if stretch.end == FOREVER else stretch.end,
        stretch.by,
    )
