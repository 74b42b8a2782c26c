"""Puts the answer-back beacon on the air beside a scan. Its failing never disturbs the scan."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from ..config import Config
from ..core.answer_back import Answer
from ..core.answer_board import PAGE_MS, AnswerBoard
from ..core.errors import RadioError
from ..core.news import News, Sighted
from ..core.ports import Clock
from .badge import CALL_SECONDS, broadcast, first_of

_FIRST_WAIT = 2.0
_LONGEST_WAIT = 60.0
_log = logging.getLogger(__name__)


class AnswerBack:
    """The beacon of one scan. Implements bootstrap.badge.AirWatcher."""

    def __init__(
        self, config: Config, event_id: str, clock: Clock, before: Iterable[Sighted] = ()
    ) -> None:
        self._settings = config.answer_back
        self._adapter = config.answer_back.adapter or config.radio.adapter
        self._clock = clock
        self._board = AnswerBoard(event_id, before)
        self._stop = asyncio.Event()
        self.state = ""
        """For people: on which adapter it is on the air, or why it is not."""

    def take(self, news: News) -> None:
        """A subscriber of the recorder."""
        self._board.take(news)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """On the air until the end of the block."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._stop.set()
            await asyncio.wait({task}, timeout=CALL_SECONDS)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        wait = _FIRST_WAIT
        while not self._stop.is_set():
            try:
                await self._broadcast()
            except RadioError as error:
                self.lost(error, wait)
            except Exception:  # noqa: BLE001 - whatever it is, the scan goes on
                _log.exception("The answer-back beacon ended; the scan goes on.")
                return
            await first_of(self._stop.wait(), self._clock.sleep(wait))
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _broadcast(self) -> None:
        await broadcast(
            self._next, adapter=self._adapter, clock=self._clock, stop=self._stop, watcher=self
        )

    def _next(self, now_ms: int) -> Answer:
        payload = self._board.payload(now_ms)
        return Answer(payload, self._settings.company, until_ms=now_ms + PAGE_MS)

    def on_air(self, broadcast: Answer, adapter: str) -> None:  # noqa: ARG002 - a watcher's
        """It is being broadcast."""
        self.state = f"on the air, {adapter}"

    def lost(self, error: RadioError | None, wait: float) -> None:
        """Apps hear nothing now; the scan goes on."""
        why = error.what if error else "the Bluetooth service has ended it"
        state = f"not on the air: {why}"
        if state != self.state:  # once for each trouble, not for each try
            remedy = error.remedy if error else ""
            _log.warning("Answer-back beacon %s %s Next try in %.0f s.", state, remedy, wait)
        self.state = state
