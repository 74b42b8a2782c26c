"""Sends while scanning: whenever the backend answers, at a polite pace, never in the way."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from pathlib import Path

from ..clock import SystemClock
from ..config import Config
from ..core.errors import BackendUnreachable, HeadcountError
from ..core.news import Sending, SendingState
from ..store.log_prefix import Prefixes
from ..store.station import StationStore
from .contact import Contact
from .countersign import Countersigner
from .sync import LogSync, Synced, Target, make_client, make_patience, make_syncer

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 900.0
"""Seconds between tries while there is no network, or the backend refuses this station: a quarter
of an hour costs nothing, and whoever mends it needs no restart of the scan."""
LAST_TRY = 5.0
"""Seconds that the end of a scan gives the last try: somebody waits to pack up."""
SPREAD = 0.1
"""Part of a pause that is left to chance, so that stations don't all come at once."""


class AutoSync:
    """The background sync of one scan. It reads the log without its lock, and archives nothing."""

    def __init__(
        self,
        config: Config,
        event_id: str,
        log: Path,
        store: StationStore,
        on_news: Callable[[Sending], None],
    ) -> None:
        self._config = config
        self._target = Target(event_id, log, ours=False)
        self._store = store
        self._on_news = on_news
        self._clock = SystemClock()
        self._rng = random.Random()  # noqa: S311 - it spreads tries, nothing secret
        self._state: SendingState | None = None
        self._told = ""
        self._failures = 0
        self._resumed = False
        self._prefixes = Prefixes()
        self._contact = Contact(config, self._clock)

    async def run(self) -> None:
        """Send, wait, send again, until cancelled."""
        while True:
            await self._round()
            pause = pause_seconds(self._config.sync.interval_seconds, self._failures)
            if self._state is SendingState.PAUSED:
                pause = LONGEST_PAUSE
            await self._clock.sleep(pause * (1 + SPREAD * self._rng.random()))

    async def last_try(self) -> bool:
        """One more round, for `LAST_TRY` seconds; whether everything is acknowledged now."""
        if self._state is SendingState.PAUSED:
            return False
        try:
            async with asyncio.timeout(LAST_TRY):
                return await self._round()
        except TimeoutError:
            return False

    async def _round(self) -> bool:
        """Send what is unsent. False when that failed, which is told once."""
        try:
            synced = await self._send()
        except BackendUnreachable as error:
            self._failures += 1
            self._tell(SendingState.OFFLINE, error)
            return False
        except HeadcountError as error:
            self._tell(SendingState.PAUSED, error)
            return False
        except Exception as error:  # a defect here must not end the scan
            logger.exception("the background sync failed")
            self._tell(SendingState.PAUSED, HeadcountError(f"The sync failed: {error!r}."))
            return False
        self._failures, self._state, self._told = 0, SendingState.ONLINE, ""
        result = synced.result
        if result.received:
            self._on_news(Sending(self._state, result.acknowledged, len(result.refused)))
        return not result.refused

    async def _send(self) -> Synced:
        once = make_patience(self._clock, 1, lambda _error, _wait: None)
        async with make_client(self._config) as client:
            syncer = make_syncer(self._config, client, once)
            countersign = Countersigner(client, self._store)
            log_sync = LogSync(
                self._config,
                self._target,
                syncer,
                self._store,
                self._clock,
                countersign=countersign,
                prefixes=self._prefixes,
            )
            synced = await log_sync.run(resume=self._resumed)
            await self._contact(client)
        if synced.error:
            raise synced.error
        for warning in synced.warnings:
            logger.warning("%s", warning)
        self._resumed = True  # refused records were tried once in this scan
        return synced

    def _tell(self, state: SendingState, error: HeadcountError) -> None:
        """Each trouble once, however long it lasts."""
        known = self._told == (error.what if state is SendingState.PAUSED else state)
        self._state = state
        if not known:
            self._told = error.what if state is SendingState.PAUSED else state
            self._on_news(Sending(state, message=error.what, remedy=error.remedy))


def pause_seconds(interval: float, failures: int) -> float:
    """The interval, doubled for each failure in a row, up to LONGEST_PAUSE."""
    return max(interval, min(LONGEST_PAUSE, interval * 2.0 ** min(failures, 10)))
