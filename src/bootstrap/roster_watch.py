"""Hands a roster that was fetched meanwhile to the running scan, whoever fetched it.

Whose the rotating ids of its days are is worked out here too, in a thread: 10,000 people take about
a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..core.ports import Clock
from ..core.roster import Roster
from ..recorder import Recorder
from ..rotating import resolve
from ..store.day_keys import day_keys_stamp, load_day_keys
from ..store.station import StationStore

LOOK_SECONDS = 2.0
"""Between two looks, each of which asks the file system once: a name that comes so soon is not
waited for."""


FileStamp = tuple[int, int] | None
Stamp = tuple[FileStamp, FileStamp, bool]
"""Of the roster, of the day keys, and whether the clock is to be trusted."""


def clock_synchronised() -> bool | None:
    """What the kernel says of its clock; asked only where there are rotating ids."""
    from .doctor.clocks import kernel_synchronised  # keeps ctypes out of the cold start

    return kernel_synchronised()


class RosterWatch:
    """Watches the cached roster of one event."""

    def __init__(
        self,
        store: StationStore,
        event_id: str,
        recorder: Recorder,
        stamp: tuple[int, int] | None,
        clock: Clock,
        is_synchronised: Callable[[], bool | None] = lambda: True,
    ) -> None:
        """`stamp`: of the roster that the recorder has, without rotating ids.

        `is_synchronised`: whether this clock can tell a copied id; asked in a thread, and only
        where there are any.
        """
        self._store = store
        self._event_id = event_id
        self._recorder = recorder
        self._clock = clock
        self._is_synchronised = is_synchronised
        self._stamp: Stamp = (stamp, None, True)

    async def run(self, clock: Clock) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await clock.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Hand the roster over if it is another one than before."""
        roster = await asyncio.to_thread(self._changed)
        if roster is not None:
            self._recorder.renew(roster)

    def _changed(self) -> Roster | None:
        folder, event = self._store.folder, self._event_id
        keys = day_keys_stamp(folder, event)
        trusted = keys is None or bool(self._is_synchronised())
        stamp = (self._store.roster_stamp(event), keys, trusted)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        cached = self._store.roster(event)
        if cached is None:
            return None
        roster = Roster(cached.members, cached.fetched_ms)
        found = load_day_keys(folder, event, self._clock.now().wall_ms) if keys else []
        return roster.with_ids(resolve(found), any_time=not trusted) if found else roster
