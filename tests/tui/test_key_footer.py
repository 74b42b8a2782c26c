"""The line of keys at the bottom, in terminals of different widths."""

from __future__ import annotations

from pathlib import Path

import pytest

from headcount.tui.screens.log_review import LogPage

from .log_samples import review
from .screen_app import ScreenApp, screen_text, settled

ALL = [
    "q Back",
    "? Help",
    "v Verify",
    "e Export",
    "t Try again",
    "d Discard",
    "a Assign",
    "/ Filter",
    "g Time",
    "r Refused",
]


@pytest.mark.parametrize(
    ("width", "shown", "palette"),
    [(120, ALL, "^p palette"), (80, ALL[:8], "^p"), (60, ALL[:6], "^p"), (24, ALL[:2], "^p")],
)
async def test_the_keys_that_fit_are_shown_whole(
    tmp_path: Path, width: int, shown: list[str], palette: str
) -> None:
    app = ScreenApp(LogPage(review(tmp_path / "data")))
    async with app.run_test(size=(150, 24)) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await pilot.resize_terminal(width, 24)
        await settled(pilot)
        line = screen_text(app).splitlines()[-1]
        keys, palette_key = line.rsplit("▏", 1) if "▏" in line else line.rsplit("▕", 1)
        assert keys.rstrip() == " ".join(shown)
        assert palette_key.strip() == palette
