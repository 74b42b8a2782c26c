"""What people said about one person, and the person about others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from ...core.identity import from_bytes
from ...core.report_accepted import minimum_id
from .schema_acts import acts
from .schema_corrections import corrections
from .schema_insights import feedback, insight_comments, insights
from .schema_participants import correction_requests, registration_decisions
from .schema_refusals import refusals
from .schema_seals import acceptances, seals
from .schema_trash import trashed_sessions
from .words import Words

if TYPE_CHECKING:
    from .personal import Person

Rows = list[dict[str, Any]]

TEXTS: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (acts, ("why", "of_record", "done_by")),
    (corrections, ("rule_before", "rule_after")),
    (feedback, ("words", "why")),
    (insights, ("sentence", "numbers_json", "rows_json", "why")),
    (insight_comments, ("words",)),
    (acceptances, ("finding", "accepted_by", "why")),
    (seals, ("sealed_by",)),
    (trashed_sessions, ("deleted_by", "why")),
    (registration_decisions, ("why",)),
    (correction_requests, ("words", "why")),
)
"""Columns in which people write, or in which somebody may be named."""

BY_ID = (
    (feedback, "by_user"),
    (feedback, "moderated_by"),
    (insights, "status_by"),
    (insight_comments, "by_user"),
)
"""Columns that have the public id of whoever did it."""


def said_of(connection: Connection, person: Person, called: Sequence[str]) -> dict[str, Rows]:
    """Rows by kind; who is named by words is found by words."""
    public_id, words = (
        person.row.public_id,
        words_of(person, badges=[(badge, badge) for badge in person.badges]),
    )
    by_name = {acceptances: "accepted_by", seals: "sealed_by", trashed_sessions: "deleted_by"}
    found: dict[str, Rows] = {
        "corrections": rows_of(connection, corrections, [_corrected(person)]),
        "refusals": _named(connection, words, refusals, ("record", "message"), drop={"digest"}),
    }
    for table, columns in TEXTS:
        if table in (acts, corrections):
            continue
        mine = [table.c[name] == public_id for each, name in BY_ID if each is table]
        if table in (registration_decisions, correction_requests):
            mine.append(table.c.user_id == person.row.id)
        if table in by_name:
            mine.append(table.c[by_name[table]].in_(called))
        if table is acceptances:
            mine.append(table.c.finding == minimum_id(public_id))
        rows = rows_of(connection, table, [or_(*mine)])
        more = _named(connection, words, table, columns)
        found[_KINDS[table.name]] = [*rows, *(row for row in more if row not in rows)]
    return found


_KINDS = {
    "feedback": "feedback",
    "insights": "insights",
    "insight_comments": "insightComments",
    "acceptances": "acceptances",
    "seals": "seals",
    "trashed_sessions": "trashedSessions",
    "registration_decisions": "registrationDecisions",
    "correction_requests": "correctionRequests",
}


def words_of(
    person: Person, new: str = "", name: str = "", badges: Sequence[tuple[bytes, bytes]] = ()
) -> Words:
    """What names the person, and what is to stand in its place."""
    row = person.row
    ids = dict.fromkeys([*person.refs, row.public_id], new)
    for old, fresh in badges:
        ids |= {from_bytes(old): from_bytes(fresh), old.hex(): fresh.hex()}
    if row.email:
        ids[row.email] = name
    return Words({row.name: name} if row.name.strip() else {}, ids)


def _corrected(person: Person) -> ColumnElement[bool]:
    same = and_(
        acts.c.event_id == corrections.c.event_id, acts.c.record_id == corrections.c.record_id
    )
    about = select(acts.c.record_id).where(same, acts.c.user_ref.in_(person.refs)).exists()
    return or_(corrections.c.user_id == person.row.id, about)


def _named(
    connection: Connection,
    words: Words,
    table: Table,
    columns: Sequence[str],
    drop: frozenset[str] | set[str] = frozenset(),
) -> Rows:
    return [
        {name: value for name, value in row.items() if name not in drop}
        for row in words.naming(connection, table, columns)
    ]


def rows_of(
    connection: Connection,
    table: Table,
    where: Sequence[ColumnElement[bool]],
    drop: frozenset[str] | set[str] = frozenset(),
) -> Rows:
    """The table's rows that meet the conditions, in the order of their key."""
    columns = [column for column in table.columns if column.name not in drop]
    query = select(*columns).where(*where).order_by(*table.primary_key.columns)
    return [dict(row) for row in connection.execute(query).mappings()]
