"""The line mode beside `scan --no-ui`: the same words, at the terminal of a running scan."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..tui.ports import Facts
from ..tui.state import LiveState
from .output import note
from .plain import Plain
from .scan_input import Typed, listen

if TYPE_CHECKING:
    from ..bootstrap.desk import StationDesk
    from ..bootstrap.people import RunningPeople
    from ..bootstrap.scan import ScanRun, Started
    from ..core.news import News
    from ..core.ports import Clock


@dataclass(slots=True)
class Beside:
    """Watches a scan that another one runs."""

    station: StationDesk
    event_id: str
    clock: Clock
    say: Callable[[str], None]
    state: LiveState = field(default_factory=LiveState)
    facts: Facts = field(default_factory=Facts)
    running: bool = True
    _plain: Plain | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def started(self, run: ScanRun, started: Started) -> None:
        """The scan has begun: lines may be typed, if there is a terminal."""
        event = self.station.event(self.event_id)
        self.state.begin(self.station.attach(run, event, started, self.clock))
        lines: asyncio.Queue[str] = asyncio.Queue()
        if listen(lines.put_nowait):
            self._tasks = [
                asyncio.create_task(self._answer(lines)),
                asyncio.create_task(self._sampling()),
            ]
            note("Type help for what you can do here; Ctrl-C stops the scan.")

    def news(self, news: News) -> None:
        """Something has happened."""
        self.state.news(news, self.clock.now())
        if self._plain:
            self._plain.told(news)

    def sample(self) -> None:
        """Look at what is in range."""
        if pulse := self.station.pulse():
            self.state.pulse(pulse)

    async def look_around(self) -> None:
        """Look at disk and backend."""
        self.facts = await asyncio.to_thread(self.station.facts, self.event_id)

    def close(self) -> None:
        """No more lines."""
        for task in self._tasks:
            task.cancel()
        if self._plain:
            self._plain.close()

    async def _answer(self, lines: asyncio.Queue[str]) -> None:
        self._plain = plain = Plain(self, self.say, self._acting)
        while True:
            await plain.line(await lines.get())

    async def _sampling(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.sample()

    def _acting(self) -> Typed | None:
        people: RunningPeople | None = self.station.people()
        if people is None:
            return None
        return Typed(people.rules, people.recorder, people.clock, people.new_id)
