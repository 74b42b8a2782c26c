"""Scan sessions in the trash: their sightings count nowhere, and come back if the session does.

A sighting is the session's if the session's scanner heard it while the session ran. One that comes
later, or again, goes the same way (`withhold`), or a station's repetition would undo the deletion.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, text

from ...core.records import TRASH_DAYS, SessionRow, TrashExpired
from .records import find_session, session_value
from .schema_trash import trashed_sessions, trashed_sightings
from .settle import settle_attendance, settle_badges, touched_badges

_DAY_MS = 24 * 3_600_000

_RANGE = """
event_id = :event AND scanner_id = :scanner AND check_in_time BETWEEN :since AND :until
"""
_KEEP = text(f"""
INSERT INTO trashed_sightings (session_id, ble_uuid, check_in_time)
SELECT :session, ble_uuid, check_in_time FROM sightings WHERE {_RANGE}
ORDER BY ble_uuid, check_in_time
ON CONFLICT DO NOTHING
""")  # noqa: S608 - a constant
_REMOVE = text(f"DELETE FROM sightings WHERE {_RANGE}")  # noqa: S608 - a constant
_ARRIVED = text(f"SELECT user_id FROM attendance WHERE {_RANGE}")  # noqa: S608 - a constant
_FORGET_ARRIVALS = text(f"DELETE FROM attendance WHERE {_RANGE}")  # noqa: S608 - a constant
_BACK = text("""
INSERT INTO sightings (event_id, ble_uuid, check_in_time, scanner_id)
SELECT :event, ble_uuid, check_in_time, :scanner FROM trashed_sightings
WHERE session_id = :session ORDER BY ble_uuid, check_in_time
ON CONFLICT DO NOTHING
""")
_BADGES = text("SELECT DISTINCT ble_uuid FROM trashed_sightings WHERE session_id = :session")
_OWNERS = text("""
SELECT DISTINCT b.user_id FROM trashed_sightings t JOIN badges b ON b.ble_uuid = t.ble_uuid
WHERE t.session_id = :session
""")
_HERE = text("""
SELECT s.id, s.scanner_id, s.started_at, coalesce(s.ended_at, s.covered_until) AS until
FROM trashed_sessions t JOIN scan_sessions s ON s.id = t.session_id WHERE s.event_id = :event
""")
_STAGED = "scanner_id = :scanner AND check_in_time BETWEEN :since AND :until"
_KEEP_STAGED = text(f"""
INSERT INTO trashed_sightings (session_id, ble_uuid, check_in_time)
SELECT DISTINCT CAST(:session AS integer), ble_uuid, check_in_time FROM stage WHERE {_STAGED}
ORDER BY ble_uuid, check_in_time
ON CONFLICT DO NOTHING
""")  # noqa: S608 - a constant
_UNSTAGE = text(f"DELETE FROM stage WHERE {_STAGED}")  # noqa: S608 - a constant


def delete_session(
    connection: Connection, session_id: str, by: str, why: str, now_ms: int
) -> SessionRow:
    """Move a session to the trash. Raises SessionNotFound."""
    session = find_session(connection, session_id)
    known = _known(session)
    row = {"session_id": session.id, "deleted_at": now_ms, "deleted_by": by, "why": why}
    connection.execute(insert(trashed_sessions).values(row))
    if connection.execute(_KEEP, known).rowcount:
        arrived = set(connection.scalars(_ARRIVED, known))
        connection.execute(_REMOVE, known)
        connection.execute(_FORGET_ARRIVALS, known)
        _settle(connection, known, arrived)
    return session_value(find_session(connection, session_id, trashed=True))


def restore_session(connection: Connection, session_id: str, now_ms: int) -> SessionRow:
    """Take a session out of the trash. Raises SessionNotFound, TrashExpired."""
    session = find_session(connection, session_id, trashed=True)
    if session.deleted_at + TRASH_DAYS * _DAY_MS <= now_ms:
        raise TrashExpired(
            f"The session was in the trash for more than {TRASH_DAYS} days.",
            safe="It was left there.",
        )
    known = _known(session)
    connection.execute(_BACK, known)
    mine = trashed_sessions.c.session_id == session.id
    connection.execute(delete(trashed_sessions).where(mine))
    _settle(connection, known, set())
    rest = trashed_sightings.c.session_id == session.id
    connection.execute(delete(trashed_sightings).where(rest))
    return session_value(find_session(connection, session_id))


def withhold(connection: Connection, event: int) -> int:
    """Put staged records of sessions in the trash there; how many. Nearly always there is none."""
    withheld = 0
    for session in connection.execute(_HERE, {"event": event}).all():
        known = {
            "session": session.id,
            "scanner": session.scanner_id,
            "since": session.started_at,
            "until": session.until,
        }
        connection.execute(_KEEP_STAGED, known)
        withheld += connection.execute(_UNSTAGE, known).rowcount
    return withheld


def _known(session: Row[*tuple[Any, ...]]) -> dict[str, int]:
    return {
        "session": session.id,
        "event": session.event_id,
        "scanner": session.scanner_id,
        "since": session.started_at,
        "until": session.until,
    }


def _settle(connection: Connection, known: dict[str, int], arrived: set[int]) -> None:
    """Derive the attendance of these and of all whom the session heard, from what counts now."""
    people = arrived | set(connection.scalars(_OWNERS, known))
    care = touched_badges(connection, set(connection.scalars(_BADGES, known)))
    people |= settle_badges(connection, care).people
    settle_attendance(connection, people, known["event"])
