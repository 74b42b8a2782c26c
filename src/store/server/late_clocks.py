"""A clock that is measured after some of its records have come, uncorrected.

So it goes when a laptop sends a copy of the log first, and the station itself comes later. It sends
the same records again: what they left under their wrong time is taken back, so that none counts
twice, and the people's check-ins are made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, text

from ...core.model import BatchAnswer
from .clocks import Row
from .database import Database
from .earliest import EARLIEST

# A time that is itself a corrected one belongs to another record.
_SIGHTING = text("""
DELETE FROM sightings
WHERE event_id = :event AND ble_uuid = :badge AND check_in_time = :raw AND scanner_id = :scanner
  AND NOT EXISTS (SELECT 1 FROM corrected_times c WHERE c.event_id = :event
      AND c.ble_uuid = :badge AND c.check_in_time = :raw AND c.scanner_id = :scanner)
""")
_GAP = text("""
DELETE FROM coverage_gaps
WHERE event_id = :event AND scanner_id = :scanner AND starts_at = :raw
  AND NOT EXISTS (SELECT 1 FROM corrected_times c WHERE c.event_id = :event
      AND c.ble_uuid = :badge AND c.check_in_time = :raw AND c.scanner_id = :scanner)
""")
_ARRIVAL = text("""
DELETE FROM attendance
WHERE event_id = :event AND check_in_time = :raw AND scanner_id = :scanner
  AND user_id IN (SELECT user_id FROM badges WHERE ble_uuid = :badge)
""")
# Of all badges of those people, not only of the one that was seen.
_SETTLE = text(f"""
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
SELECT :event, user_id, check_in_time, scanner_id FROM (
    SELECT b.user_id, s.check_in_time, s.scanner_id, row_number() OVER (
        PARTITION BY b.user_id ORDER BY s.check_in_time, n.name) AS place
    FROM badges b CROSS JOIN sightings s CROSS JOIN scanners n
    WHERE b.user_id IN (
            SELECT o.user_id FROM stage_badges g CROSS JOIN badges o WHERE o.ble_uuid = g.ble_uuid)
      AND s.event_id = :event AND s.ble_uuid = b.ble_uuid AND n.id = s.scanner_id
) AS arrivals
WHERE place = 1 ORDER BY user_id
{EARLIEST}
""")  # noqa: S608 - a constant

NIL = bytes(16)
"""The badge of gaps."""


def take_back(
    connection: Connection, rows: Sequence[Row], event: int, scanner_ids: dict[str, int]
) -> int:
    """Delete what these records left under their uncorrected time; the check-ins among it.

    One by one, since it is rare, and the number of deleted rows must be known.
    """
    taken = 0
    for row in sorted(rows):
        key = {"event": event, "badge": row.badge, "raw": row.raw}
        where = key | {"scanner": scanner_ids[row.scanner]}
        if connection.execute(_GAP if row.badge == NIL else _SIGHTING, where).rowcount:
            taken += connection.execute(_ARRIVAL, where).rowcount
    return taken


def recount(answer: BatchAnswer, taken_back: int) -> BatchAnswer:
    """A check-in that was only moved is not a new one."""
    moved = min(taken_back, answer.checked_in)
    return replace(
        answer, checked_in=answer.checked_in - moved, duplicates=answer.duplicates + moved
    )


def settle(database: Database, connection: Connection, rows: Sequence[Row], event: int) -> None:
    """Make the check-ins of these people anew, from all their sightings."""
    if rows:
        database.stage_badges(connection, sorted({row.badge for row in rows}))
        connection.execute(_SETTLE, {"event": event})
