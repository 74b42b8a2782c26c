"""Live queries without HTTP: one running query for all who ask the same, run again at each change.

A feed marks itself as out of date at each commit that touched what its last run had read, and runs
again until no such commit came in between. The mark is taken off before the run's snapshot is
opened: a change is either in the snapshot or sets the mark again. So the last result is never
stale, and a burst of changes costs as many runs as there is time for.

Changes of other processes of which nobody here is told are found by asking for the versions.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Hashable
from typing import NamedTuple

from ..core.backend import DatabaseUnavailable, EventNotFound
from ..core.live import EVERYTHING, Footing, Observable, Topic
from ..core.ports import Clock

POLL_SECONDS = 1.0
"""Between two looks at the versions: how late a change of another process may be noticed."""

BEATS = 15
"""Polls between two heartbeats: proxies cut connections that are silent for 30 or 60 seconds."""

ACCESS_TABLES = frozenset({"tokens", "users", "accounts", "sign_ins", "scanner_keys"})
"""A change here may end somebody's right: every subscriber is looked at again at once."""

_log = logging.getLogger(__name__)


class Closed(Exception):
    """The feed has ended: the server stops, or what was asked for is gone."""


class Result(NamedTuple):
    """A query's whole result at one version."""

    id: str
    frame: bytes
    """As it is sent, the same bytes to everybody."""


class Query(NamedTuple):
    """What is asked, once for everybody who asks the same."""

    key: Hashable
    event_id: str
    """Empty for a query that is about no single event."""
    answer: Callable[[], tuple[bytes, Footing]]
    """The result, and what it rests on (`Observable.observe`). Blocks; called in a thread."""


class Outage:
    """Says once that the database is away, and once that it is back."""

    def __init__(self) -> None:
        self.is_on = False

    def began(self, error: DatabaseUnavailable) -> None:
        """It did not answer."""
        if not self.is_on:
            self.is_on = True
            _log.warning("live queries wait for the database: %s", error.what)

    def over(self) -> bool:
        """It answered. Whether it was away before."""
        was_on, self.is_on = self.is_on, False
        if was_on:
            _log.warning("the database answers again: live queries are read anew")
        return was_on


class Feed:
    """One query that is kept up to date for its subscribers."""

    def __init__(
        self,
        query: Query,
        frame: Callable[[str, bytes], bytes],
        outage: Outage,
    ) -> None:
        self.query = query
        self.footing: Footing | None = None
        self.subscribers = 0
        self.task: asyncio.Task[None] | None = None
        self._frame = frame
        self._outage = outage
        self._is_failing = False
        self._result: Result | None = None
        self._body = b""
        self._error: BaseException | None = None
        self._dirty = asyncio.Event()
        self._woken = asyncio.Event()

    def touch(self) -> None:
        """The result may be out of date."""
        self._dirty.set()

    def beat(self) -> None:
        """Wake the subscribers without a new result."""
        self._wake()

    def end(self, error: BaseException) -> None:
        """Wake the subscribers for the last time."""
        self._error = error
        self._wake()

    async def ready(self) -> None:
        """Wait for the first result. Raises Closed, or why there is none."""
        while self._result is None and self._error is None:
            await self._woken.wait()
        if self._error is not None:
            raise self._error

    async def next(self, seen_id: str) -> Result | None:
        """The newest result that has another id; None at a heartbeat. Raises Closed, or why."""
        if self._error is None and (self._result is None or self._result.id == seen_id):
            await self._woken.wait()
        if self._error is not None:
            raise self._error
        result = self._result
        return None if result is None or result.id == seen_id else result

    async def run(self, prefix: str) -> None:
        """Keep the result up to date until cancelled. The first run's error is the subscribers'."""
        while True:
            self._dirty.clear()
            try:
                await self._ask(prefix)
            except EventNotFound as error:  # deleted meanwhile, or never there
                self.end(error if self._result is None else Closed())
                return
            except Exception as error:  # noqa: BLE001 - whatever the database raises
                if self._result is None:
                    self.end(error)
                    return
                self._failed(error)
            else:
                self._is_failing = False
            await self._dirty.wait()

    def _failed(self, error: Exception) -> None:
        """Say so, once. The next look at the versions leads to another try."""
        if isinstance(error, DatabaseUnavailable):
            self._outage.began(error)
        elif not self._is_failing:
            self._is_failing = True
            _log.warning("a live query could not be asked again", exc_info=error)

    async def _ask(self, prefix: str) -> None:
        body, footing = await asyncio.to_thread(self.query.answer)
        self.footing = footing
        if self._result is None or body != self._body:  # a change need not change the result
            identity = f"{prefix}-{footing.version}"
            self._body, self._result = body, Result(identity, self._frame(identity, body))
            self._wake()

    def _wake(self) -> None:
        """Let all who wait go on; who comes later waits for the next time."""
        woken, self._woken = self._woken, asyncio.Event()
        woken.set()


class Broker:
    """All feeds of one process."""

    def __init__(
        self,
        source: Observable,
        clock: Clock,
        frame: Callable[[str, bytes], bytes],
        *,
        prefix: str,
    ) -> None:
        """`prefix` tells this process's versions from those of another one, or another database."""
        self._source = source
        self._clock = clock
        self._frame = frame
        self._prefix = prefix
        self._outage = Outage()
        self._feeds: dict[Hashable, Feed] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unlisten: Callable[[], None] = lambda: None
        self._poller: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def subscribers(self) -> int:
        """How many there are now."""
        return sum(feed.subscribers for feed in self._feeds.values())

    def join(self, query: Query) -> Feed:
        """The query's feed, with one subscriber more. Raises Closed."""
        if self._closed:
            raise Closed
        feed = self._feeds.get(query.key) or self._begin(query)
        feed.subscribers += 1
        return feed

    def leave(self, feed: Feed) -> None:
        """One subscriber less; the last one ends the feed."""
        feed.subscribers -= 1
        if not feed.subscribers:
            self._drop(feed)

    def close(self) -> None:
        """End all feeds, at once and for good."""
        self._closed = True
        for feed in list(self._feeds.values()):
            feed.end(Closed())
            self._drop(feed)

    def _begin(self, query: Query) -> Feed:
        if not self._feeds:
            self._loop = asyncio.get_running_loop()
            self._unlisten = self._source.listen(self._committed)
            self._poller = asyncio.create_task(self._poll())
        feed = Feed(query, self._frame, self._outage)
        feed.task = asyncio.create_task(feed.run(self._prefix))
        self._feeds[query.key] = feed
        return feed

    def _drop(self, feed: Feed) -> None:
        if self._feeds.get(feed.query.key) is not feed:
            return
        del self._feeds[feed.query.key]
        if feed.task:
            feed.task.cancel()
        if not self._feeds:
            self._unlisten()
            if self._poller:
                self._poller.cancel()

    def _committed(self, topics: frozenset[Topic]) -> None:
        """Called on the writer's thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
                self._loop.call_soon_threadsafe(self._touch, topics)

    def _touch(self, topics: frozenset[Topic]) -> None:
        access = any(
            topic == EVERYTHING or (topic.table in ACCESS_TABLES and not topic.event_id)
            for topic in topics
        )
        for feed in self._feeds.values():
            # Before its first run has ended nobody knows what it reads.
            if feed.footing is None or feed.footing.touched_by(topics):
                feed.touch()
            if access:
                feed.beat()

    async def _poll(self) -> None:
        for polls in itertools.count(1):
            await self._clock.sleep(POLL_SECONDS)
            feeds = list(self._feeds.values())
            for feed in await self._look(feeds):
                feed.touch()
            if polls % BEATS == 0:
                for feed in feeds:
                    feed.beat()

    async def _look(self, feeds: list[Feed]) -> list[Feed]:
        """Those that must be asked again."""
        try:
            stale = await asyncio.to_thread(self._stale, feeds)
        except DatabaseUnavailable as error:
            self._outage.began(error)
            return []
        except Exception:  # noqa: BLE001 - whatever the database raises
            _log.warning("the versions could not be read", exc_info=True)
            return feeds  # their own runs will tell
        return feeds if self._outage.over() else stale

    def _stale(self, feeds: list[Feed]) -> list[Feed]:
        """Those whose topics have another version than at their last run."""
        current = [(feed, feed.footing) for feed in feeds]
        return [
            feed
            for feed, footing in current
            if footing is not None and self._source.version(footing) != footing.version
        ]
