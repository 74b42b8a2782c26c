"""Log review, sync, muster and hand-over card as pictures, in each state and at both sizes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from headcount.core.errors import KeyRefused, RadioError
from headcount.tui.ports_sync import Sent
from headcount.tui.screens.broadcast import BroadcastPage
from headcount.tui.screens.hand_over import HandOverPage
from headcount.tui.screens.log_review import LogPage
from headcount.tui.screens.muster import MusterPage
from headcount.tui.screens.sync import SyncPage

from .log_samples import pictured
from .screen_app import ScreenApp, settled
from .sync_fakes import OFFLINE, RECEIPTS, FakeSync
from .test_enrol import NO_ADAPTER, FakeBroadcast, typed
from .test_muster_page import made

SIZES = [(80, 24), (120, 40)]
Compare = Callable[..., bool]
Act = Callable[[Pilot[Any]], Awaitable[None]]


@pytest.fixture(autouse=True)
def _an_ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TZ", "UTC")


sizes = pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])


async def still(pilot: Pilot[Any]) -> None:
    """A cursor that blinks would be there or not."""
    for field in (*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)):
        field.cursor_blink = False
    await pilot.pause()


def keys(*presses: list[str]) -> Act:
    async def act(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        for press in presses:
            await pilot.press(*press)
            await settled(pilot)
        await still(pilot)

    return act


LOG = {
    "lines": (60, []),
    "found": (60, [["slash", *"bjorn"]]),
    "nothing-found": (60, [["slash", *"nobody"]]),
    "refused": (60, [["r"]]),
    "record": (60, [["slash", *"refused", "enter"], ["enter"]]),
    "damage": (60, [["slash", *"damaged", "enter"], ["enter"]]),
    "discard": (60, [["slash", *"refused", "enter"], ["d"]]),
    "verified": (60, [["v"]]),
    "empty": (0, []),
    "help": (60, [["question_mark"]]),
}


@sizes
@pytest.mark.parametrize("state", LOG)
def test_log(snap_compare: Compare, tmp_path: Path, size: tuple[int, int], state: str) -> None:
    count, presses = LOG[state]
    app = ScreenApp(LogPage(pictured(tmp_path / "data", count)))
    assert snap_compare(app, terminal_size=size, run_before=keys(*presses))


@pytest.mark.parametrize(("theme", "plain"), [("light", False), ("high-contrast", True)])
def test_log_in_other_looks(snap_compare: Compare, tmp_path: Path, theme: str, plain: bool) -> None:
    app = ScreenApp(LogPage(pictured(tmp_path / "data")), theme=theme, plain=plain)
    assert snap_compare(app, run_before=keys(["slash", *"refused", "enter"], ["enter"]))


async def ready(_pilot: Pilot[Any], _desk: FakeSync) -> None:
    """Nothing was pressed yet."""


async def sending(pilot: Pilot[Any], desk: FakeSync) -> None:
    await begun(pilot)
    desk.clock.advance(10)
    desk.on_sent(Sent("Summer Fair", 88, 22_000))


async def retrying(pilot: Pilot[Any], desk: FakeSync) -> None:
    await begun(pilot)
    desk.on_retry(OFFLINE, 8.0)


async def stopped(pilot: Pilot[Any], desk: FakeSync) -> None:
    await sending(pilot, desk)
    await pilot.press("x")


async def done(pilot: Pilot[Any], desk: FakeSync) -> None:
    await begun(pilot)
    desk.end(*RECEIPTS)


async def offline(pilot: Pilot[Any], desk: FakeSync) -> None:
    await begun(pilot)
    desk.end(error=OFFLINE)


async def refused(pilot: Pilot[Any], desk: FakeSync) -> None:
    await begun(pilot)
    desk.end(error=KeyRefused("The backend refused the key.", remedy="Pair this scanner again."))


async def stick(pilot: Pilot[Any], _desk: FakeSync) -> None:
    await pilot.press("e")


async def begun(pilot: Pilot[Any]) -> None:
    await pilot.press("s")
    await pilot.pause(0.1)


@sizes
@pytest.mark.parametrize("act", [ready, sending, retrying, stopped, done, offline, refused, stick])
def test_sync(
    snap_compare: Compare,
    size: tuple[int, int],
    act: Callable[[Pilot[Any], FakeSync], Awaitable[None]],
) -> None:
    desk = FakeSync()

    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await act(pilot, desk)
        await pilot.pause(0.5)  # the bar is drawn four times a second
        await still(pilot)

    assert snap_compare(ScreenApp(SyncPage(desk)), terminal_size=size, run_before=before)


def test_sync_without_a_log_or_a_key(snap_compare: Compare) -> None:
    app = ScreenApp(SyncPage(FakeSync((), has_key=False)))
    assert snap_compare(app, run_before=keys())


PAPER: dict[str, tuple[type[MusterPage | HandOverPage], int, list[list[str]]]] = {
    "muster": (MusterPage, 60, [["space"]]),
    "muster-filter": (MusterPage, 60, [["slash", *"zo"]]),
    "muster-nobody": (MusterPage, 0, []),
    "card": (HandOverPage, 60, [["n", *"key under the mat"]]),
}


@sizes
@pytest.mark.parametrize("state", PAPER)
def test_muster(snap_compare: Compare, tmp_path: Path, size: tuple[int, int], state: str) -> None:
    page, count, presses = PAPER[state]
    app = ScreenApp(page(made(tmp_path, count)))
    assert snap_compare(app, terminal_size=size, run_before=keys(*presses))


def test_muster_in_the_light(snap_compare: Compare, tmp_path: Path) -> None:
    app = ScreenApp(MusterPage(made(tmp_path)), theme="light")
    assert snap_compare(app, run_before=keys(["space"]))


@pytest.mark.parametrize("error", [None, NO_ADAPTER], ids=["on-air", "no-adapter"])
def test_be_a_badge(snap_compare: Compare, error: RadioError | None) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await typed(pilot, "6ba7b810-9dad-11d1-80b4-00c04fd430c8")
        await settled(pilot)

    assert snap_compare(ScreenApp(BroadcastPage(FakeBroadcast(error), "UTC")), run_before=before)
