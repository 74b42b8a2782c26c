"""Watches one run for systemd and Prometheus, where they are wanted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING

from ...clock import SystemClock
from ...config import Config
from ...core.errors import HeadcountError
from ...core.news import News
from ...core.ports import Clock
from ..scan import ScanRun
from ..service.notify import Notifier
from ..service.voice import Voice

if TYPE_CHECKING:
    from .vitals import Observer, Survey

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Between two looks at the counters; Prometheus asks every 15 s or more seldom."""
SURVEY_LOOKS = 6
"""Looks between two surveys of the files, half a minute: they read what is new in the log."""
OFFSET_LOOKS = 120
"""Looks between two questions about the backend's time: ten minutes, since clocks drift slowly."""

Tell = Callable[[News], None]


@contextlib.asynccontextmanager
async def watching(
    config: Config, event_id: str, run: ScanRun, environ: Mapping[str, str]
) -> AsyncIterator[Tell]:
    """Yields what must be told of every piece of news. Raises UsageError for a port in use."""
    clock = SystemClock()  # systemd's time is the machine's, also in a replay
    notifier = Notifier(environ)
    listeners: list[Tell] = []
    async with contextlib.AsyncExitStack() as stack:
        if notifier.wanted:
            alarm = config.radio.silence_alarm_seconds
            voice = Voice(notifier, clock, lambda: _frames(run), silence_alarm=alarm)
            await stack.enter_async_context(voice.speaking())
            listeners.append(voice.news)
        if config.station.metrics_port:
            observer = await stack.enter_async_context(_measuring(config, event_id, run, clock))
            listeners.append(observer.news)

        def tell(news: News) -> None:
            for listener in listeners:
                listener(news)

        yield tell


def _frames(run: ScanRun) -> int:
    pulse = run.pulse()
    return pulse.frames if pulse else 0


@contextlib.asynccontextmanager
async def _measuring(
    config: Config, event_id: str, run: ScanRun, clock: Clock
) -> AsyncIterator[Observer]:
    """Imported only here: most stations are watched by nobody."""
    from .server import serving
    from .vitals import Observer, Survey

    observer = Observer(clock)
    with serving(observer.vitals, config.station.metrics_port):
        survey = Survey(config, event_id, run.log, clock)
        task = asyncio.create_task(_looks(config, run, observer, survey, clock))
        try:
            yield observer
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _looks(
    config: Config, run: ScanRun, observer: Observer, survey: Survey, clock: Clock
) -> None:
    """Look again and again; what can't be seen now is seen later."""
    looks = 0
    while True:
        pulse = run.pulse()
        if pulse:
            observer.look(pulse, run.flush_seconds())
            if looks % SURVEY_LOOKS == 0:
                await _survey(survey, observer)
            if config.sync.automatic and looks % OFFSET_LOOKS == 0:
                observer.vitals.clock_offset_seconds = await clock_offset(config, clock)
            looks += 1
        await clock.sleep(LOOK_SECONDS if looks else 1.0)


async def _survey(survey: Survey, observer: Observer) -> None:
    try:
        await asyncio.to_thread(survey.into, observer.vitals)
    except OSError as error:
        logger.warning("the station's files could not be looked at: %s", error)


async def clock_offset(config: Config, clock: Clock) -> float | None:
    """Seconds by which this clock is ahead of the backend's; None where it can't be asked."""
    from ...api.probe import look
    from ..doctor.backend import offset_ms

    where, before = config.backend, clock.now().wall_ms
    try:
        seen = await look(where.url, ca_file=where.ca_file, timeout_seconds=where.timeout_seconds)
    except HeadcountError:
        return None
    ahead = offset_ms(seen, (before + clock.now().wall_ms) // 2)
    return None if ahead is None else ahead / 1000
