"""The two statements that make nearly all rows of a batch, in the form that suits each database.

Both forms leave the same rows behind; what differs is how rows that are there already are passed
over. Read `stage` (see `database.Database.stage`), parameter `event`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import TextClause, text


@dataclass(frozen=True, slots=True)
class NewRows:
    """Their row counts are the rows that are new."""

    sightings: TextClause
    """All staged records."""
    arrivals: TextClause
    """One attendance row for each person of the batch who has none at the event: the earliest
    staged record. Which one wins a tie between scanners is open."""


# `stage` is in the order of the key already. In the second one's order the key's pages fill one by
# one, and the first row of a new person is the earliest. CROSS JOIN keeps SQLite from turning the
# loops round.
ON_CONFLICT = NewRows(
    sightings=text("""
INSERT INTO sightings (event_id, ble_uuid, check_in_time, scanner_id)
SELECT :event, ble_uuid, check_in_time, scanner_id FROM stage WHERE true
ON CONFLICT DO NOTHING
"""),
    arrivals=text("""
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
SELECT :event, b.user_id, s.check_in_time, s.scanner_id
FROM stage s CROSS JOIN badges b WHERE b.ble_uuid = s.ble_uuid
ORDER BY b.user_id, s.check_in_time
ON CONFLICT DO NOTHING
"""),
)
"""SQLite's: looking at the key once, while inserting, is the cheapest."""

# PostgreSQL writes each row of an INSERT … ON CONFLICT twice into its log, and takes 3.2 µs a row
# instead of 1.8. Nobody else writes to the event meanwhile, so that looking first is enough.
LOOK_FIRST = NewRows(
    sightings=text("""
INSERT INTO sightings (event_id, ble_uuid, check_in_time, scanner_id)
SELECT DISTINCT CAST(:event AS integer), s.ble_uuid, s.check_in_time, s.scanner_id FROM stage s
WHERE NOT EXISTS (SELECT 1 FROM sightings x WHERE x.event_id = :event AND x.ble_uuid = s.ble_uuid
    AND x.check_in_time = s.check_in_time AND x.scanner_id = s.scanner_id)
ORDER BY s.ble_uuid, s.check_in_time, s.scanner_id
"""),
    arrivals=text("""
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
SELECT DISTINCT ON (b.user_id) :event, b.user_id, s.check_in_time, s.scanner_id
FROM stage s JOIN badges b ON b.ble_uuid = s.ble_uuid
WHERE NOT EXISTS (SELECT 1 FROM attendance x WHERE x.event_id = :event AND x.user_id = b.user_id)
ORDER BY b.user_id, s.check_in_time
"""),
)
"""PostgreSQL's."""
