"""`headcount web` in a real Chromium: sign in, see the screens, use keys, resize, sign out."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright, expect
from tests.databases import SqliteDatabases
from tests.tui.admin.conftest import ADA, PASSWORD, Backend, furnish, running

from headcount.bootstrap.web import make_doorway

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
        self._text = ""
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))

    def _frame(self, payload: bytes | str) -> None:
        if isinstance(payload, bytes):
            self._text += CONTROL.sub("", payload.decode("utf-8", "replace"))

    async def until(self, words: str) -> None:
        """Wait until these words were drawn; what was drawn before them is forgotten."""
        try:
            async with asyncio.timeout(30):
                while words not in self._text:
                    await self._page.wait_for_timeout(50)
        except TimeoutError:
            raise AssertionError(self._text[-4000:]) from None
        self._text = self._text.partition(words)[2]


async def test_an_admin_works_in_a_browser(backend: Backend) -> None:
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
        await page.keyboard.press("q")
        await shown.until("Opening")
        await page.keyboard.press("q")
        await expect(page.locator("#ended")).to_be_visible()
        await page.click("text=Sign out")
        await expect(page.locator("#email")).to_be_visible()
    # the page tells the ended session that it lost the focus; nobody is there to care
    assert [each for each in told if "WebSocket is already in CLOS" not in each] == []
