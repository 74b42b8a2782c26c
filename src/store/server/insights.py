"""Insights in the database: what a new look finds, what programs tell, what people say of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, text, update

from ...core.audit import note
from ...core.backend import Page
from ...core.insight_book import (
    Comment,
    Generated,
    InsightMessage,
    InsightNotFound,
    InsightStatus,
    KeptInsight,
)
from ...core.insights import DoorFacts, Insight, InsightKind, RowKind, RowRef, Severity
from ...core.sentences import understood
from .events import event_key
from .identities import keep_message
from .lists import page_of
from .schema import events, users
from .schema_insights import insight_comments, insights

_DOORS = text("""
SELECT n.name, h.badges FROM (
    SELECT scanner_id, count(DISTINCT ble_uuid) AS badges FROM sightings
    WHERE event_id = :event GROUP BY scanner_id
) AS h JOIN scanners n ON n.id = h.scanner_id ORDER BY n.name
""")
# What is the same as before has not been updated.
_KEEP = text("""
INSERT INTO insights (public_id, event_id, kind, severity, sentence, numbers_json, rows_json,
    source, holds, status, status_by, status_at, why, sent_at, created_at, updated_at)
VALUES (:id, :event, :kind, :severity, :sentence, :numbers, :rows, :source, :holds, 'open', '',
    NULL, '', :sent, :now, :now)
ON CONFLICT (public_id) DO UPDATE SET
    severity = excluded.severity, sentence = excluded.sentence,
    numbers_json = excluded.numbers_json, rows_json = excluded.rows_json,
    source = excluded.source, holds = excluded.holds, sent_at = excluded.sent_at,
    updated_at = CASE WHEN insights.sentence = excluded.sentence
        AND insights.rows_json = excluded.rows_json AND insights.holds = excluded.holds
        THEN insights.updated_at ELSE excluded.updated_at END
""")
_GONE = text("UPDATE insights SET holds = :holds, updated_at = :now WHERE public_id = :id")
_MESSAGES = "insights "
"""Before a message's id, so that no sender can use up an id of another one's messages."""


def doors(connection: Connection, event_id: str) -> list[DoorFacts]:
    """What each scanner heard at the event, by name. Raises EventNotFound."""
    rows = connection.execute(_DOORS, {"event": event_key(connection, event_id)})
    return [DoorFacts(name, badges) for name, badges in rows]


def keep_generated(
    connection: Connection,
    event_id: str,
    found: Sequence[Insight],
    now_ms: int,
    unseen: Collection[InsightKind] = (),
) -> Generated:
    """Keep what a look at the event found, and note what it did not find again.

    Insights of the kinds `unseen` stay as they were: nobody could look for them.
    """
    event = event_key(connection, event_id)
    others = [kind.value for kind in (InsightKind.EXTERNAL, *unseen)]
    note(subject=f"events/{event_id}")
    query = select(insights.c.public_id, insights.c.holds).where(
        insights.c.event_id == event, insights.c.kind.not_in(others)
    )
    before = {row.public_id: row.holds for row in connection.execute(query)}
    names = {each.id for each in found}
    rows = [_row(each, event, now_ms) for each in sorted(found, key=lambda each: each.id)]
    if rows:
        connection.execute(_KEEP, rows)
    gone = sorted(name for name, holds in before.items() if holds and name not in names)
    if gone:
        connection.execute(_GONE, [{"id": name, "holds": False, "now": now_ms} for name in gone])
    return Generated(len(found), len(names - before.keys()), len(gone))


def take_message(connection: Connection, message: InsightMessage, now_ms: int) -> bool:
    """Keep what a message tells, once. Raises MessageReplayed, EventNotFound."""
    event = event_key(connection, message.event_id)
    if not keep_message(connection, _MESSAGES + message.message_id, message.sent_at, now_ms):
        return False
    known = connection.scalar(select(insights.c.sent_at).where(insights.c.public_id == message.id))
    if known is not None and known > message.sent_at:
        return True  # older news than what is known
    if message.withdrawn:
        withdrawn = {"holds": False, "updated_at": now_ms, "sent_at": message.sent_at}
        connection.execute(
            update(insights).where(insights.c.public_id == message.id).values(withdrawn)
        )
        return True
    told = Insight(
        message.id,
        InsightKind.EXTERNAL,
        message.severity,
        message.sentence,
        message.numbers,
        message.rows,
    )
    row = _row(told, event, now_ms) | {"source": message.source, "sent": message.sent_at}
    connection.execute(_KEEP, row)
    return True


def _row(insight: Insight, event: int, now_ms: int) -> dict[str, Any]:
    return {
        "id": insight.id,
        "event": event,
        "kind": insight.kind.value,
        "severity": insight.severity.value,
        "sentence": insight.sentence,
        "numbers": json.dumps(insight.numbers, sort_keys=True),
        "rows": json.dumps([[row.kind.value, row.id] for row in insight.rows]),
        "source": "",
        "holds": True,
        "sent": 0,
        "now": now_ms,
    }


def list_insights(
    connection: Connection, event_id: str, limit: int, cursor: str, status: str
) -> Page[KeptInsight]:
    """The event's insights, the oldest first. Raises EventNotFound, UsageError."""
    table = insights
    query = select(table).where(table.c.event_id == event_key(connection, event_id))
    if status:
        query = query.where(table.c.status == status)
    rows, following = page_of(connection, query, (table.c.created_at, table.c.id), limit, cursor)
    comments = _comments(connection, [row.id for row in rows])
    return Page([_value(row, event_id, comments[row.id]) for row in rows], following)


def set_status(
    connection: Connection, insight_id: str, status: InsightStatus, by: str, why: str, now_ms: int
) -> KeptInsight:
    """Dismiss or reopen. Raises InsightNotFound."""
    row = _found(connection, insight_id)
    values = {"status": status.value, "status_by": by, "status_at": now_ms, "why": why}
    connection.execute(update(insights).where(insights.c.id == row.id).values(values))
    return _one(connection, insight_id)


def comment(
    connection: Connection, insight_id: str, by: str, words: str, now_ms: int
) -> KeptInsight:
    """Add a comment. Raises InsightNotFound."""
    row = _found(connection, insight_id)
    values = {"insight_id": row.id, "by_user": by, "created_at": now_ms, "words": words}
    connection.execute(insight_comments.insert().values(values))
    return _one(connection, insight_id)


def _found(connection: Connection, insight_id: str) -> Row[*tuple[Any, ...]]:
    query = (
        select(insights, events.c.public_id.label("event_name"))
        .join(events)
        .where(insights.c.public_id == insight_id)
    )
    row = connection.execute(query).first()
    if row is None:
        raise InsightNotFound("There is no insight with this id.", safe="Nothing was changed.")
    return row


def _one(connection: Connection, insight_id: str) -> KeptInsight:
    row = _found(connection, insight_id)
    return _value(row, row.event_name, _comments(connection, [row.id])[row.id])


def _comments(connection: Connection, keys: Sequence[int]) -> dict[int, list[Comment]]:
    """What was said of these insights, the oldest first."""
    table = insight_comments
    query = (
        select(table, users.c.name)
        .select_from(table.outerjoin(users, users.c.public_id == table.c.by_user))
        .where(table.c.insight_id.in_(keys))
        .order_by(table.c.created_at, table.c.id)
    )
    found: dict[int, list[Comment]] = defaultdict(list)
    for row in connection.execute(query):
        said = Comment(row.by_user, row.name or "", row.created_at, row.words)
        found[row.insight_id].append(said)
    return found


def _value(row: Row[*tuple[Any, ...]], event_id: str, comments: Sequence[Comment]) -> KeptInsight:
    return KeptInsight(
        id=row.public_id,
        event_id=event_id,
        kind=InsightKind(row.kind),
        severity=Severity(row.severity),
        sentence=row.sentence,
        numbers=json.loads(row.numbers_json),
        rows=tuple(RowRef(RowKind(kind), name) for kind, name in json.loads(row.rows_json)),
        source=row.source,
        holds=row.holds,
        status=InsightStatus(row.status),
        status_by=row.status_by,
        status_at=row.status_at,
        why=row.why,
        created_at=row.created_at,
        updated_at=row.updated_at,
        comments=tuple(comments),
        said=understood(row.kind, row.sentence),
    )
