"""The report's screen on a backend, in a process of its own: prints milliseconds as JSON.

Run by `benchmarks.report`: `python -m benchmarks.report_app URL EVENT`, the key in SCANNER_API_KEY.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.app import App
from textual.widgets import Static

from headcount.api.admin_client import AdminClient
from headcount.bootstrap.admin_follow import follow
from headcount.bootstrap.report_desk import HttpReports
from headcount.store.station import StationStore
from headcount.tui.admin.report import ReportPage
from headcount.tui.keys import USUAL
from headcount.tui.look import Look
from headcount.tui.memory import settle
from headcount.tui.widgets.table import Table

STEP = 0.002
KEYS = ["pagedown"] * 20 + ["down"] * 60 + ["end", "pageup", "home"] * 5
REST = 0.02
"""Seconds between two keys: a held key repeats some thirty times a second."""


class ReportApp(App[None]):
    look = Look()

    def go_back(self) -> None:
        self.pop_screen()

    def key_of(self, act: str) -> str:
        return USUAL[act]


async def measure(url: str, event_id: str, folder: str) -> dict[str, float]:
    """Milliseconds until totals and first row are painted, and from a key to its repaint."""
    async with AdminClient(url, token=os.environ["SCANNER_API_KEY"]) as client:
        store = StationStore(Path(folder) / "station")
        desk = HttpReports(client, store, lambda each: follow(lambda: client.live_report(each)))
        app = ReportApp()
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause(0.2)
            settle()
            page = ReportPage(desk, event_id)
            begin = time.perf_counter()
            app.push_screen(page)
            totals = await until(app, begin, lambda: is_told(page))
            row = await until(app, begin, lambda: bool(table_of(page).chosen))
            await pilot.pause(0.5)
            taken = [await one(app, page, key) for key in KEYS]
    p95 = statistics.quantiles(taken, n=20)[-1]
    return {"totals": totals, "row": row, "key": p95, "slowest": max(taken)}


def is_told(page: ReportPage) -> bool:
    return page.is_mounted and bool(str(page.query_one("#totals", Static).render()))


def table_of(page: ReportPage) -> Table:
    return page.query_one("#people", Table)


async def until(app: ReportApp, begin: float, done: Callable[[], bool]) -> float:
    while not done():  # noqa: ASYNC110 - it measures from outside
        await asyncio.sleep(STEP)
    await painted(app)
    return (time.perf_counter() - begin) * 1000


async def one(app: ReportApp, page: ReportPage, key: str) -> float:
    """Press it, and wait until the screen was painted again."""
    table = table_of(page)
    before, begin = table.cursor, time.perf_counter()
    app.simulate_key(key)
    while table.cursor == before:  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(0)
    await painted(app)
    taken = (time.perf_counter() - begin) * 1000
    await asyncio.sleep(REST)
    return taken


async def painted(app: ReportApp) -> None:
    done = asyncio.Event()
    app.call_after_refresh(done.set)
    await done.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(asyncio.run(measure(sys.argv[1], sys.argv[2], name))))
