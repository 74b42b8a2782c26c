"""The log's review on a long log, in a process of its own: prints seconds and megabytes as JSON.

Run by `benchmarks.review`: `python -m benchmarks.review_app DATA_DIR`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from headcount.bootstrap.log_review import Review
from headcount.config import Config
from headcount.tui.look import Look
from headcount.tui.screens.ask import Told
from headcount.tui.screens.log_review import LogPage
from headcount.tui.widgets.line_table import LineTable

from .memory import peak_mib

STEP = 0.005
EVENT = "bench"
FILTERS = {"name": "Person 77", "oldest": "to:2026-07-20T12:10", "nothing": "gap"}
"""A person with one line in two thousand; the log's first minutes, at its far end; and a filter
that lets nothing through, for which all lines are looked at."""


class ReviewApp(App[None]):
    look = Look()

    def go_back(self) -> None:
        self.pop_screen()


async def measure(folder: str) -> dict[str, tuple[float, float]]:
    """Seconds, and those of them that this process had the processor; and megabytes."""
    page = LogPage(Review(Config(data_dir=folder), EVENT))
    app = ReviewApp()
    figures: dict[str, tuple[float, float]] = {}
    async with app.run_test(size=(120, 40)) as pilot:
        begin = now()
        app.push_screen(page)
        figures["open"] = await until(pilot, begin, lambda: painted(page))
        await until(pilot, begin, lambda: page.review.everything.progress == 1)
        figures["index"] = since(begin)
        for name, text in FILTERS.items():
            page.query_one("#filter", Input).value = ""
            await pilot.pause(0.3)
            begin = now()
            page.query_one("#filter", Input).value = text
            await pilot.pause(0)
            done = (lambda: finished(page)) if name == "nothing" else (lambda: filtered(page))
            figures[name] = await until(pilot, begin, done)
        page.query_one("#filter", Input).value = ""
        begin = now()
        page.action_verify()
        figures["verify"] = await until(pilot, begin, lambda: isinstance(app.screen, Told))
    figures["megabytes"] = peak_mib(os.getpid()), 0.0
    return figures


def now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(begin: tuple[float, float]) -> tuple[float, float]:
    wall, cpu = now()
    return wall - begin[0], cpu - begin[1]


async def until(
    pilot: Pilot[Any], begin: tuple[float, float], done: Callable[[], bool]
) -> tuple[float, float]:
    while not done():  # noqa: ASYNC110 - it measures from outside
        await asyncio.sleep(STEP)
    await pilot.pause(0)
    return since(begin)


def painted(page: LogPage) -> bool:
    """The first lines are known and drawn."""
    return page.is_mounted and page.query_one("#lines", LineTable).chosen is not None


def filtered(page: LogPage) -> bool:
    return page.review.everything is not page.view and painted(page)


def finished(page: LogPage) -> bool:
    return page.view is not page.review.everything and page.view.progress == 1


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1]))))
