"""Single sightings."""

from __future__ import annotations

from sqlalchemy import Connection, text

from ...core.identity import from_bytes
from ...core.records import RecentRecord
from .events import event_key

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
    return [
        RecentRecord(from_bytes(ble_uuid), time, scanner, user or "", name or "")
        for ble_uuid, time, scanner, user, name in connection.execute(_RECENT, known)
    ]
