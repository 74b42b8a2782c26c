"""Single sightings."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, text

from ...core.backend import Page
from ...core.errors import UsageError
from ...core.identity import from_bytes
from ...core.records import RecentRecord, SessionNotFound, SessionRow
from ...core.rotation import Assurance
from .act_rows import load_ownership
from .chunks import chunks
from .events import event_key
from .schema import users
from .settle import touched_badges

MAX_KEY = 2**63 - 1
"""The largest integer that the databases hold."""

# One pass over the event: there is no index by time, because every batch would pay for it.
_RECENT = text("""
SELECT s.ble_uuid, s.check_in_time, n.name, u.public_id, u.name
FROM (
    SELECT ble_uuid, check_in_time, scanner_id FROM sightings
    WHERE event_id = :event AND check_in_time >= :since
    ORDER BY check_in_time DESC, ble_uuid, scanner_id LIMIT :limit
) AS s
JOIN scanners n ON n.id = s.scanner_id
LEFT JOIN badges b ON b.ble_uuid = s.ble_uuid
LEFT JOIN users u ON u.id = b.user_id
ORDER BY s.check_in_time DESC, s.ble_uuid, n.name
""")


def recent_records(
    connection: Connection, event_id: str, limit: int, since: int
) -> list[RecentRecord]:
    """The newest sightings from `since` on, the newest first. Raises EventNotFound."""
    known = {"event": event_key(connection, event_id), "limit": limit, "since": since}
    return _records(connection, connection.execute(_RECENT, known).all())


def _records(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[RecentRecord]:
    """Rows of badge, time, scanner, and the badge's present holder: whose it was then."""
    care = touched_badges(connection, {row[0] for row in rows})
    ownership = load_ownership(connection, care)
    people = _people(connection, ownership.people)
    found = []
    for badge, time, scanner, *holder in rows:
        owner = ownership.owner_at(badge, time) if badge in care else None
        user, name = people.get(owner, ("", "")) if badge in care else holder
        sure = Assurance.MEDIUM if user and ownership.rotates(badge) else Assurance.LOW
        found.append(RecentRecord(from_bytes(badge), time, scanner, user or "", name or "", sure))
    return found


def _people(connection: Connection, keys: Collection[int]) -> dict[int | None, tuple[str, str]]:
    """Public id and name."""
    found: dict[int | None, tuple[str, str]] = {}
    for some in chunks(sorted(keys)):
        query = select(users.c.id, users.c.public_id, users.c.name).where(users.c.id.in_(some))
        found.update((key, (public, name)) for key, public, name in connection.execute(query))
    return found


_ROW = """
SELECT s.id, s.event_id, s.scanner_id, e.public_id AS event, n.name AS scanner, s.public_id,
       s.started_at, s.covered_until, s.ended_at, s.received_at,
       coalesce(s.ended_at, s.covered_until) AS until, t.deleted_at, t.deleted_by, t.why
FROM scan_sessions s JOIN scanners n ON n.id = s.scanner_id JOIN events e ON e.id = s.event_id
LEFT JOIN trashed_sessions t ON t.session_id = s.id
WHERE (CASE WHEN t.session_id IS NULL THEN 0 ELSE 1 END) = :trash
"""
_SESSIONS = text(f"""{_ROW}
AND s.event_id = :event AND (s.started_at > :time OR (s.started_at = :time AND s.id > :tail))
ORDER BY s.started_at, s.id LIMIT :limit
""")
_SESSION = text(f"{_ROW} AND e.public_id = :event AND n.name = :scanner AND s.public_id = :id")
_HEARD = text("""
SELECT s.ble_uuid, s.check_in_time, n.name, u.public_id, u.name
FROM sightings s
JOIN scanners n ON n.id = s.scanner_id
LEFT JOIN badges b ON b.ble_uuid = s.ble_uuid
LEFT JOIN users u ON u.id = b.user_id
WHERE s.event_id = :event AND s.scanner_id = :scanner
  AND s.check_in_time BETWEEN :since AND :until
  AND (s.check_in_time > :time OR (s.check_in_time = :time AND s.ble_uuid > :tail))
ORDER BY s.check_in_time, s.ble_uuid LIMIT :limit
""")


def scan_sessions(
    connection: Connection, event_id: str, limit: int, cursor: str, trash: int = 0
) -> Page[SessionRow]:
    """The event's scan sessions by start; `trash`: 1 for those there. Raises EventNotFound."""
    time, tail = _place(cursor, "0")
    known = {"event": event_key(connection, event_id), "limit": limit + 1, "trash": trash}
    if not tail.isdecimal() or int(tail) > MAX_KEY:
        raise _wrong_cursor()
    rows = connection.execute(_SESSIONS, {**known, "time": time, "tail": int(tail)}).all()
    items = [session_value(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, f"{rows[limit - 1].started_at}.{rows[limit - 1].id}" if more else "")


def session_records(
    connection: Connection, session_id: str, limit: int, cursor: str, since: int
) -> Page[RecentRecord]:
    """What a session's scanner heard during it, by time. Raises SessionNotFound, UsageError."""
    session = find_session(connection, session_id)
    time, tail = _place(cursor, "")
    try:
        after = bytes.fromhex(tail)
    except ValueError:
        raise _wrong_cursor() from None
    known = {"event": session.event_id, "scanner": session.scanner_id, "until": session.until}
    places = {"since": max(since, session.started_at), "time": time, "tail": after}
    rows = connection.execute(_HEARD, {**known, **places, "limit": limit + 1}).all()
    items = _records(connection, rows[:limit])
    more = len(rows) > limit
    return Page(items, f"{rows[limit - 1][1]}.{rows[limit - 1][0].hex()}" if more else "")


def event_of_session(connection: Connection, session_id: str) -> str:
    """The event that a session belongs to. Raises SessionNotFound."""
    name = _named(session_id)
    for trash in (0, 1):
        if session := connection.execute(_SESSION, {**name, "trash": trash}).first():
            return str(session.event)
    raise _no_session()


def session_value(row: Row[*tuple[Any, ...]]) -> SessionRow:
    """A session as the rest of the program knows it."""
    return SessionRow(
        _name(row.event, row.scanner, row.public_id),
        row.event,
        row.scanner,
        row.started_at,
        row.covered_until,
        row.ended_at,
        row.received_at,
        row.deleted_at,
        row.deleted_by or "",
        row.why or "",
    )


def find_session(
    connection: Connection, session_id: str, *, trashed: bool = False
) -> Row[*tuple[Any, ...]]:
    """One session that counts, or that is in the trash. Raises SessionNotFound."""
    known = {**_named(session_id), "trash": int(trashed)}
    session = connection.execute(_SESSION, known).first()
    if session is None:
        raise _no_session()
    return session


def _no_session() -> SessionNotFound:
    return SessionNotFound("No scan session has this id.", remedy="Take one of the list.")


def _name(*parts: str) -> str:
    """An opaque name that holds these texts, safe in an address."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _named(name: str) -> dict[str, str]:
    """The reverse. A name that was made up finds nothing."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)))
    except (ValueError, RecursionError):
        parts = []
    if not isinstance(parts, list) or any(
        not isinstance(part, str) or not part.isprintable() for part in parts
    ):
        parts = []
    return dict(zip(("event", "scanner", "id"), [*parts, "", "", ""], strict=False))


def _place(cursor: str, first: str) -> tuple[int, str]:
    """Time and tail of the last row before; before all rows without a cursor."""
    time, dot, tail = cursor.partition(".")
    if not cursor:
        return -1, first
    if not dot or not (time.isascii() and time.isdecimal()) or int(time[:20]) > MAX_KEY:
        raise _wrong_cursor()
    return int(time), tail


def _wrong_cursor() -> UsageError:
    return UsageError("The cursor is not one of this list.", remedy="Begin again without a cursor.")
