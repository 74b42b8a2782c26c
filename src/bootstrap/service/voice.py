"""What a running scan tells systemd: ready, how it is, and signs of life while they are true."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Self

from ...core.model import HearingChanged
from ...core.news import News, SettingsPushed
from ...core.ports import Clock
from ...core.watchdog import Watchdog
from .notify import Notifier
from .unit import NAME

SIGNS = 3
"""Signs of life in systemd's wait: one may be late, as systemd's own manual advises half."""
WAITING = f"New settings of the backend wait for a restart: sudo systemctl restart {NAME}"
"""In the status: who asks for it need not be allowed to read the service's files."""


class Voice:
    """Subscribes to a run's news; `speaking` feeds the watchdog while the run goes on."""

    def __init__(
        self,
        notifier: Notifier,
        clock: Clock,
        frames: Callable[[], int],
        *,
        silence_alarm: float,
    ) -> None:
        """`frames`: how many were heard so far. `silence_alarm`: the radio's, in seconds."""
        self._notifier = notifier
        self._clock = clock
        self._frames = frames
        self._watchdog = Watchdog(clock.now().mono, silence_alarm=silence_alarm)
        self._ready = False
        self._hearing = ""
        self._waiting = ""

    def news(self, news: News) -> None:
        """Pass on how the radio is, which first means that it is up, and whether settings wait."""
        match news:
            case HearingChanged():
                self._watchdog.told(news, self._clock.now().mono)
                self._hearing = news.message
            case SettingsPushed(in_force=False):
                self._waiting = WAITING if news.changes else ""
            case _:
                return
        self._tell_status()

    def _tell_status(self) -> None:
        """Once the radio has been heard of."""
        if not self._hearing:
            return
        first = () if self._ready else ("READY=1",)
        self._ready = True
        self._notifier.tell(*first, f"STATUS={f'{self._hearing} {self._waiting}'.rstrip()}")

    @contextlib.asynccontextmanager
    async def speaking(self) -> AsyncIterator[Self]:
        """Feed the watchdog; at the end say that the service stops in order."""
        feeder = asyncio.create_task(self._feed())
        try:
            yield self
        finally:
            self._notifier.tell("STOPPING=1", "STATUS=The scan has ended.")
            feeder.cancel()
            await asyncio.gather(feeder, return_exceptions=True)

    async def _feed(self) -> None:
        """On the event loop on purpose: a loop that is stuck gives no sign."""
        if not self._notifier.watchdog_seconds:
            return
        while True:
            now = self._clock.now().mono
            self._watchdog.counted(self._frames(), now)
            if self._watchdog.well(now):
                self._notifier.tell("WATCHDOG=1")
            await self._clock.sleep(self._notifier.watchdog_seconds / SIGNS)
