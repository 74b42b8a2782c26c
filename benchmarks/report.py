"""GET report of 10,000 people with 100 sightings each: first, after a sync, kept, and unchanged."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx

from headcount.core.backend import Batch, BatchRecord, NewEvent, PersonRow
from headcount.store.server import open_store

from .batch import KEY, START, body, people, server
from .result import Result

PEOPLE, ROUNDS = 10_000, 100
MINUTE_MS = 60_000
FLOOR_MS = 200.0
SYNCED = 500
"""Records in a sync, of as many people."""


def set_up(url: str, ids: list[str]) -> None:
    with closing(open_store(url)) as store:
        end = START + ROUNDS * MINUTE_MS
        store.create_event(NewEvent("Report", START, end, id="report"), now_ms=START)
        rows = [PersonRow(n, f"P{n}", f"p{n}@example.org", ident) for n, ident in enumerate(ids)]
        store.import_people(rows, event_id="report", now_ms=START)
        for number in range(ROUNDS):
            at = START + number * MINUTE_MS
            records = [BatchRecord(each, at + n % 1000, "Door", 0) for n, each in enumerate(ids)]
            store.merge_batch(Batch("report", records), received_ms=at)


def _get(client: httpx.Client, status: int, **headers: str) -> tuple[float, str]:
    """Milliseconds, and the ETag."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    begin = time.perf_counter()
    answer = client.get("/events/report/report", headers=given)
    took = (time.perf_counter() - begin) * 1000
    assert answer.status_code == status, answer.text
    return took, answer.headers["etag"]


def measure() -> Iterator[Result]:
    ids = people(PEOPLE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'report.sqlite3'}"
        set_up(url, ids)
        headers = {"Authorization": f"Bearer {KEY}"}
        with (
            server(folder, url) as base,
            httpx.Client(base_url=base, headers=headers, timeout=300) as client,
        ):
            first = _get(client, 200)[0]
            synced = []
            for number in range(3):
                some = ids[number * SYNCED : (number + 1) * SYNCED]
                client.post("/batchCheckIn", content=body("report", some)).raise_for_status()
                synced.append(_get(client, 200)[0])
            warm = min(_get(client, 200)[0] for _ in range(5))
            _, tag = _get(client, 200)
            unchanged = min(_get(client, 304, If_None_Match=tag)[0] for _ in range(5))
    what = "GET report, 10,000 people and 1,000,000 sightings"
    floor, after = "under 200 ms", min(synced)
    yield Result(f"{what}: after a sync", after, "ms", first, "first", floor, after < FLOOR_MS)
    yield Result(f"{what}: kept", warm, "ms", first, "first", floor, warm < FLOOR_MS)
    yield Result(f"{what}: 304", unchanged, "ms", first, "first")
