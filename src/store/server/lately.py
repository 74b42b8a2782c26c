"""Which events were synced last."""

from __future__ import annotations

from sqlalchemy import Connection, text

_LATELY = text("""
SELECT e.public_id FROM events e JOIN event_scanners s ON s.event_id = e.id
GROUP BY e.id, e.public_id HAVING max(s.last_received_at) >= :since
ORDER BY max(s.last_received_at) DESC, e.id LIMIT :limit
""")


def lately_synced(connection: Connection, since_ms: int, limit: int) -> list[str]:
    """Events with a batch since then, the latest first."""
    return list(connection.scalars(_LATELY, {"since": since_ms, "limit": limit}))
