"""Acts as the database has them, with the people whom they are about."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, exists, select

from ...core.model import Kind
from ...core.ownership import FOREVER, Claim, Ownership
from .chunks import chunks
from .schema import users
from .schema_acts import acts, walk_ins
from .schema_badges import badge_periods


class ActRow(NamedTuple):
    """One act; keys are the database's own."""

    event: int
    id: str
    kind: str
    ref: str
    user: int | None
    """None while nobody is known by `ref`."""
    badge: bytes
    time: int
    scanner: int
    by: str
    why: str
    of: str
    of_time: int | None
    name: str
    raw_time: int | None
    """What the station wrote, where `time` was corrected."""


_VOID = acts.alias("void")
HOLDS = ~exists().where(
    _VOID.c.event_id == acts.c.event_id,
    _VOID.c.of_record == acts.c.record_id,
    _VOID.c.kind == Kind.VOID.value,
)
"""The act was not taken back, whichever came first."""


def load_acts(connection: Connection, *where: ColumnElement[bool]) -> list[ActRow]:
    """The acts that meet the conditions, in a fixed order."""
    query = select(acts).where(*where).order_by(acts.c.time, acts.c.record_id, acts.c.event_id)
    rows = connection.execute(query).all()
    known = resolve(connection, {row.user_ref for row in rows})
    return [
        ActRow(
            row.event_id,
            row.record_id,
            row.kind,
            row.user_ref,
            known.get(row.user_ref),
            row.ble_uuid,
            row.time,
            row.scanner_id,
            row.done_by,
            row.why,
            row.of_record,
            row.of_time,
            row.name,
            row.raw_time,
        )
        for row in rows
    ]


def load_among(
    connection: Connection,
    column: ColumnElement[Any],
    values: Iterable[Any],
    *where: ColumnElement[bool],
) -> list[ActRow]:
    """The acts whose column has one of the values."""
    found: list[ActRow] = []
    for some in chunks(values):
        found.extend(load_acts(connection, column.in_(some), *where))
    return found


def resolve(connection: Connection, refs: Collection[str]) -> dict[str, int]:
    """The users' keys by public id, or by a walk-in's id."""
    known: dict[str, int] = {}
    for some in chunks(sorted(refs)):
        walked = select(walk_ins.c.user_ref, walk_ins.c.user_id)
        own = select(users.c.public_id, users.c.id)
        known.update(
            (r[0], r[1]) for r in connection.execute(walked.where(walk_ins.c.user_ref.in_(some)))
        )
        known.update(
            (r[0], r[1]) for r in connection.execute(own.where(users.c.public_id.in_(some)))
        )
    return known


def refs_of(connection: Connection, people: Collection[int]) -> set[str]:
    """Every id by which acts may name these users."""
    refs: set[str] = set()
    for some in chunks(sorted(people)):
        own = select(users.c.public_id).where(users.c.id.in_(some))
        walked = select(walk_ins.c.user_ref).where(walk_ins.c.user_id.in_(some))
        refs.update(connection.scalars(own))
        refs.update(connection.scalars(walked))
    return refs


def acts_of(
    connection: Connection, people: Collection[int], *where: ColumnElement[bool]
) -> list[ActRow]:
    """The acts about these users that meet the conditions."""
    refs = refs_of(connection, people)
    return load_among(connection, acts.c.user_ref, sorted(refs), *where)


def load_ownership(connection: Connection, badges: Collection[bytes]) -> Ownership:
    """Whose these badges were, and when."""
    given = acts.c.kind == Kind.ASSIGN.value
    claims = _claims(load_among(connection, acts.c.ble_uuid, sorted(badges), given, HOLDS))
    for some in chunks(sorted(badges)):
        query = select(badge_periods).where(badge_periods.c.ble_uuid.in_(some))
        claims.extend(_period(row) for row in connection.execute(query))
    people = {claim.user for claim in claims}
    return Ownership(claims, _claims(acts_of(connection, people, given, HOLDS)))


def _period(row: Row[*tuple[Any, ...]]) -> Claim:
    until = FOREVER if row.valid_to is None else row.valid_to
    strict = row.valid_from is not None
    time = row.valid_from if strict else min(row.added_at, until)
    return Claim(time, "", row.user_id, row.ble_uuid, until, strict, row.added_by)


def _claims(rows: Iterable[ActRow]) -> list[Claim]:
    return [
        Claim(row.time, row.id, row.user, row.badge, by=row.by)
        for row in rows
        if row.user is not None
    ]
