"""`headcount web` in a real Chromium: sign in, screens, a report, its export, resize, sign out."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright, expect
from tests.databases import SqliteDatabases
from tests.tui.admin.conftest import ADA, PASSWORD, Backend, furnish, running

from headcount.bootstrap.web import make_doorway
from headcount.core.backend import Batch, BatchRecord
from headcount.core.identity import from_bytes

CONTROL = re.compile(r"\x1b(\[[0-9;?<>=]*[a-zA-Z]|\][^\x07]*\x07|P[^\x1b]*\x1b\\\\|.)")
CHROMIUM = shutil.which("chromium")


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    databases = SqliteDatabases(tmp_path)
    url = databases.make()
    furnish(url)
    with running(databases, url, tmp_path) as started:
        yield started


@asynccontextmanager
async def browser_page(told: list[str]) -> AsyncIterator[Page]:
    """A page that notes what goes wrong in it, and every host it asks."""
    if CHROMIUM is None:
        if "CI" in os.environ:
            pytest.fail("needs the Debian package chromium, and in CI nothing is skipped")
        pytest.skip("needs the Debian package chromium")
    async with async_playwright() as playwright:
        # As root there is no sandbox; the page is our own.
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = await browser.new_page(viewport={"width": 1000, "height": 600})
        page.on("console", lambda said: told.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                told.append(asked.url)
                if "127.0.0.1" not in asked.url and not asked.url.startswith("data:")
                else None
            ),
        )
        yield page
        await browser.close()


class Shown:
    """What the page's terminal was told to draw, without the control sequences."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._raw = b""
        self._past = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))

    def _frame(self, payload: bytes | str) -> None:
        if isinstance(payload, bytes):
            self._raw += payload  # a control sequence may go on in the next frame

    def _text(self) -> str:
        return CONTROL.sub("", self._raw.decode("utf-8", "replace"))

    async def until(self, words: str) -> None:
        """Wait until these words were drawn; what was drawn before them is forgotten."""
        try:
            async with asyncio.timeout(30):
                while (at := self._text().find(words, self._past)) < 0:
                    await self._page.wait_for_timeout(50)
        except TimeoutError:
            raise AssertionError(self._text()[self._past :]) from None
        self._past = at + len(words)


def hear(backend: Backend) -> None:
    """Ana was here."""
    record = BatchRecord(from_bytes(b"\xa1" * 16), backend.now_ms, "Door", 0)
    backend.store.merge_batch(Batch("e1", [record]), received_ms=backend.now_ms)


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose name fits on one line of a message."""
    with tempfile.TemporaryDirectory(prefix="hc") as name:
        yield Path(name)


def rows_of(file: Path) -> list[tuple[str, str]]:
    rows = csv.DictReader(file.read_text("utf-8").splitlines())
    return [(row["Name"], row["Door"]) for row in rows]


async def export_the_report(page: Page, shown: Shown, file: Path) -> None:
    """By keys: the report of the event at hand, and all of it as a file on the server's disk."""
    await page.keyboard.press("r")
    await shown.until("Which event?")
    await shown.until("Opening")
    await page.keyboard.press("Enter")
    await shown.until("1 of 2 here")
    await shown.until("Ana Lima")
    await page.keyboard.press("e")
    await shown.until("Export to which new file?")
    await page.keyboard.press("End")
    await page.keyboard.press("Control+u")
    await page.keyboard.type(str(file))
    await page.keyboard.press("Enter")
    await shown.until(f"Saved: {file}")
    assert rows_of(file) == [("Ana Lima", "Door"), ("Ben Ode", "")]


async def test_an_admin_works_in_a_browser(backend: Backend, short: Path) -> None:
    hear(backend)
    told: list[str] = []
    doorway = make_doorway(backend.config, ["--data-dir", backend.config.data_dir])
    async with TestServer(doorway.application()) as server, browser_page(told) as page:
        shown = Shown(page)
        await page.goto(str(server.make_url("/")))
        await page.fill("#email", ADA)
        await page.fill("#password", PASSWORD)
        await page.click("button")
        await shown.until("Opening")
        await page.set_viewport_size({"width": 1400, "height": 900})
        await shown.until("Opening")  # drawn again, for the new size
        await page.keyboard.press("a")
        await shown.until("Admin")
        await shown.until("Ada Root")  # signed in at the backend, too
        await export_the_report(page, shown, short / "report.csv")
        await page.keyboard.press("q")
        await shown.until("Ada Root")
        await page.keyboard.press("q")
        await shown.until("Opening")
        await page.keyboard.press("q")
        await expect(page.locator("#ended")).to_be_visible()
        await page.click("text=Sign out")
        await expect(page.locator("#email")).to_be_visible()
    # the page tells the ended session that it lost the focus; nobody is there to care
    assert [each for each in told if "WebSocket is already in CLOS" not in each] == []
