"""Muster list and hand-over card, driven by keys on a real log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from headcount.bootstrap.muster import StationMuster
from headcount.clock import ManualClock
from headcount.tui.screens.hand_over import HandOverPage
from headcount.tui.screens.muster import MusterPage

from .log_samples import BADGES, PEOPLE, START, station
from .screen_app import ScreenApp, flat, screen_text, settled

NOW = START + 59 * 20_000 + 30_000
"""Half a minute after the log's last line."""


def made(folder: Path, count: int = 60) -> StationMuster:
    config, _log = station(folder / "data", count)
    desk = StationMuster(config, "fair", clock=ManualClock(NOW))
    desk.can_print = False
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> StationMuster:
    return made(tmp_path)


@pytest.fixture
async def pilot(desk: StationMuster) -> AsyncIterator[Pilot[None]]:
    async with ScreenApp(MusterPage(desk)).run_test(notifications=True) as running:
        await settled(running)
        yield running


async def press(pilot: Pilot[None], *keys: str) -> str:
    await pilot.press(*keys)
    await settled(pilot)
    return screen_text(pilot.app)


async def test_everybody_who_is_checked_in_is_listed(pilot: Pilot[None]) -> None:
    text = screen_text(pilot.app)
    for name in PEOPLE:
        assert name in text
    assert "3 just now" in text
    assert "0 of 5 ticked off" in text
    assert "1 unknown badge" in text
    assert "Print" not in text


async def test_who_was_not_heard_for_longer_stands_below(
    desk: StationMuster, tmp_path: Path
) -> None:
    clock = ManualClock(NOW + 300_000)
    desk._clock = clock
    desk._nearby = lambda: [(BADGES[4], clock.now().mono - 3)]
    async with ScreenApp(MusterPage(desk)).run_test() as pilot:
        await settled(pilot)
        lines = screen_text(pilot.app).splitlines()
        assert "Zoë Zimmermann" in lines[3]
        assert "just now" in lines[3]
        assert "3 s" in lines[3]
        assert "Anna Adler" in lines[4]
        assert "lately" in lines[4]


async def test_ticks_are_kept(pilot: Pilot[None], desk: StationMuster) -> None:
    text = await press(pilot, "space", "space")
    assert "2 of 5 ticked off" in text
    assert "[✓] Björn Borg" in text
    assert desk.ticked() == {"u1", "u2"}
    text = await press(pilot, "t")
    assert "Björn Borg" not in text
    assert "Zoë Zimmermann" in text


async def test_letters_find_a_name_without_accents(pilot: Pilot[None]) -> None:
    text = await press(pilot, "slash", *"zo zi")
    assert "Zoë Zimmermann" in text
    assert "Anna Adler" not in text
    assert "Nobody fits" in await press(pilot, "x")
    assert "Anna Adler" in await press(pilot, "escape")


@pytest.mark.parametrize("name", ["list.txt", "list.csv"])
async def test_it_is_saved_as_text_or_table(pilot: Pilot[None], tmp_path: Path, name: str) -> None:
    await press(pilot, "space", "s")
    pilot.app.screen.query_one(Input).value = str(tmp_path / name)
    assert "Saved:" in flat(await press(pilot, "enter"))
    text = (tmp_path / name).read_text(encoding="utf-8")
    if name.endswith("csv"):
        assert text.splitlines()[0] == "name,heard,secondsAgo,checkedIn,byHand,ticked"
        assert "Björn Borg,just now," in text
        assert text.splitlines()[2].endswith(",no,yes")
    else:
        assert "Muster list: Summer Fair" in text
        assert "[x] Björn Borg" in text
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_a_table_holds_no_formula(desk: StationMuster, tmp_path: Path) -> None:
    file = desk.save_table(str(tmp_path / "x.csv"), [["=cmd|' /C calc'!A0", "\x1b[31m"]])
    assert Path(file).read_bytes().decode() == "'=cmd|' /C calc'!A0,[31m\r\n"


async def test_an_empty_event_says_that_nobody_is_here(tmp_path: Path) -> None:
    async with ScreenApp(MusterPage(made(tmp_path, 0))).run_test() as pilot:
        await settled(pilot)
        assert "Nobody is checked in yet." in screen_text(pilot.app)


async def test_the_card_has_counts_troubles_and_notes(
    pilot: Pilot[None], desk: StationMuster, tmp_path: Path
) -> None:
    text = flat(await press(pilot, "c"))
    for words in (
        "Event Summer Fair",
        "Here now 5",
        "Registered 5",
        "Unknown 1 badge",
        "Unsent 20 records",
        "Refused 1 record",
        "1 refused by the backend: kept here, with the reasons.",
        "attendance_log.jsonl is damaged at line 55; intact records are safe.",
    ):
        assert words in text
    await press(pilot, "n", *"key under mat", "escape")
    assert desk.card().notes == "key under mat"
    await press(pilot, "s")
    pilot.app.screen.query_one(Input).value = str(tmp_path / "card.txt")
    await press(pilot, "enter")
    saved = (tmp_path / "card.txt").read_text(encoding="utf-8")
    assert "Unsent:       20 records" in saved
    assert "  key under mat" in saved
    text = await press(pilot, "q")
    assert "Muster: Summer Fair" in text


async def test_notes_are_there_again(desk: StationMuster) -> None:
    desk.save_notes("door B sticks [/b]")
    async with ScreenApp(HandOverPage(desk)).run_test() as pilot:
        await settled(pilot)
        assert "door B sticks [/b]" in screen_text(pilot.app)
