"""What runs beside a scan where it is wanted: background sync, answer-back, other doors' stations.

None holds the scan up, and none is imported where it is not wanted: the HTTP client and the
discovery cost a third of a cold start.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config
from ..core.news import News, Sighted
from ..core.ports import Clock
from ..recorder import Recorder
from ..store.station import StationStore
from .beside import beside

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
    async with beside(sender.run()):
        yield sender


@contextlib.asynccontextmanager
async def answering(
    config: Config | None,
    event_id: str,
    clock: Clock,
    before: Iterable[Sighted],
    recorder: Recorder,
) -> AsyncIterator[Callable[[], str]]:
    """Tell apps who has been counted, unless `config` is None; gives what asks how that goes."""
    if config is None:
        yield str
        return
    from .answer_back import AnswerBack

    answer = AnswerBack(config, event_id, clock, before)
    recorder.subscribe(answer.take)
    async with answer.running():
        yield lambda: answer.state


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
    async with beside(doors.run()):
        yield doors.safe
