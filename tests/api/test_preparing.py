"""Reports are there before somebody asks, and stations come first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from headcount.api.app import create_app
from headcount.api.live_queries import MAX_ROWS, QUERIES, Args, Source
from headcount.api.preparing import LATELY_MS, LATEST_SECONDS, QUIET_SECONDS, REST, Preparing
from headcount.api.reports import KEPT, Built, Reports
from headcount.clock import ManualClock
from headcount.core.backend import Backend, Batch, BatchRecord, NewEvent
from headcount.core.errors import HeadcountError

from .conftest import ADMIN, HOUR, KEY, START

ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"


class Asked(Reports):
    """Takes as long as the test says, and tells what was built."""

    def __init__(self, backend: Backend, clock: ManualClock) -> None:
        super().__init__(backend)
        self._clock = clock
        self.built: list[str] = []
        self.seconds = 0.0
        self.error: Exception | None = None

    def get(self, event_id: str, now_ms: int) -> Built:
        try:
            if self.error:
                raise self.error
            made = super().get(event_id, now_ms)
            self._clock.advance(self.seconds)
            return made
        finally:
            self.built.append(event_id)


@pytest.fixture
def asked(store: Backend, clock: ManualClock) -> Asked:
    return Asked(store, clock)


@pytest.fixture
async def preparing(asked: Asked, store: Backend, clock: ManualClock) -> AsyncIterator[Preparing]:
    made = Preparing(asked, store, clock, enabled=True)
    yield made
    made.close()


async def built(asked: Asked, *events: str) -> None:
    """Exactly these were built, also after a while."""
    for _ in range(2000):
        if len(asked.built) >= len(events):
            break
        await asyncio.sleep(0.002)
    await asyncio.sleep(0.02)
    assert asked.built == list(events)


def sync(store: Backend, event_id: str, at: int) -> None:
    if event_id != "e1":
        store.create_event(NewEvent(event_id, START, START + HOUR, id=event_id), now_ms=START)
    records = [BatchRecord(ANA, START, "Door", 0)]
    store.merge_batch(Batch(event_id, records), received_ms=at)


async def test_after_a_start_those_that_were_synced_last_within_a_week_are_prepared(
    store: Backend, preparing: Preparing, asked: Asked, clock: ManualClock
) -> None:
    now = clock.now().wall_ms
    store.create_event(NewEvent("Unheard", START, START + HOUR, id="unheard"), now_ms=START)
    sync(store, "old", now - LATELY_MS - 1)
    for place, event_id in enumerate(["a", "b", "c", "d", "e1"]):
        sync(store, event_id, now - 1000 + place)
    preparing.begin()
    await built(asked, *["e1", "d", "c", "b"][:KEPT])


async def test_after_a_burst_of_batches_one_report_is_built_once_they_pause(
    store: Backend, preparing: Preparing, asked: Asked, clock: ManualClock
) -> None:
    for _ in range(3):
        with preparing.batch():
            clock.advance(1)
        preparing.synced("e1")
        await built(asked)
    with preparing.batch():  # another one is on its way
        clock.advance(QUIET_SECONDS)
        await built(asked)
    clock.advance(QUIET_SECONDS / 2)
    await built(asked)
    clock.advance(QUIET_SECONDS)
    await built(asked, "e1")
    clock.advance(10 * LATEST_SECONDS)
    await built(asked, "e1")


async def test_stations_that_never_pause_do_not_put_it_off_for_ever(
    preparing: Preparing, asked: Asked, clock: ManualClock
) -> None:
    with preparing.batch():
        preparing.synced("e1")
        await built(asked)
        clock.advance(LATEST_SECONDS)
        await built(asked, "e1")


async def test_a_long_build_is_followed_by_a_longer_rest(
    store: Backend, preparing: Preparing, asked: Asked, clock: ManualClock
) -> None:
    sync(store, "e2", START)
    asked.seconds = 2
    preparing.synced("e1")
    preparing.synced("e2")
    await built(asked, "e1")
    begin = clock.now().mono
    async with asyncio.timeout(10):
        while asked.built == ["e1"]:
            clock.advance(1)
            await asyncio.sleep(0.005)
    assert asked.built == ["e1", "e2"]
    assert clock.now().mono - begin >= 2 * REST


@pytest.mark.parametrize("error", [HeadcountError("The database is away."), OSError("disk")])
async def test_what_goes_wrong_leaves_the_others_alone(
    preparing: Preparing, asked: Asked, error: Exception
) -> None:
    asked.error = error
    preparing.synced("gone")
    await built(asked, "gone")
    asked.error = None
    preparing.synced("e1")
    await built(asked, "gone", "e1")


async def test_whoever_asks_after_a_sync_is_given_what_was_prepared(
    store: Backend, clock: ManualClock
) -> None:
    app = create_app(store, clock=clock, scanner_key=KEY, prepare_reports=True)
    transport = httpx.ASGITransport(app)
    batch = {
        "eventId": "e1",
        "records": [{"bleUuid": ANA, "checkInTime": START, "scannerId": "Door"}],
    }
    async with httpx.AsyncClient(transport=transport, base_url="http://backend") as http:
        key = {"Authorization": f"Bearer {KEY}"}
        (await http.post("/batchCheckIn", json=batch, headers=key)).raise_for_status()
        await asyncio.sleep(0)
        clock.advance(QUIET_SECONDS)
        prepared = clock.now().wall_ms
        await asyncio.sleep(0.05)
        clock.advance(5)
        token = {"Authorization": f"Bearer {ADMIN}"}
        report = (await http.get("/events/e1/report", headers=token)).json()
    app.state.end_streams()
    assert (report["generatedAt"], report["checkedIn"]) == (prepared, 1)


async def test_the_live_report_is_the_one_that_is_kept_until_something_changes(
    store: Backend, clock: ManualClock
) -> None:
    reports, now = Reports(store), clock.now().wall_ms
    source, args = Source(store, reports, lambda: now), Args("e1", MAX_ROWS, 0)
    kept = reports.get("e1", now)
    body, footing = QUERIES["report"].answer(source, args)
    assert body is kept.body
    assert footing == kept.footing
    sync(store, "e1", START)
    later, _ = QUERIES["report"].answer(source, args)
    assert later != body
    assert reports.get("e1", now).body is later
