"""The report's screen as pictures, in each state and at both sizes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.exports.samples import END, MINUTE, sample
from tests.tui.admin.test_report_page import AWAY, NOTHING, page, settled_but_following
from tests.tui.screen_app import ScreenApp
from textual.pilot import Pilot
from textual.widgets import Input

from headcount.core.errors import HeadcountError
from headcount.core.report import Report

STATES: dict[str, tuple[list[Report | HeadcountError], list[str]]] = {
    "final": ([sample()], []),
    "provisional": ([sample(END - MINUTE)], ["o"]),
    "not-synced": ([NOTHING], []),
    "away": ([sample(), AWAY], ["t"]),
    "person": ([sample()], ["enter"]),
    "compared": ([sample()], ["c", *"spring", "enter"]),
    "export": ([sample()], ["e"]),
    "waiting": ([], []),
}
CASES = [
    *((state, (80, 24), "dark", False) for state in STATES),
    ("final", (120, 40), "light", False),
    ("provisional", (80, 24), "high-contrast", True),
]


@pytest.fixture(autouse=True)
def _an_ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("headcount.tui.admin.report.MOMENT_SECONDS", 0.01)


@pytest.mark.parametrize(
    ("state", "size", "theme", "plain"),
    CASES,
    ids=[f"{s}-{w}x{h}-{t}" for s, (w, h), t, _ in CASES],
)
def test_report(
    snap_compare: Callable[..., bool],
    tmp_path: Path,
    state: str,
    size: tuple[int, int],
    theme: str,
    plain: bool,
) -> None:
    reports, keys = STATES[state]

    async def before(pilot: Pilot[Any]) -> None:
        await settled_but_following(pilot)
        await pilot.press(*keys)
        await settled_but_following(pilot)
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        await pilot.pause()

    app = ScreenApp(page(tmp_path, *reports)[0], plain=plain, theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=before)
