"""The scan that is running, kept apart from screens: they come and go, the scan goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from ..core.errors import HeadcountError
from ..core.news import News
from .ports import Begun, Ended, Facts, Listed, Station
from .state import LiveState

SHORTEST_SECONDS = 0.5
"""Between two looks: a timer that comes late must not make two samples of one second."""


class Session:
    """One scan at a time. `changed` is called when it begins, ends or fails."""

    def __init__(
        self,
        station: Station,
        changed: Callable[[], None],
        told: Callable[[News], None] = lambda _news: None,
    ) -> None:
        self.station = station
        self.state = LiveState()
        self.facts = Facts()
        self.event_id = ""
        self.error: HeadcountError | None = None
        """Why the last scan ended against our will."""
        self.ended: Ended | None = None
        """What the last scan ended with."""
        self._changed = changed
        self._told = told
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether a scan is running, or about to."""
        return self._task is not None and not self._task.done()

    def start(self, event_id: str) -> None:
        """Begin to scan for an event; another scan must have ended."""
        self.event_id = event_id
        self.state = LiveState()
        self.error = self.ended = None
        self._task = asyncio.get_running_loop().create_task(self._run(event_id))
        self._changed()

    async def stop(self) -> None:
        """End the scan in order: what was heard is on the disk when this returns."""
        if self._task is not None:
            self.station.stop()
            await asyncio.wait([self._task])

    async def _run(self, event_id: str) -> None:
        try:
            self.ended = await self.station.scan(event_id, self._begun, self._news)
        except HeadcountError as error:
            self.error = error
        finally:
            self._changed()

    def _begun(self, begun: Begun) -> None:
        self.state.begin(begun)
        self._changed()

    def _news(self, news: News) -> None:
        self.state.news(news, self.station.now())
        self._told(news)

    def sample(self) -> None:
        """Look at the running scan; once a second, by its own clock."""
        last, now = self.state.last, self.station.now()
        early = last is not None and 0 <= now.mono - last.now.mono < SHORTEST_SECONDS
        if self.running and not early and (pulse := self.station.pulse()):
            self.state.pulse(pulse)

    async def look_around(self) -> None:
        """Read what costs a file system call; every few seconds."""
        if self.event_id:
            self.facts = await asyncio.to_thread(self.station.facts, self.event_id)
            self.state.revision += 1


def first_event(listed: Iterable[Listed], now_ms: int, last: object) -> str:
    """The event to begin with: the one on now; of several, the one of before; else none."""
    on = [each.event.id for each in listed if each.event.start <= now_ms <= each.event.end]
    if len(on) == 1:
        return on[0]
    before = last.get("event") if isinstance(last, dict) else None
    return str(before) if before in on else ""
