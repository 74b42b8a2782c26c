"""The rule of attendance, for every statement that writes it."""

from __future__ import annotations

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
