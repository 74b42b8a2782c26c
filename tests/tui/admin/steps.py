"""What tests of the admin's screens do by keys, and wait for."""

from __future__ import annotations

from typing import Any

from tests.tui.screen_app import ScreenApp, flat, screen_text
from textual.events import Paste
from textual.pilot import Pilot

from headcount.bootstrap.admin_desk import HttpAdmin
from headcount.config import Config
from headcount.tui.admin.home import AdminHome

from .conftest import ADA, PASSWORD

SIZE = (100, 30)


async def shown(pilot: Pilot[Any], *words: str) -> str:
    """What is on the screen, once all these words are."""
    text = ""
    for _ in range(400):
        text = flat(screen_text(pilot.app))
        if all(each in text for each in words):
            return text
        await pilot.pause(0.02)
    raise AssertionError(f"{words!r} are not in: {text}")


def admin_app(config: Config) -> ScreenApp:
    return ScreenApp(AdminHome(HttpAdmin(config)))


async def paste(pilot: Pilot[Any], text: str) -> None:
    """Into the field that has the focus; a tenth of the time that keys take."""
    while pilot.app.focused is None:
        await pilot.pause(0.02)
    pilot.app.focused.post_message(Paste(text))
    await pilot.pause()


async def enter(pilot: Pilot[Any], password: str = PASSWORD, email: str = ADA) -> None:
    """Type into the form that has just come up."""
    await shown(pilot, "Sign in", "Password")
    for text in (email, password):
        await paste(pilot, text)
        await pilot.press("enter")


async def fill(pilot: Pilot[Any], text: str) -> None:
    """Put another text into the field that has the focus."""
    await pilot.press("end", "ctrl+u")
    await paste(pilot, text)


def toasts(pilot: Pilot[Any]) -> list[str]:
    """What was told in passing."""
    return [each.message for each in pilot.app._notifications]


async def told(pilot: Pilot[Any], words: str) -> None:
    """Something was told in passing."""
    for _ in range(400):
        if any(words in each for each in toasts(pilot)):
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{words!r} was not told, but: {toasts(pilot)}")
