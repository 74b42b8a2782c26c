"""What goes when, and how: archived, verified and deleted in one transaction.

A kill in between leaves the rows where they were, and maybe an archive of what is still there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, select, update

from ...core.records import TRASH_DAYS
from ...core.retention import DAY_MS, Archive, Due, Retention
from . import presences, rotation_purge
from .archive import new_archive
from .events import event_key
from .schema import events, scan_sessions, scanners, sightings
from .schema_accounts import pairing_codes, sign_ins, throttles, webhook_messages
from .schema_badges import badge_periods
from .schema_care import audit_log
from .schema_changes import live_tokens
from .schema_clocks import corrected_times
from .schema_refusals import refusals
from .schema_trash import trashed_sessions, trashed_sightings

NIL = bytes(16)
"""The badge of gaps, which stay."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of what goes when."""

    table: Table
    days: Callable[[Retention], int]
    at: ColumnElement[int]
    """Counted from here, Unix ms; of an event's rows, the event's end."""
    also: tuple[ColumnElement[bool], ...] = ()
    blank: Mapping[str, str] | None = None
    """The rows stay, because reports count them, and lose what these columns held."""
    before: Callable[[Connection, int], None] | None = None
    """Called with the event's key before its rows are deleted: what is kept of them."""

    @property
    def of_event(self) -> bool:
        """Whether each event's rows go together."""
        return self.at.table is events


RULES: tuple[Rule, ...] = (
    Rule(sightings, lambda keep: keep.sightings, events.c.ends_at, before=presences.keep),
    Rule(
        corrected_times,
        lambda keep: keep.sightings,
        events.c.ends_at,
        (corrected_times.c.ble_uuid != NIL,),
    ),
    Rule(
        refusals,
        lambda keep: keep.sightings,
        events.c.ends_at,
        (refusals.c.record != "",),
        blank={"record": "", "message": ""},
    ),
    # Not while a session can be restored. That it was deleted stays, and withholds it when resent.
    Rule(
        trashed_sightings,
        lambda keep: keep.trash and max(keep.trash, TRASH_DAYS),
        trashed_sessions.c.deleted_at,
    ),
    Rule(audit_log, lambda keep: keep.audit, audit_log.c.at),
)
"""In this order. What has `events.c.ends_at` goes event by event."""


def plan(connection: Connection, keep: Retention, now_ms: int, event_id: str) -> list[Due]:
    """What has outlived its time. Raises EventNotFound."""
    only = event_key(connection, event_id) if event_id else None
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for rule in RULES:
        if not rule.days(keep) or (only is not None and not rule.of_event):
            continue
        for event, count in connection.execute(_counts(rule, keep, now_ms, only)):
            if count:
                found[event][rule.table.name] = count
    for event, name in _with_periods(connection, keep, now_ms, only):
        if periods := rotation_purge.due(connection, event, now_ms - keep.sightings * DAY_MS):
            found[name][badge_periods.name] = len(periods)
    return [
        Due(event, found[event]) for event in sorted(found, key=lambda event: (not event, event))
    ]


def _with_periods(
    connection: Connection, keep: Retention, now_ms: int, only: int | None
) -> list[tuple[int | None, str]]:
    """The events, and none at all, with which periods of rotating ids may go."""
    if not keep.sightings:
        return []
    over = rotation_purge.over(connection, now_ms - keep.sightings * DAY_MS, only)
    return [*over, *([(None, "")] if only is None else [])]


def _counts(rule: Rule, keep: Retention, now_ms: int, only: int | None) -> Select[*tuple[Any, ...]]:
    if not rule.of_event:
        mine = _rest(rule, now_ms - rule.days(keep) * DAY_MS)
        return select(func.coalesce("", ""), func.count()).select_from(rule.table).where(mine)
    query = (
        select(events.c.public_id, func.count())
        .select_from(events.join(rule.table, rule.table.c.event_id == events.c.id))
        .where(rule.at < now_ms - rule.days(keep) * DAY_MS, *rule.also)
        .group_by(events.c.public_id)
    )
    return query if only is None else query.where(events.c.id == only)


def purge(connection: Connection, due: Due, keep: Retention, folder: str, now_ms: int) -> Archive:
    """Archive, verify, delete. Raises UsageError, EventNotFound."""
    event = event_key(connection, due.event_id) if due.event_id else None
    rules = [rule for rule in RULES if rule.table.name in due.rows]
    rules = [rule for rule in rules if rule.of_event == (event is not None)]
    about: dict[str, object] = {"createdAt": now_ms, "eventId": due.event_id}
    rows: dict[str, int] = {}
    before = now_ms - keep.sightings * DAY_MS
    has_periods = badge_periods.name in due.rows
    periods = rotation_purge.due(connection, event, before) if has_periods else []
    with new_archive(Path(folder), about) as archive:
        for rule in rules:
            where = _where(rule, event, now_ms - rule.days(keep) * DAY_MS)
            columns, query = _readable(rule, where)
            found = connection.execute(query.execution_options(yield_per=5_000))
            rows[rule.table.name] = archive.add(rule.table.name, columns, found)
        if has_periods:
            name, columns = badge_periods.name, list(rotation_purge.COLUMNS)
            rows[name] = archive.add(name, columns, (period[:-1] for period in periods))
    for rule in rules:
        if rule.before is not None and event is not None:
            rule.before(connection, event)
    for rule in rules:
        where = _where(rule, event, now_ms - rule.days(keep) * DAY_MS)
        gone = update(rule.table).values(**rule.blank) if rule.blank else delete(rule.table)
        connection.execute(gone.where(*where))
    rotation_purge.let_go(connection, periods)
    return Archive(folder, rows)


def _where(rule: Rule, event: int | None, before: int) -> list[ColumnElement[bool]]:
    mine = _rest(rule, before) if event is None else rule.table.c.event_id == event
    return [mine, *rule.also]


def _rest(rule: Rule, before: int) -> ColumnElement[bool]:
    """The rows of no event, or of a session in the trash, that are older."""
    over = rule.at < before
    if rule.at.table is rule.table:
        return over
    sessions = select(trashed_sessions.c.session_id).where(over)
    return rule.table.c.session_id.in_(sessions)


def _readable(
    rule: Rule, where: list[ColumnElement[bool]]
) -> tuple[list[str], Select[*tuple[Any, ...]]]:
    """The table's columns, with public ids and names in place of keys."""
    source: Any = rule.table
    columns: list[Any] = []
    for column in rule.table.columns:
        if column.name == "event_id":
            source = source.join(events, events.c.id == column)
            columns.append(events.c.public_id.label("event"))
        elif column.name == "scanner_id":
            source = source.join(scanners, scanners.c.id == column)
            columns.append(scanners.c.name.label("scanner"))
        elif column.name == "session_id":
            source = source.join(scan_sessions, scan_sessions.c.id == column)
            source = source.join(events, events.c.id == scan_sessions.c.event_id)
            source = source.join(scanners, scanners.c.id == scan_sessions.c.scanner_id)
            columns.append(events.c.public_id.label("event"))
            columns.append(scan_sessions.c.public_id.label("session"))
            columns.append(scanners.c.name.label("scanner"))
        else:
            columns.append(column)
    query = select(*columns).select_from(source).where(*where)
    return [column.name for column in columns], query.order_by(*rule.table.primary_key.columns)


def expire(connection: Connection, now_ms: int, idle_ms: int) -> dict[str, int]:
    """Delete what is over by itself. It is worth no archive: hashes of secrets, and counts."""
    over: tuple[tuple[Table, ColumnElement[bool]], ...] = (
        (sign_ins, (sign_ins.c.expires_at <= now_ms) | (sign_ins.c.used_at <= now_ms - idle_ms)),
        (live_tokens, live_tokens.c.expires_at <= now_ms),
        (pairing_codes, pairing_codes.c.expires_at <= now_ms),
        (throttles, throttles.c.last_at <= now_ms - DAY_MS),
        (webhook_messages, webhook_messages.c.received_at <= now_ms - 30 * DAY_MS),
    )
    return {
        table.name: connection.execute(delete(table).where(condition)).rowcount
        for table, condition in over
    }
