"""GET /metrics, and which pages of other sites may ask."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from headcount.api.app import create_app
from headcount.clock import ManualClock
from headcount.core.backend import Backend

START = 1_753_000_000_000
Post = Callable[..., Awaitable[httpx.Response]]


async def values(http: httpx.AsyncClient) -> dict[str, float]:
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


async def test_requests_are_counted_by_route_and_status(http: httpx.AsyncClient) -> None:
    for path in ("/events/e1", "/events/e1", "/events/nobody", "/nothing"):
        await http.get(path)
    await http.request("MADEUP", "/events")
    found = await values(http)
    counted = 'headcount_requests_total{{method="{}",route="{}",status="{}"}}'
    assert found[counted.format("GET", "/events/{event_id}", 200)] == 2
    assert found[counted.format("GET", "/events/{event_id}", 404)] == 1
    assert found[counted.format("GET", "unknown", 404)] == 1
    assert found[counted.format("other", "unknown", 405)] == 1
    assert found['headcount_request_seconds_count{route="/events/{event_id}"}'] == 3
    assert not any("e1" in name or "nobody" in name for name in found)


async def test_a_batchs_records_are_counted_by_outcome(http: httpx.AsyncClient, post: Post) -> None:
    record = {"bleUuid": "a1" * 16, "checkInTime": START, "scannerId": "Door"}
    await post({"eventId": "e1", "records": [record, record, record | {"bleUuid": "c3" * 16}, 5]})
    found = await values(http)
    outcomes = {
        re.findall('"(.+)"', name)[0]: value
        for name, value in found.items()
        if name.startswith("headcount_batch_records_total")
    }
    assert outcomes == {"checked_in": 1, "duplicate": 1, "unknown": 1, "refused": 1}
    assert found["headcount_batch_seconds_count"] == 1
    assert found["headcount_database_bytes"] > 10_000
    assert found["headcount_live_subscribers"] == 0
    assert found['headcount_requests_in_progress{route="/metrics"}'] == 1
    assert found['headcount_requests_in_progress{route="/batchCheckIn"}'] == 0


DESK, ELSEWHERE = "https://desk.example.org", "https://elsewhere.example"


@pytest.mark.parametrize(
    ("allowed", "origin", "may"),
    [((), DESK, False), ((DESK,), DESK, True), ((DESK,), ELSEWHERE, False)],
)
async def test_only_pages_of_allowed_origins_may_read_answers(
    store: Backend, clock: ManualClock, allowed: tuple[str, ...], origin: str, may: bool
) -> None:
    app = create_app(store, clock=clock, scanner_key="k", cors_origins=allowed)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://backend") as client:
        asked = {"Access-Control-Request-Method": "POST", "Origin": origin}
        before = await client.options("/events", headers=asked)
        assert (before.status_code == 200) == may
        answer = await client.get("/health", headers={"Origin": origin})
        for each in (before, answer):
            assert (each.headers.get("access-control-allow-origin") == origin) == may
        assert answer.headers.get("access-control-allow-credentials") is None
