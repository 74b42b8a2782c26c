"""The log's review, driven by keys on a real log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from headcount.bootstrap.log_review import Review
from headcount.tui.screens.log_review import LogPage

from .log_samples import a_line, review, station
from .screen_app import ScreenApp, flat, screen_text, settled

WIDE, NARROW = (120, 40), (80, 24)


@pytest.fixture
async def pilot(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Pilot[None]]:
    size = getattr(request, "param", NARROW)
    app = ScreenApp(LogPage(review(tmp_path / "data")))
    async with app.run_test(size=size, notifications=True) as running:
        await settled(running)
        yield running


async def press(pilot: Pilot[None], *keys: str) -> str:
    await pilot.press(*keys)
    await settled(pilot)
    return screen_text(pilot.app)


def body(text: str) -> list[str]:
    """The table's lines, without the header."""
    return [line for line in text.splitlines()[2:-2] if line.strip(" ▁▂▃▄▅▆▇█")]


async def test_the_newest_line_is_on_top_with_name_and_state(pilot: Pilot[None]) -> None:
    lines = screen_text(pilot.app).splitlines()
    assert "Log: Summer Fair" in lines[0]
    assert "60 lines" in lines[0]
    assert lines[2].split()[:5] == ["18:19:40", "unsent", "seen", "Björn", "Borg"]


async def test_damage_has_a_row_with_its_byte_and_reason(pilot: Pilot[None]) -> None:
    damaged = [line for line in screen_text(pilot.app).splitlines() if "damaged" in line]
    assert len(damaged) == 1
    assert "byte 13,012: the checksum does not match" in damaged[0]


async def test_a_hostile_scanner_name_is_only_text(pilot: Pilot[None]) -> None:
    text = screen_text(pilot.app)
    assert "[/x][31m" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("typed", "rows", "words"),
    [
        ("bjorn", 11, "11 lines fit"),
        ("refused", 1, "1 line fits"),
        ("sent", 38, "38 lines fit"),
        ("gap", 1, "1 line fits"),
        ("departure", 1, "1 line fits"),
        ("2f2c", 11, "11 lines fit"),
        ("18:05-18:06", 6, "6 lines fit"),
        ("nobody", 0, "0 lines fit"),
    ],
)
async def test_a_filter_shows_what_fits(
    pilot: Pilot[None], typed: str, rows: int, words: str
) -> None:
    text = await press(pilot, "slash", *("colon" if c == ":" else c for c in typed), "enter")
    assert words in text.splitlines()[-2]
    if not rows:
        assert "No line fits. Esc takes the filter away." in text


async def test_escape_takes_the_filter_away(pilot: Pilot[None]) -> None:
    await press(pilot, "slash", "g", "a", "p", "enter")
    text = await press(pilot, "escape")
    assert "18:19:40" in text
    assert "fits" not in text


async def test_a_wrong_time_is_named(pilot: Pilot[None]) -> None:
    text = await press(pilot, "slash", *("from:25"))
    assert "from:25 is no time" in text


async def test_a_time_is_jumped_to(pilot: Pilot[None]) -> None:
    await press(pilot, "g")
    await press(pilot, *"18:03", "enter")
    text = await press(pilot, "enter")
    assert "2026-07-20 18:03:00" in text


async def test_the_record_is_there_in_full(pilot: Pilot[None]) -> None:
    await press(pilot, "slash", *"refused", "enter")
    text = flat(await press(pilot, "enter"))
    for words in (
        "EVENT_CLOSED: The event was closed before this record.",
        "Zoë Zimmermann",
        "✓ right",
        "0b5b7c1e-6f4e-4f0e-9a54-5b1c7c6d1f2a",
        "(1784571160000)",
        "line 39, byte",
        "9,637 bytes acknowledged, 2026-07-20 18:15:00",
    ):
        assert words in text
    assert "Summer Fair" not in (await press(pilot, "escape")).splitlines()[5]


@pytest.mark.parametrize("pilot", [WIDE], indirect=True)
async def test_the_record_stands_beside_the_lines_where_there_is_room(pilot: Pilot[None]) -> None:
    text = await press(pilot, "down", "down")
    assert "Ólafur Ey" in text
    assert "line 58, byte" in text


async def test_new_lines_appear_above_while_the_cursor_is_on_the_newest(tmp_path: Path) -> None:
    config, log = station(tmp_path / "data")
    page = LogPage(Review(config, "fair"))
    async with ScreenApp(page).run_test(size=NARROW) as pilot:
        await settled(pilot)
        with log.open("ab") as file:
            file.write(a_line(70, "6f2c1a05-0000-4000-8000-000000000005"))
        page.look_again()
        await settled(pilot)
        assert screen_text(pilot.app).splitlines()[2].split()[0] == "18:23:20"
        await press(pilot, "down")
        with log.open("ab") as file:
            file.write(a_line(71, "6f2c1a05-0000-4000-8000-000000000005"))
        page.look_again()
        await settled(pilot)
        assert page.row() is not None
        assert "62 lines" in screen_text(pilot.app)


async def test_a_refused_record_is_discarded_with_a_reason_and_restored(
    pilot: Pilot[None],
) -> None:
    text = await press(pilot, "r")
    assert "2 lines fit" in text
    assert "Discard" in text.splitlines()[-1]
    text = flat(await press(pilot, "d"))
    assert "The log keeps the line" in text
    text = await press(pilot, *"twice", "enter")
    assert text.count("discarded") >= 2
    text = await press(pilot, "u")
    assert "refused" in text


async def test_a_refused_record_that_was_given_to_somebody_says_so(pilot: Pilot[None]) -> None:
    await press(pilot, "slash", *"refused", "enter")
    await press(pilot, "a", *"Zoë Zimmermann", "enter")
    await press(pilot, "slash", "ctrl+u", *"assigned", "enter")
    text = flat(await press(pilot, "enter"))
    assert "somebody was checked in by hand in its place" in text
    assert "Zoë Zimmermann, as record" in text
    text = await press(pilot, "escape", "u", "slash", "ctrl+u", *"refused", "enter")
    assert "1 line fits" in text


async def test_verify_says_what_is_wrong_and_what_is_safe(pilot: Pilot[None]) -> None:
    text = flat(await press(pilot, "v"))
    assert "problem" in text
    assert "line 55, bytes 13012 to" in text
    assert "59 intact records: safe, and sync sends them" in text


async def test_an_export_goes_to_a_new_file(pilot: Pilot[None], tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    await press(pilot, "e", "ctrl+u")
    pilot.app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
    await press(pilot, "enter")
    assert target.read_text().startswith("bleUuid,checkInTime")
    text = await press(pilot, "e")
    pilot.app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
    text = flat(await press(pilot, "enter"))
    assert "exists already" in text


@pytest.mark.parametrize("cancel_at", [0.0, 0.5, 2.0], ids=["at once", "half way", "never"])
def test_an_export_that_is_broken_off_leaves_no_file(tmp_path: Path, cancel_at: float) -> None:
    made = review(tmp_path / "data", 5_000)
    target, parts = tmp_path / "out.jsonl", [0.0]
    written = made.export(str(target), parts.append, lambda: parts[-1] >= cancel_at)
    assert parts == sorted(parts)
    assert (written is None, target.exists()) == (cancel_at < 2, cancel_at == 2)
    if written:
        assert written.records == target.read_bytes().count(b"\n")
        assert len(parts) == 5


async def test_an_empty_log_says_so(tmp_path: Path) -> None:
    page = LogPage(review(tmp_path / "data", 0))
    async with ScreenApp(page).run_test(size=NARROW) as pilot:
        await settled(pilot)
        assert "nothing was written for this event yet" in screen_text(pilot.app)


async def test_an_unreadable_log_says_why_and_what_is_safe(tmp_path: Path) -> None:
    made = review(tmp_path / "data")
    made.log.unlink()
    made.log.symlink_to(tmp_path / "loop")
    (tmp_path / "loop").symlink_to(made.log)
    async with ScreenApp(LogPage(made)).run_test(size=NARROW) as pilot:
        await settled(pilot)
        assert "nothing was written" in screen_text(pilot.app)


async def test_help_names_the_keys(pilot: Pilot[None]) -> None:
    text = flat(await press(pilot, "question_mark"))
    for words in ("Filter", "Time", "Verify", "Export", "Nothing here changes the log."):
        assert words in text
