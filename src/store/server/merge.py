"""The batch: staged, then merged by a few statements that don't depend on order or repetition."""

from __future__ import annotations

from dataclasses import replace
from operator import add
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, text

from ...core.backend import Batch
from ...core.columns import columns_of
from ...core.model import BatchAnswer
from . import acts, clocks, late_clocks, record_ids, refusals, schema, trash
from .chunks import chunks
from .database import Database
from .earliest import EARLIEST
from .events import event_key
from .rotation_merge import attending, catch_up_walk_ins, in_time, recount, staged
from .rotation_tables import RotationTables

_SCANNER = text("""
INSERT INTO scanners (name, last_contact) VALUES (:name, :received)
ON CONFLICT (name) DO UPDATE SET last_contact = excluded.last_contact
WHERE excluded.last_contact > scanners.last_contact
""")
_EVENT_SCANNER = text("""
INSERT INTO event_scanners (event_id, scanner_id, last_received_at)
VALUES (:event, :scanner, :received)
ON CONFLICT (event_id, scanner_id) DO UPDATE SET last_received_at = excluded.last_received_at
WHERE excluded.last_received_at > event_scanners.last_received_at
""")
# CROSS JOIN keeps SQLite from turning the loops round.
_OWNED = text("SELECT count(*) FROM stage s CROSS JOIN badges b WHERE b.ble_uuid = s.ble_uuid")
# For those who have a row that is later, or loses a tie: nearly always nobody. The window leaves
# the rows in the order of the key.
_EARLIER = text(f"""
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
SELECT :event, user_id, check_in_time, scanner_id FROM (
    SELECT b.user_id, s.check_in_time, s.scanner_id,
           row_number() OVER (PARTITION BY b.user_id ORDER BY s.check_in_time, n.name) AS place
    FROM stage s CROSS JOIN badges b CROSS JOIN attendance a CROSS JOIN scanners n
    WHERE b.ble_uuid = s.ble_uuid AND n.id = s.scanner_id
      AND a.event_id = :event AND a.user_id = b.user_id
      AND (s.check_in_time < a.check_in_time
           OR (s.check_in_time = a.check_in_time AND s.scanner_id <> a.scanner_id
               AND n.name < (SELECT name FROM scanners WHERE id = a.scanner_id)))
) AS arrivals
WHERE place = 1
{EARLIEST}
""")  # noqa: S608 - a constant
_SESSION = text("""
INSERT INTO scan_sessions
    (event_id, scanner_id, public_id, started_at, covered_until, ended_at, received_at)
VALUES (:event, :scanner, :id, :started, :covered, :ended, :received)
ON CONFLICT (event_id, scanner_id, public_id) DO UPDATE SET
    started_at = CASE WHEN excluded.started_at < scan_sessions.started_at
        THEN excluded.started_at ELSE scan_sessions.started_at END,
    covered_until = CASE WHEN excluded.covered_until > scan_sessions.covered_until
        THEN excluded.covered_until ELSE scan_sessions.covered_until END,
    ended_at = CASE WHEN scan_sessions.ended_at IS NULL
            OR excluded.ended_at > scan_sessions.ended_at
        THEN excluded.ended_at ELSE scan_sessions.ended_at END,
    received_at = excluded.received_at
""")
_GAP = text("""
INSERT INTO coverage_gaps (event_id, scanner_id, starts_at, ends_at, why)
VALUES (:event, :scanner, :start, :end, :why)
ON CONFLICT DO NOTHING
""")


class _Merged(NamedTuple):
    """What became of some records."""

    counts: BatchAnswer
    people: frozenset[int]
    """Whose the rotating ids among them are."""
    resolved: int
    """How many of these were heard in their time."""
    withheld: int
    """Of sessions in the trash."""

    def and_also(self, other: _Merged) -> _Merged:
        """These and those."""
        return _Merged(
            BatchAnswer(*map(add, _numbers(self.counts), _numbers(other.counts))),
            self.people | other.people,
            self.resolved + other.resolved,
            self.withheld + other.withheld,
        )


def _numbers(counts: BatchAnswer) -> tuple[int, int, int, int]:
    return counts.received, counts.checked_in, counts.duplicates, counts.unknown


def merge_batch(
    database: Database,
    connection: Connection,
    batch: Batch,
    received_ms: int,
    tables: RotationTables,
) -> BatchAnswer:
    """Merge within the caller's transaction. Raises EventNotFound before anything is written."""
    event = event_key(connection, batch.event_id)
    known = {"event": event, "received": received_ms}
    scanner_ids = _scanners(connection, batch, known)
    batch, conflicts = record_ids.check(connection, batch, event)
    batch, corrected, late = clocks.correct(connection, batch, known, scanner_ids)
    taken_back = late_clocks.take_back(connection, late, event, scanner_ids)
    _sessions(connection, batch, known, scanner_ids)
    merged = _merge_records(database, connection, batch, known, scanner_ids, tables)
    answer = late_clocks.recount(_whole(merged, batch), taken_back)
    _gaps(connection, batch, event, scanner_ids)
    clocks.keep_raw(connection, corrected, event, scanner_ids)
    late_clocks.settle(database, connection, late, event)
    before = attending(connection, event, merged.people)
    acts.merge_acts(connection, batch, known, {row.badge for row in late})
    catch_up_walk_ins(connection, batch)
    arrived = attending(connection, event, merged.people) - before
    answer = recount(answer, merged.resolved, arrived)
    _audit(connection, batch, known, answer, list(scanner_ids.values()))
    refusals.keep(connection, batch, conflicts, known)
    return replace(answer, refused=conflicts)


def _scanners(connection: Connection, batch: Batch, known: dict[str, int]) -> dict[str, int]:
    """Note the contact of every scanner that the batch names; their keys by name."""
    names = set(columns_of(batch.records).scanners)
    names.update(gap.scanner_id for gap in batch.gaps)
    names.update(act.scanner_id for act in batch.acts)
    names.update(session.scanner_id for session in batch.sessions)
    if not names:
        return {}
    ordered = sorted(names)  # as every writer of these rows, so that none waits for another
    connection.execute(_SCANNER, [{"name": name, **known} for name in ordered])
    keys: dict[str, int] = {}
    table = schema.scanners
    for some in chunks(ordered):
        query = select(table.c.name, table.c.id).where(table.c.name.in_(some))
        keys.update((row.name, row.id) for row in connection.execute(query))
    connection.execute(_EVENT_SCANNER, [{"scanner": keys[name], **known} for name in ordered])
    return keys


def _merge_records(
    database: Database,
    connection: Connection,
    batch: Batch,
    known: dict[str, int],
    scanner_ids: dict[str, int],
    tables: RotationTables,
) -> _Merged:
    """Part by part: each is merged like a batch of its own, and the counts add up."""
    merged = _Merged(BatchAnswer(0, 0, 0, 0), frozenset(), 0, 0)
    for part in columns_of(batch.records).parts(database.part):
        database.stage(connection, part, scanner_ids)
        rotating = tables.resolve(connection, batch.event_id, lambda: staged(connection))
        withheld = trash.withhold(connection, known["event"])
        connection.execute(database.new_rows.sightings, known)
        counts = _attend(database, connection, len(part) - withheld, known)
        resolved = in_time(connection, rotating)
        merged = merged.and_also(_Merged(counts, rotating.people, resolved, withheld))
    return merged


def _whole(merged: _Merged, batch: Batch) -> BatchAnswer:
    """The counts of all; what went to the trash is known already."""
    received = len(batch.records) + len(batch.gaps) + len(batch.acts)
    duplicates = merged.counts.duplicates + merged.withheld
    return replace(merged.counts, received=received, duplicates=duplicates)


def _attend(
    database: Database, connection: Connection, records: int, known: dict[str, int]
) -> BatchAnswer:
    """Write the attendance rows and count. The costly questions only when they can matter."""
    checked_in = connection.execute(database.new_rows.arrivals, known).rowcount if records else 0
    owned = checked_in
    if checked_in < records:
        owned = connection.execute(_OWNED).scalar_one()
    if checked_in < owned:
        connection.execute(_EARLIER, known)
    return BatchAnswer(
        received=records,
        checked_in=checked_in,
        duplicates=owned - checked_in,
        unknown=records - owned,
    )


def _sessions(
    connection: Connection, batch: Batch, known: dict[str, int], scanner_ids: dict[str, int]
) -> None:
    rows = [
        {
            **known,
            "scanner": scanner_ids[session.scanner_id],
            "id": session.id,
            "started": session.started_at,
            "covered": session.covered_until,
            "ended": session.ended_at,
        }
        for session in batch.sessions
    ]
    if rows:
        connection.execute(_SESSION, rows)


def _gaps(connection: Connection, batch: Batch, event: int, scanner_ids: dict[str, int]) -> None:
    rows = [
        {
            "event": event,
            "scanner": scanner_ids[gap.scanner_id],
            "start": gap.start,
            "end": gap.end,
            "why": gap.why,
        }
        for gap in batch.gaps
    ]
    if rows:
        connection.execute(_GAP, rows)


def _audit(
    connection: Connection,
    batch: Batch,
    known: dict[str, int],
    answer: BatchAnswer,
    scanner_ids: list[int],
) -> None:
    connection.execute(
        insert(schema.batches).values(
            event_id=known["event"],
            scanner_id=scanner_ids[0] if len(scanner_ids) == 1 else None,
            scanners=len(scanner_ids),
            received_at=known["received"],
            records=len(batch.records),
            gaps=len(batch.gaps),
            checked_in=answer.checked_in,
            duplicates=answer.duplicates,
            unknown=answer.unknown,
        )
    )
