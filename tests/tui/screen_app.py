"""An application of one screen, and the helpers that its tests share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot

import headcount.tui
from headcount.tui.keys import USUAL, shown
from headcount.tui.look import ASCII, UNICODE, Look
from headcount.tui.screens.base import Page
from headcount.tui.screens.help import Help, Key
from headcount.tui.theme import THEMES


class ScreenApp(App[None]):
    """Shows one page as the real application does, without a station behind it."""

    CSS_PATH = Path(headcount.tui.__file__).parent / "app.tcss"

    def __init__(self, page: Page, *, plain: bool = False, theme: str = "dark") -> None:
        super().__init__()
        self.look = Look(ASCII if plain else UNICODE)
        for each in THEMES.values():
            self.register_theme(each)
        self.theme = theme
        self._page = page

    def on_mount(self) -> None:
        self.set_class(self.look.plain, "-plain")
        self.push_screen(self._page)

    def go_back(self) -> None:
        self.pop_screen()

    def key_of(self, act: str) -> str:
        return shown(USUAL[act])

    def action_explain(self) -> None:
        page = self.screen
        assert isinstance(page, Page)
        keys = [
            Key(self.get_key_display(active.binding), active.binding.description)
            for active in page.active_bindings.values()
            if active.binding.description and not active.binding.system
        ]
        self.push_screen(Help(page.TITLE_WORDS, page.about, keys))


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
