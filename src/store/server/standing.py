"""One person's status at one event, without building the whole report."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from ...core.attendance import derive_status
from ...core.corrections import Standing
from ...core.model import Kind
from .act_rows import HOLDS, acts_of
from .events import event_value
from .schema import registrations
from .schema_acts import acts
from .settle import BY_HAND, seen_facts


def standing(
    connection: Connection, row: Row[*tuple[Any, ...]], user: int, now_ms: int
) -> Standing:
    """The status as of now; `row` is the event's, `user` the person's key."""
    event, here = event_value(row), acts.c.event_id == row.id
    excused = acts_of(connection, [user], acts.c.kind == Kind.EXCUSED.value, HOLDS, here)
    verdict = derive_status(
        [fact.time for _, _, fact in seen_facts(connection, {user}, row.id)],
        start=event.start,
        end=max(event.start, min(event.end, now_ms)),
        rules=event.rules,
        registered=_is_approved(connection, row.id, user),
        by_hand_ms=[act.time for act in acts_of(connection, [user], BY_HAND, HOLDS, here)],
        excused=excused[0].why if excused else None,
    )
    return Standing(verdict.status.value, verdict.rule)


def _is_approved(connection: Connection, event: int, user: int) -> bool:
    table = registrations.c
    query = select(table.status).where(table.event_id == event, table.user_id == user)
    return connection.scalar(query) == "approved"
