"""Two applications on one PostgreSQL, as two workers have them: each hears of the other's commits.

Their clocks stand still, so that nothing comes from looking at the versions now and then.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import make_url
from tests.databases import Databases
from tests.postgres import Cluster

from headcount.api.app import create_app
from headcount.api.broker import POLL_SECONDS, Broker, Query
from headcount.clock import ManualClock
from headcount.core.backend import NewEvent
from headcount.core.live import EVERYTHING, Footing, Topic
from headcount.store.server import Store, open_store
from headcount.store.server.postgres_notify import understand

from .conftest import ADMIN, KEY, Serve

SECONDS = 30
AWAY = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS false"
BACK = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS true"
LISTENERS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND starts_with(query, 'LISTEN')"
)
LISTENING = f"SELECT count(*) {LISTENERS}"
END_LISTENING = f"SELECT count(pg_terminate_backend(pid)) {LISTENERS}"
END_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


class Workers(NamedTuple):
    here: Store
    there: Store
    address: str
    """Of the application that is `here`."""
    database: str


@pytest.fixture
def database(databases: Databases, filled: str) -> Iterator[str]:
    with databases.copy(filled) as url:
        yield url


@pytest.fixture
def workers(database: str, clock: ManualClock, serving: Serve) -> Iterator[Workers]:
    here, there = open_store(database), open_store(database)
    with serving(create_app(here, clock=clock, scanner_key=KEY)) as address:
        yield Workers(here, there, f"http://{address}", database)
    here.close()
    there.close()


@asynccontextmanager
async def stream(workers: Workers, query: str) -> AsyncIterator[AsyncIterator[Any]]:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=SECONDS))
        address = f"{workers.address}/live/{query}"
        answer = await stack.enter_async_context(http.stream("GET", address, headers=headers))
        assert answer.status_code == 200
        yield (
            json.loads(line.removeprefix("data: "))
            async for line in answer.aiter_lines()
            if line.startswith("data: ")
        )


def ask(store: Store, question: str) -> int:
    with store._database.read() as connection:
        return int(connection.exec_driver_sql(question).scalar_one())


async def listening(workers: Workers) -> None:
    async with asyncio.timeout(SECONDS):
        while not await asyncio.to_thread(ask, workers.there, LISTENING):
            pass


async def until(events: AsyncIterator[Any], event_id: str) -> None:
    """Read on to the state that has this event."""
    async with asyncio.timeout(SECONDS):
        async for data in events:
            if event_id in {row["id"] for row in data["page"]}:
                return
    raise AssertionError(f"the stream ended without {event_id}")


def create(store: Store, event_id: str) -> None:
    store.create_event(NewEvent(event_id, 1, 2, id=event_id), now_ms=1)


async def test_commits_of_another_worker_come_at_once_and_after_a_lost_connection_too(
    workers: Workers,
) -> None:
    async with stream(workers, "events") as events:
        await anext(events)
        await listening(workers)
        await asyncio.to_thread(create, workers.there, "x1")
        await until(events, "x1")
        assert await asyncio.to_thread(ask, workers.there, END_LISTENING) == 1
        await asyncio.to_thread(create, workers.there, "x2")  # nobody listens to this
        await until(events, "x2")
        await listening(workers)
        await asyncio.to_thread(create, workers.there, "x3")
        await until(events, "x3")


async def test_a_right_that_another_worker_takes_back_ends_the_stream(workers: Workers) -> None:
    async with stream(workers, "users") as events:
        await anext(events)
        await listening(workers)
        with workers.there._database.write() as connection:
            connection.exec_driver_sql("DELETE FROM tokens")
        async with asyncio.timeout(SECONDS):
            assert [data async for data in events] == []


class Asked:
    """A store that counts how often the versions were asked for, and what is still being asked."""

    def __init__(self, store: Store) -> None:
        self.listen, self._store = store.listen, store
        self.times = self.running = 0

    def observe(self, ask: Callable[[], Any], *, event_id: str = "") -> tuple[Any, Footing]:
        with self._busy():
            return self._store.observe(ask, event_id=event_id)

    def version(self, footing: Footing) -> int:
        with self._busy():
            self.times += 1
            return self._store.version(footing)

    @contextmanager
    def _busy(self) -> Iterator[None]:
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1


async def test_a_database_that_is_away_is_told_of_once_and_read_anew_when_it_is_back(
    database: str, cluster: Cluster, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    name = str(make_url(database).database)
    here, there = open_store(database), open_store(database)
    asked = Asked(here)
    broker = Broker(asked, clock, lambda _identity, body: body, prefix="p")

    def count() -> bytes:
        return str(len(here.events(limit=99).items)).encode()

    feed = broker.join(Query("q", "", lambda: asked.observe(count, event_id="")))

    def told() -> list[str]:
        return [each.message for each in caplog.records if each.name.startswith("headcount")]

    async def look(times: int) -> None:
        """Let the broker ask for the versions so often."""
        until = asked.times + times
        while asked.times < until:
            clock.advance(POLL_SECONDS)
            await asyncio.to_thread(int)

    async with asyncio.timeout(SECONDS):
        while (first := await feed.next("")) is None:
            pass
        cluster.execute(AWAY, name)
        with there._database.read() as connection:
            connection.exec_driver_sql(END_ALL)
        await look(5)
        assert ["live queries wait" in line and name in line for line in told()] == [True], told()
        cluster.execute(BACK, name)
        await asyncio.to_thread(create, there, "x1")
        while (result := await feed.next("")) is None or result.frame == first.frame:
            await look(1)
        await look(3)
    assert result.frame == b"2"
    assert ["answers again" in line for line in told()] == [False, True], told()
    broker.close()
    while asked.running:  # in a thread that can't be cancelled
        await asyncio.to_thread(int)
    here.close()
    there.close()


@pytest.mark.parametrize(
    ("payload", "topics"),
    [
        ('["them", [["e1", "sightings"], ["", "users"]]]', {("e1", "sightings"), ("", "users")}),
        ('["us", [["e1", "sightings"]]]', set()),
        ("", {EVERYTHING}),
        ("[1]", {EVERYTHING}),
        ('{"a": "b"}', {EVERYTHING}),
        ('["them", [3]]', {EVERYTHING}),
    ],
)
def test_a_message_that_is_not_understood_counts_as_a_change_of_everything(
    databases: Databases, payload: str, topics: set[Topic]
) -> None:
    assert understand(payload, "us") == topics
