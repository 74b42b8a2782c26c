"""The report of 10,000 people with 100 sightings each.

GET: first, after a sync, kept, and unchanged. In the screens: open to totals and first row, and
from a key to its repaint while scrolling, just synced and soon after a start.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
OPEN_MS, KEY_MS = 1000.0, 50.0
PREPARED_SECONDS = 8.0
"""After a start; an operator signs in meanwhile."""
SYNCED = 500
"""Records in a sync, of as many people."""
SCREEN_SECONDS = 120.0
"""A page that fails shows nothing, and would be waited for for ever."""


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


def _screen(base: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.report_app", base, "report"]
    environ = {**os.environ, "SCANNER_API_KEY": KEY}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, env=environ, timeout=SCREEN_SECONDS
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _screen_results(when: str, found: dict[str, float]) -> Iterator[Result]:
    what = f"the report in the screens, {when}"
    for name, key, limit in (
        ("open to totals", "totals", OPEN_MS),
        ("open to first row", "row", OPEN_MS),
        ("key to repaint, p95", "key", KEY_MS),
    ):
        value = found[key]
        yield Result(
            f"{what}: {name}", value, "ms", floor=f"under {limit:.0f} ms", holds=value < limit
        )


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
            client.post("/batchCheckIn", content=body("report", ids[-SYNCED:])).raise_for_status()
            screen = _screen(base)
        with server(folder, url) as base:
            time.sleep(PREPARED_SECONDS)
            started = _screen(base)
    what = "GET report, 10,000 people and 1,000,000 sightings"
    floor, after = "under 200 ms", min(synced)
    yield Result(f"{what}: after a sync", after, "ms", first, "first", floor, after < FLOOR_MS)
    yield Result(f"{what}: kept", warm, "ms", first, "first", floor, warm < FLOOR_MS)
    yield Result(f"{what}: 304", unchanged, "ms", first, "first")
    yield from _screen_results("just synced", screen)
    yield from _screen_results("soon after a start", started)


if __name__ == "__main__":
    for each in measure():
        print(each.line(), flush=True)
