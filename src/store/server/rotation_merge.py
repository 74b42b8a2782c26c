"""Rotating ids of a batch: attributed once they are staged, and counted as what they turned out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlalchemy import Connection, func, select, text

from ...core.backend import Batch
from ...core.model import BatchAnswer, Kind
from .act_rows import resolve
from .chunks import chunks
from .rotation import Heard, Resolved, catch_up
from .schema import attendance

_STAGED = text("SELECT ble_uuid, check_in_time FROM stage")


def staged(connection: Connection) -> Iterator[Heard]:
    """The ids of the batch that is being merged, and when they were heard."""
    return ((bytes(badge), time) for badge, time in connection.execute(_STAGED))


def attending(connection: Connection, event: int, people: Collection[int]) -> int:
    """How many of these people have a check-in at the event."""
    table = attendance.c
    here = select(func.count()).where(table.event_id == event)
    found = (
        connection.scalar(here.where(table.user_id.in_(some))) or 0
        for some in chunks(sorted(people))
    )
    return sum(found)


def catch_up_walk_ins(connection: Connection, batch: Batch) -> None:
    """Whoever is registered by this batch may have been heard before."""
    refs = {act.user for act in batch.acts if act.kind is Kind.WALK_IN}
    if refs:
        catch_up(connection, batch.event_id, resolve(connection, refs).values())


def in_time(connection: Connection, resolved: Resolved) -> int:
    """How many of the staged records are resolved."""
    if not resolved.in_time:
        return 0
    return sum(heard in resolved.in_time for heard in staged(connection))


def recount(answer: BatchAnswer, known: int, arrived: int) -> BatchAnswer:
    """The batch's counts: what was nobody's when it was staged is somebody's by now.

    `known`: the records of resolved ids; `arrived`: their people who have a check-in only now.
    """
    if not known:
        return answer
    new = min(known, max(arrived, 0))
    return replace(
        answer,
        checked_in=answer.checked_in + new,
        duplicates=answer.duplicates + known - new,
        unknown=answer.unknown - known,
    )
