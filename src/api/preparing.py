"""Reports built before somebody asks: after the start, and after syncs.

The first report after a start reads every sighting of its event, a second for each million. It is
done beside the event loop, one at a time, and only while no batch is on its way: stations come
first. A process prepares only events whose batches it took itself; so of several workers no two do
the same work.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager

from ..core.errors import HeadcountError
from ..core.live import LatelySynced
from ..core.ports import Clock
from .reports import KEPT, Reports

QUIET_SECONDS = 3.0
"""Without a batch: a station sends a long log in several, and one report after them is enough."""

LATEST_SECONDS = 60.0
"""Stations that send all the time must not put it off for ever."""

LATELY_MS = 7 * 86_400_000
"""After a start: events that were synced within a week are those that are looked at."""

REST = 20
"""Times as long as a build took until the next one: it may cost a twentieth of a core."""

_log = logging.getLogger(__name__)


class Preparing:
    """Of one process. Used on the event loop's thread; without `enabled` it does nothing."""

    def __init__(
        self, reports: Reports, lately: LatelySynced, clock: Clock, *, enabled: bool
    ) -> None:
        self._reports = reports
        self._lately = lately
        self._clock = clock
        self._enabled = enabled
        self._wanted: dict[str, None] = {}
        self._busy = 0
        self._last_batch = -math.inf
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """After the start: the events that were synced last."""
        if self._enabled:
            self._start(first=True)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """A batch is on its way."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            self._last_batch = self._clock.now().mono

    def synced(self, event_id: str) -> None:
        """A batch of this event was stored."""
        if not self._enabled:
            return
        self._wanted.pop(event_id, None)
        self._wanted[event_id] = None
        while len(self._wanted) > KEPT:  # more than are kept would push one another out
            del self._wanted[next(iter(self._wanted))]
        self._start()

    def close(self) -> None:
        """No more."""
        self._enabled = False
        if self._task is not None:
            self._task.cancel()

    def _start(self, *, first: bool = False) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(first=first))

    async def _run(self, *, first: bool) -> None:
        if first:
            for event_id in await self._synced_last():
                await self._until_quiet()
                await self._build(event_id)
        while self._wanted:
            await self._until_quiet()
            event_id = next(iter(self._wanted))
            del self._wanted[event_id]
            took = await self._build(event_id)
            if self._wanted:
                await self._clock.sleep(REST * took)

    async def _synced_last(self) -> list[str]:
        since = self._clock.now().wall_ms - LATELY_MS
        try:
            found = await asyncio.to_thread(self._lately.lately_synced, since, KEPT)
        except HeadcountError:  # whoever asks is told
            return []
        return list(found)

    async def _until_quiet(self) -> None:
        latest = self._clock.now().mono + LATEST_SECONDS
        while (now := self._clock.now().mono) < latest:
            rest = self._last_batch + QUIET_SECONDS - now
            if not self._busy and rest <= 0:
                return
            await self._clock.sleep(max(rest, 0.5))

    async def _build(self, event_id: str) -> float:
        """Seconds that it took. What goes wrong is told to whoever asks for the report."""
        begin = self._clock.now()
        try:
            await asyncio.to_thread(self._reports.get, event_id, begin.wall_ms)
        except HeadcountError as error:
            _log.info("a report was not prepared: %s", error.what)
        except Exception:  # noqa: BLE001 - nobody has asked for it yet
            _log.warning("a report could not be prepared", exc_info=True)
        return self._clock.now().mono - begin.mono
