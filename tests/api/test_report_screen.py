"""The report's screen by its keys, against a real backend on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from openpyxl import load_workbook
from starlette.types import ASGIApp
from tests.tui.screen_app import ScreenApp, screen_text
from textual.widgets import Input

from headcount.api.close_client import CloseClient
from headcount.bootstrap.report_desk import HttpReports
from headcount.store.station import StationStore
from headcount.tui.admin.report import ReportPage

from .conftest import ADMIN, START, Serve

ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
Post = Callable[..., Awaitable[httpx.Response]]


async def shows(app: ScreenApp, pilot: Any, words: str) -> None:
    """Wait until these words are on the screen."""
    for _ in range(500):
        if words in screen_text(app):
            return
        await asyncio.sleep(0.01)
        await pilot.pause()
    raise AssertionError(screen_text(app))


async def test_fetch_look_and_export(
    app: ASGIApp, serving: Serve, post: Post, tmp_path: Path
) -> None:
    file = tmp_path / "report.xlsx"
    with serving(app) as address:
        async with CloseClient(f"http://{address}", token=ADMIN) as client:
            desk = HttpReports(client, StationStore(tmp_path / "small"))
            screen = ScreenApp(ReportPage(desk, "e1"))
            async with screen.run_test(size=(120, 40)) as pilot:
                await shows(screen, pilot, "Attendance data has not been synced.")
                record = {"bleUuid": ANA, "checkInTime": START, "scannerId": "Door-1"}
                await post({"eventId": "e1", "records": [record]})
                await pilot.press("f")
                await shows(screen, pilot, "1 of 2 here")
                await pilot.press("enter")
                await shows(screen, pilot, "ana@example.org")
                await pilot.press("escape", "e")
                await shows(screen, pilot, "Export to which")
                screen.screen.query_one(Input).value = str(file)
                await pilot.press("enter")
                for _ in range(500):
                    if any("Saved" in each.message for each in screen._notifications):
                        break
                    await asyncio.sleep(0.01)
    names = [row[0] for row in load_workbook(file)["People"].iter_rows(values_only=True)]
    assert names == ["Name", "Ana", "Ben"]
