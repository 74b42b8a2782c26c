"""Live queries: from the request that changes something to its delivery to 1,000 subscribers.

Every subscriber has a token of its own, whose right is looked at again before each delivery. The
peer is what one does without live queries: each client asks again when it hears of a change.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from headcount.api.auth import token_hash
from headcount.core.backend import NewEvent, PersonRow
from headcount.store.server import open_store

from .batch import KEY, START, body, people, server
from .result import Result

SUBSCRIBERS = 1_000
CHANGES = 20
FLOOR_MS = 250.0
FILES = 4_096
"""Open files that a process with 1,000 connections may need."""


def set_up(url: str, ids: list[str]) -> None:
    with closing(open_store(url)) as store:
        store.create_event(NewEvent("Live", START, START + 1, id="live"), now_ms=START)
        rows = [PersonRow(n, f"P{n}", f"p{n}@example.org", ident) for n, ident in enumerate(ids)]
        store.import_people(rows, event_id="live", now_ms=START)
        for number in range(SUBSCRIBERS):
            secret = token_hash(f"token-{number}")
            store.create_admin("Ada", "ada@example.org", token_hash=secret, now_ms=START)


class Subscriber:
    """Reads one stream, and notes when each result was here."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.at = 0.0

    async def read(self, host: str, port: int, token: str, ready: asyncio.Semaphore) -> None:
        async with ready:  # a few at a time, or the listening queue overflows
            reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
            request = (
                "GET /live/attendance?eventId=live HTTP/1.1\r\n"
                f"Host: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
            )
            writer.write(request.encode())
            await self._next(reader)
        while True:
            await self._next(reader)

    async def _next(self, reader: asyncio.StreamReader) -> None:
        while not (line := await reader.readline()).startswith(b"data: "):
            assert line, "the stream ended"
        self.at = time.perf_counter()
        self.arrived.set()


async def _live(base: str, ids: list[str]) -> list[float]:
    """Milliseconds from the POST to each delivery."""
    address = urlsplit(base)
    subscribers = [Subscriber() for _ in range(SUBSCRIBERS)]
    ready = asyncio.Semaphore(20)
    tasks = [
        asyncio.create_task(
            each.read(str(address.hostname), address.port or 0, f"token-{number}", ready)
        )
        for number, each in enumerate(subscribers)
    ]
    await asyncio.gather(*(each.arrived.wait() for each in subscribers))
    delays: list[float] = []
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
        for ident in ids:
            for each in subscribers:
                each.arrived.clear()
            begin = time.perf_counter()
            answer = await client.post("/batchCheckIn", content=body("live", [ident]))
            assert answer.json()["checkedIn"] == 1, answer.text
            await asyncio.gather(*(each.arrived.wait() for each in subscribers))
            delays += [(each.at - begin) * 1000 for each in subscribers]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return delays


async def _asking_again(base: str) -> list[float]:
    """Milliseconds until each of as many clients has asked for the same result by itself."""
    delays: list[float] = []
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    headers = {"Authorization": "Bearer token-0"}
    async with httpx.AsyncClient(
        base_url=base, headers=headers, limits=limits, timeout=120
    ) as http:
        begin = time.perf_counter()

        async def ask() -> None:
            answer = await http.get("/events/live/attendance")
            assert answer.status_code == 200
            delays.append((time.perf_counter() - begin) * 1000)

        await asyncio.gather(*(ask() for _ in range(SUBSCRIBERS)))
    return delays


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def measure() -> Iterator[Result]:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
    ids = people(CHANGES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'live.sqlite3'}"
        set_up(url, ids)
        with server(folder, url) as base:
            live = asyncio.run(_live(base, ids))
            asked = asyncio.run(_asking_again(base))
    yield Result(
        f"live: p95 of a change to {SUBSCRIBERS:,} subscribers",
        p95(live),
        "ms",
        p95(asked),
        "each asks again",
        f"under {FLOOR_MS:.0f} ms",
        p95(live) < FLOOR_MS,
    )
    yield Result("live: median of the same", statistics.median(live), "ms")
