"""Hands a roster that was fetched meanwhile to the running scan, whoever fetched it."""

from __future__ import annotations

import asyncio

from ..core.ports import Clock
from ..core.roster import Roster
from ..recorder import Recorder
from ..store.station import StationStore

LOOK_SECONDS = 2.0
"""Between two looks, each of which asks the file system once: a name that comes so soon is not
waited for."""


class RosterWatch:
    """Watches the cached roster of one event."""

    def __init__(
        self,
        store: StationStore,
        event_id: str,
        recorder: Recorder,
        stamp: tuple[int, int] | None,
    ) -> None:
        """`stamp`: of the roster that the recorder has."""
        self._store = store
        self._event_id = event_id
        self._recorder = recorder
        self._stamp = stamp

    async def run(self, clock: Clock) -> None:
        """Look again and again, until cancelled."""
        while True:
            await clock.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Hand the roster over if it is another one than before."""
        roster = await asyncio.to_thread(self._changed)
        if roster is not None:
            self._recorder.renew(roster)

    def _changed(self) -> Roster | None:
        stamp = self._store.roster_stamp(self._event_id)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        cached = self._store.roster(self._event_id)
        return Roster(cached.members, cached.fetched_ms) if cached else None
