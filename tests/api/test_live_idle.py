"""An open stream counts as use of its sign-in; the absolute limit ends it."""

from __future__ import annotations

import asyncio

import httpx
from tests.databases import Databases

from headcount.api.app import create_app
from headcount.api.auth import token_hash
from headcount.clock import ManualClock
from headcount.core.access import NewSignIn
from headcount.core.backend import NewEvent
from headcount.store.server import Store

from .conftest import START, Serve

HOUR_MS = 3_600_000
IDLE_HOURS, MOST_HOURS = 12, 168
"""The defaults of server.session_idle_minutes and server.session_max_hours."""


async def test_an_open_stream_outlives_the_idle_limit_but_not_the_sign_in(
    store: Store, databases: Databases, clock: ManualClock, serving: Serve
) -> None:
    user = store.users(limit=1).items[0]
    signed_in = NewSignIn(token_hash("eve"), START + MOST_HOURS * HOUR_MS)
    store.sign_in(user.id, signed_in, now_ms=START)

    async def change(number: int) -> None:
        event = NewEvent("New", 1, 2, id=f"new{number}")
        await asyncio.to_thread(store.create_event, event, now_ms=1)

    headers = {"Authorization": "Bearer eve"}
    with serving(create_app(store, clock=clock, scanner_key=None)) as address:
        async with (
            asyncio.timeout(30),
            httpx.AsyncClient(base_url=f"http://{address}", headers=headers) as http,
            http.stream("GET", "/live/events", timeout=30) as answer,
        ):
            results = (line async for line in answer.aiter_lines() if line.startswith("data:"))
            await anext(results)
            clock.advance((IDLE_HOURS + 1) * 3600)
            await change(1)
            assert "new1" in await anext(results)
            assert (await http.get("/events")).status_code == 401  # the stream is no request
            assert (await http.get("/live/events")).status_code == 401
            clock.advance(MOST_HOURS * 3600)
            await change(2)
            assert [line async for line in results] == []
