"""The tables of rotating ids that were asked for last, kept until somebody joins or goes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection

from ...core.backend import Batch, EventNotFound
from ...core.columns import columns_of
from .events import event_row, event_value
from .rotation import (
    NOTHING,
    DayTable,
    Heard,
    Resolved,
    attribute,
    days_for,
    make_table,
    secrets_of,
)
from .tracked import Tracked

TABLES = 4
"""Days of events that are kept: 10,000 people take some 60 MB."""

ROSTER = frozenset({"registrations", "rotation_secrets"})
"""What a table of ids follows from."""


class RotationTables:
    """Safe to use from several threads."""

    def __init__(self, tracked: Tracked) -> None:
        self._tracked = tracked
        self._kept: OrderedDict[tuple[str, int], tuple[int, DayTable]] = OrderedDict()
        self._lock = threading.Lock()

    def prepare(self, batch: Batch) -> bool:
        """Make the tables that this batch needs, before its transaction keeps others waiting.

        Whether the event has rotating ids, so that the batch may change whose a badge is.
        """
        with self._tracked.read() as connection:
            try:
                row = event_row(connection, batch.event_id)
            except EventNotFound:  # the transaction says so
                return False
            if row.rotating:
                times = columns_of(batch.records).times
                days = days_for(event_value(row), ((b"", time) for time in set(times)))
                self._tables(connection, batch.event_id, row.id, days)
            return bool(row.rotating)

    def resolve(
        self, connection: Connection, event_id: str, staged: Callable[[], Iterable[Heard]]
    ) -> Resolved:
        """Note whose the staged ids are, within the caller's transaction."""
        row = event_row(connection, event_id)
        if not row.rotating:
            return NOTHING
        heard = set(staged())
        days = days_for(event_value(row), heard)
        tables = self._tables(connection, event_id, row.id, days)
        return attribute(connection, heard, tables)

    def _tables(
        self, connection: Connection, event_id: str, event: int, days: Sequence[int]
    ) -> list[DayTable]:
        version = self._tracked.version_of(connection, event_id, ROSTER)
        with self._lock:
            return [self._table(connection, event_id, event, day, version) for day in days]

    def _table(
        self, connection: Connection, event_id: str, event: int, day: int, version: int
    ) -> DayTable:
        key = (event_id, day)
        kept = self._kept.get(key)
        if kept is None or kept[0] != version:
            self._kept.pop(key, None)
            kept = version, make_table(secrets_of(connection, event), day)
            self._kept[key] = kept
            if len(self._kept) > TABLES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return kept[1]
