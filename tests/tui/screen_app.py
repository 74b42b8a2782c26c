"""An application of one screen, and the helpers that its tests share."""

from __future__ import annotations

import re
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from headcount.tui.kit import ASCII, Look, Page


class ScreenApp(App[None]):
    """Shows one page; `q` there leads back to nothing."""

    def __init__(self, page: Page, *, plain: bool = False, theme: str = "textual-dark") -> None:
        super().__init__()
        self.look = Look(ASCII) if plain else Look()
        self.theme = theme
        self._page = page

    def on_mount(self) -> None:
        self.push_screen(self._page)


async def settled(pilot: Pilot[Any]) -> None:
    """Workers have finished, and what they found is drawn."""
    for _ in range(3):
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def screen_text(app: App[Any]) -> str:
    """What is on the screen, without colours."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines[:height])[
        : (width + 1) * height * 4
    ]


def flat(text: str) -> str:
    """The words on the screen as if no line were broken, and no window had a frame."""
    return re.sub(r"[\s│▏▎▕▊▋┃▐]+", " ", text)
