"""What a person asked for, and what was decided about it, goes by an erasure."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from .schema_participants import correction_requests, registration_decisions


def forget_asked(connection: Connection, user: int) -> None:
    """Delete it, by the person's key: no report counts any of it."""
    for table in (registration_decisions, correction_requests):
        connection.execute(delete(table).where(table.c.user_id == user))
