"""The batch: staged, then merged by a few statements that don't depend on order or repetition."""

from __future__ import annotations

from sqlalchemy import Connection, insert, text

from ...core.backend import Batch
from ...core.model import BatchAnswer
from . import schema
from .database import Database
from .events import event_key

EARLIEST = """
ON CONFLICT (event_id, user_id) DO UPDATE
SET check_in_time = excluded.check_in_time, scanner_id = excluded.scanner_id
WHERE excluded.check_in_time < attendance.check_in_time
   OR (excluded.check_in_time = attendance.check_in_time
       AND excluded.scanner_id <> attendance.scanner_id
       AND (SELECT name FROM scanners WHERE id = excluded.scanner_id)
         < (SELECT name FROM scanners WHERE id = attendance.scanner_id))
"""
"""The rule of attendance: the earliest sighting, ties by the scanner's name."""

_SCANNERS = text("""
INSERT INTO scanners (name, last_contact)
SELECT name, :received FROM stage_scanners WHERE true ORDER BY name
ON CONFLICT (name) DO UPDATE SET last_contact = excluded.last_contact
WHERE excluded.last_contact > scanners.last_contact
""")
_SCANNER_IDS = text("""
UPDATE stage_scanners
SET scanner_id = (SELECT id FROM scanners WHERE scanners.name = stage_scanners.name)
""")
_EVENT_SCANNERS = text("""
INSERT INTO event_scanners (event_id, scanner_id, last_received_at)
SELECT :event, scanner_id, :received FROM stage_scanners WHERE true ORDER BY scanner_id
ON CONFLICT (event_id, scanner_id) DO UPDATE SET last_received_at = excluded.last_received_at
WHERE excluded.last_received_at > event_scanners.last_received_at
""")
# `stage` is in the order of the key already; CROSS JOIN keeps SQLite from turning the loops round.
_SIGHTINGS = text("""
INSERT INTO sightings (event_id, ble_uuid, check_in_time, scanner_id)
SELECT :event, s.ble_uuid, s.check_in_time, n.scanner_id
FROM stage s CROSS JOIN stage_scanners n WHERE n.rank = s.rank
ON CONFLICT DO NOTHING
""")
_OWNED = text("SELECT count(*) FROM stage s CROSS JOIN badges b WHERE b.ble_uuid = s.ble_uuid")
# In this order the first row of a new person is the earliest, and the key's pages fill one by one.
_ARRIVALS = text("""
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
SELECT :event, b.user_id, s.check_in_time, n.scanner_id
FROM stage s CROSS JOIN badges b CROSS JOIN stage_scanners n
WHERE b.ble_uuid = s.ble_uuid AND n.rank = s.rank
ORDER BY b.user_id, s.check_in_time, s.rank
ON CONFLICT DO NOTHING
""")
# For those who had a row before, with a later time; nearly always nobody. The window leaves the
# rows in the order of the key.
_EARLIER = text(f"""
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
SELECT :event, user_id, check_in_time, scanner_id FROM (
    SELECT b.user_id, s.check_in_time, n.scanner_id,
           row_number() OVER (PARTITION BY b.user_id ORDER BY s.check_in_time, s.rank) AS place
    FROM stage s CROSS JOIN badges b CROSS JOIN attendance a CROSS JOIN stage_scanners n
    WHERE b.ble_uuid = s.ble_uuid AND n.rank = s.rank
      AND a.event_id = :event AND a.user_id = b.user_id
      AND (s.check_in_time < a.check_in_time
           OR (s.check_in_time = a.check_in_time AND n.scanner_id <> a.scanner_id
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


def merge_batch(
    database: Database, connection: Connection, batch: Batch, received_ms: int
) -> BatchAnswer:
    """Merge within the caller's transaction. Raises EventNotFound before anything is written."""
    event = event_key(connection, batch.event_id)
    known = {"event": event, "received": received_ms}
    database.stage(connection, batch.records, _ranks(batch))
    for statement in (_SCANNERS, _SCANNER_IDS, _EVENT_SCANNERS, _SIGHTINGS):
        connection.execute(statement, known)
    answer = _attend(connection, batch, known)
    scanner_ids = _scanner_ids(connection)
    _sessions(connection, batch, known, scanner_ids)
    _gaps(connection, batch, event, scanner_ids)
    _audit(connection, batch, known, answer, list(scanner_ids.values()))
    return answer


def _ranks(batch: Batch) -> dict[str, int]:
    """Each scanner's place by name; code point order, as in the database."""
    names = {record[2] for record in batch.records}
    names.update(gap.scanner_id for gap in batch.gaps)
    names.update(session.scanner_id for session in batch.sessions)
    return {name: rank for rank, name in enumerate(sorted(names))}


def _attend(connection: Connection, batch: Batch, known: dict[str, int]) -> BatchAnswer:
    """Write the attendance rows and count. The costly questions only when they can matter."""
    records = len(batch.records)
    checked_in = connection.execute(_ARRIVALS, known).rowcount if records else 0
    owned = checked_in
    if checked_in < records:
        owned = connection.execute(_OWNED).scalar_one()
    if not checked_in and checked_in < owned:
        connection.execute(_EARLIER, known)
    return BatchAnswer(
        received=records + len(batch.gaps),
        checked_in=checked_in,
        duplicates=owned - checked_in,
        unknown=records - owned,
    )


def _scanner_ids(connection: Connection) -> dict[str, int]:
    rows = connection.execute(text("SELECT name, scanner_id FROM stage_scanners"))
    return {row.name: row.scanner_id for row in rows}


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
