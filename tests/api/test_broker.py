"""The broker by itself: runs are shared, no change is lost, nothing is left over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from headcount.api.broker import BEATS, POLL_SECONDS, Broker, Closed, Query
from headcount.clock import ManualClock
from headcount.core.backend import EventNotFound
from headcount.core.live import Footing, Listener, Topic

SECONDS = 10
TOPIC = Topic("e1", "attendance")


class Source:
    """One table with a version, and a question that a test can hold up."""

    def __init__(self) -> None:
        self.state = 0
        self.runs = 0
        self.listeners: list[Listener] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.error: Exception | None = None

    def ask(self) -> bytes:
        self.runs += 1
        seen = self.state
        self.begun.set()
        assert self.go_on.wait(SECONDS)
        if self.error:
            raise self.error
        return str(seen).encode()

    def observe(self, ask: Callable[[], Any], *, event_id: str = "") -> tuple[Any, Footing]:
        version = self.state
        return ask(), Footing(event_id, frozenset({TOPIC.table}), version)

    def version(self, footing: Footing) -> int:
        return self.state

    def listen(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def commit(self, *, told: bool = True) -> None:
        self.state += 1
        for listener in self.listeners if told else ():
            listener(frozenset({TOPIC}))


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
async def broker(source: Source, clock: ManualClock) -> AsyncIterator[Broker]:
    made = Broker(source, clock, lambda _identity, body: body, prefix="p")
    yield made
    made.close()


def query(source: Source, key: str = "q") -> Query:
    return Query(key, "e1", lambda: source.observe(source.ask, event_id="e1"))


async def wait_for(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, SECONDS)


async def test_all_who_ask_the_same_share_one_run(source: Source, broker: Broker) -> None:
    feeds = [broker.join(query(source)) for _ in range(50)]
    async with asyncio.timeout(SECONDS):
        results = await asyncio.gather(*(feed.next("") for feed in feeds))
    assert {result and result.frame for result in results} == {b"0"}
    assert (source.runs, broker.subscribers) == (1, 50)


async def test_a_change_during_a_run_leads_to_another_run(source: Source, broker: Broker) -> None:
    source.go_on.clear()
    feed = broker.join(query(source))
    await wait_for(source.begun)
    source.commit()  # after the run has read, before it has ended
    source.go_on.set()
    async with asyncio.timeout(SECONDS):
        await feed.ready()
        result = await feed.next("")
        while result is None or result.frame != b"1":
            result = await feed.next(result.id if result else "")


async def test_a_burst_of_changes_costs_few_runs_and_ends_in_the_last_state(
    source: Source, broker: Broker
) -> None:
    feed = broker.join(query(source))
    async with asyncio.timeout(SECONDS):
        result = await feed.next("")
        source.begun.clear()
        source.go_on.clear()
        source.commit()
        await wait_for(source.begun)
        for _ in range(500):
            source.commit()
        source.go_on.set()
        while result is None or result.frame != b"501":
            result = await feed.next(result.id if result else "")
    assert source.runs == 3


async def test_a_change_that_nobody_tells_of_is_found_by_the_next_poll(
    source: Source, broker: Broker, clock: ManualClock
) -> None:
    feed = broker.join(query(source))
    async with asyncio.timeout(SECONDS):
        first = await feed.next("")
        assert first is not None
        source.commit(told=False)
        waiting = asyncio.create_task(feed.next(first.id))
        while not waiting.done():
            clock.advance(POLL_SECONDS)
            await asyncio.sleep(0)
            await asyncio.to_thread(int)  # lets the poll's own thread have its turn
            if waiting.done() and waiting.result() is None:  # that was a heartbeat
                waiting = asyncio.create_task(feed.next(first.id))
        result = waiting.result()
    assert result is not None
    assert result.frame == b"1"


async def test_a_heartbeat_comes_without_a_change(
    source: Source, broker: Broker, clock: ManualClock
) -> None:
    feed = broker.join(query(source))
    async with asyncio.timeout(SECONDS):
        first = await feed.next("")
        assert first is not None
        waiting = asyncio.create_task(feed.next(first.id))
        polls = 0
        while not waiting.done():
            clock.advance(POLL_SECONDS)
            polls += 1
            await asyncio.to_thread(int)
    assert waiting.result() is None
    assert polls >= BEATS


async def test_the_first_runs_error_is_the_subscribers(source: Source, broker: Broker) -> None:
    source.error = EventNotFound("No event has this id.")
    feed = broker.join(query(source))
    async with asyncio.timeout(SECONDS):
        with pytest.raises(EventNotFound):
            await feed.ready()
    broker.leave(feed)
    source.error = None
    async with asyncio.timeout(SECONDS):
        await broker.join(query(source)).ready()


async def test_a_later_error_keeps_the_last_result_and_is_tried_again(
    source: Source, broker: Broker, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    feed = broker.join(query(source))
    async with asyncio.timeout(SECONDS):
        assert await feed.next("") is not None
        source.error = OSError("the disk")
        source.commit()
        while "could not be asked again" not in caplog.text:
            await asyncio.to_thread(int)
        source.error = None
        while (result := await feed.next("")) is None or result.frame == b"0":
            clock.advance(POLL_SECONDS)
            await asyncio.to_thread(int)
    assert result.frame == b"1"


async def test_the_last_one_to_leave_ends_everything(source: Source, broker: Broker) -> None:
    feeds = [broker.join(query(source)) for _ in range(2)]
    assert len(source.listeners) == 1
    for feed in feeds:
        broker.leave(feed)
    assert (source.listeners, broker.subscribers) == ([], 0)


async def test_closing_wakes_all_and_lets_nobody_in(source: Source, broker: Broker) -> None:
    feed = broker.join(query(source))
    async with asyncio.timeout(SECONDS):
        first = await feed.next("")
        waiting = asyncio.create_task(feed.next(first.id if first else ""))
        await asyncio.sleep(0)
        broker.close()
        with pytest.raises(Closed):
            await waiting
    with pytest.raises(Closed):
        broker.join(query(source))
