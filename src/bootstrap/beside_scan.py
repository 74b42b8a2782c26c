"""What runs beside a scan where it is wanted: the background sync, and the other doors' stations.

Neither holds the scan up, and neither is imported where it is not wanted: the HTTP client and the
discovery cost a third of a cold start.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config import Config
from ..core.news import News
from ..recorder import Recorder
from ..store.station import StationStore

if TYPE_CHECKING:
    from .auto_sync import AutoSync

OnNews = Callable[[News], None]
Safe = Callable[[Path, int], None]
"""Is told how many bytes of which file of the log are on the disk, in the log's thread."""


@contextlib.asynccontextmanager
async def sending(
    config: Config, event_id: str, log: Path, store: StationStore, on_news: OnNews
) -> AsyncIterator[AutoSync | None]:
    """Send in the background, where that is wanted."""
    if not config.sync.automatic:
        yield None
        return
    from .auto_sync import AutoSync

    sender = AutoSync(config, event_id, log, store, on_news)
    async with _running(sender.run()):
        yield sender


@contextlib.asynccontextmanager
async def among_doors(
    config: Config, who: tuple[str, str, Path], recorder: Recorder, on_news: OnNews
) -> AsyncIterator[Safe | None]:
    """Tell the other doors' stations, where that is wanted; `who`: event, scanner and log."""
    if not config.lan.enabled:
        yield None
        return
    from .lan import About, LanDoors

    doors = LanDoors(config, About(*who), recorder, on_news)
    async with _running(doors.run()):
        yield doors.safe


@contextlib.asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
