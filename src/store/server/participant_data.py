"""What a person asked for, and what was decided about it: told in an export, gone by an erasure."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from .schema import events
from .schema_participants import correction_requests, registration_decisions


def asked_of(connection: Connection, user: int) -> dict[str, list[dict[str, Any]]]:
    """Rows by kind, as `personal.collect` has them; `user` is the person's key."""
    said, asked = registration_decisions.c, correction_requests.c
    decided = select(
        events.c.public_id.label("eventId"),
        said.status.label("status"),
        said.why.label("why"),
        said.decided_at.label("decidedAt"),
    )
    requests = select(
        events.c.public_id.label("eventId"),
        asked.public_id.label("publicId"),
        asked.words.label("words"),
        asked.came_at.label("cameAt"),
        asked.left_at.label("leftAt"),
        asked.status.label("status"),
        asked.created_at.label("createdAt"),
        asked.decided_at.label("decidedAt"),
        asked.why.label("why"),
        asked.record_id.label("recordId"),
    )
    found = {
        "registrationDecisions": decided.join(events).where(said.user_id == user),
        "correctionRequests": requests.join(events).where(asked.user_id == user),
    }
    return {
        kind: [dict(row) for row in connection.execute(query.order_by("eventId")).mappings()]
        for kind, query in found.items()
    }


def forget_asked(connection: Connection, user: int) -> None:
    """Delete it: no report counts any of it."""
    for table in (registration_decisions, correction_requests):
        connection.execute(delete(table).where(table.c.user_id == user))
