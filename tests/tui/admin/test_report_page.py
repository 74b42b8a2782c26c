"""The report's screen: state without a terminal, and the page by its keys."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.exports.samples import END, FACTS, MINUTE, crowd, sample
from tests.tui.screen_app import ScreenApp, flat, screen_text

from headcount.api.wire import report_to_json
from headcount.bootstrap.report_desk import HttpReports
from headcount.core.attendance import Status
from headcount.core.errors import BackendUnreachable, HeadcountError
from headcount.core.model import Event
from headcount.core.report import Report, build_report
from headcount.core.report_table import PEOPLE_COLUMNS, Kind, people_sheet
from headcount.core.seals import Seal, digest_of
from headcount.store.station import StationStore
from headcount.tui import words
from headcount.tui.admin.report import ReportPage, _file_and_columns
from headcount.tui.admin.report_state import LABELS, ReportState, ReportWords
from headcount.tui.look import ASCII, UNICODE, Symbols
from headcount.tui.times import zone

AWAY = BackendUnreachable("The backend can't be reached.", safe="Nothing is lost.")
BEFORE = replace(
    FACTS, event=Event("spring", "Spring", FACTS.event.start, END), people=FACTS.people[:3]
)
NOTHING = build_report(replace(FACTS, scanners=[], people=FACTS.people[4:6], unknown=[]), END)


class Backend:
    """Answers with what the test puts in."""

    def __init__(self, *reports: Report | HeadcountError) -> None:
        self.coming: asyncio.Queue[Report | HeadcountError] = asyncio.Queue()
        for report in reports:
            self.coming.put_nowait(report)
        self.now: Report = sample()

    async def follow(self, _event_id: str) -> AsyncGenerator[Report | HeadcountError, None]:
        while True:
            yield await self.coming.get()

    async def report(self, event_id: str) -> Report:
        return build_report(BEFORE, END) if event_id == "spring" else self.now

    async def events(self) -> Sequence[Event]:
        return [BEFORE.event, FACTS.event]


def page(tmp_path: Path, *reports: Report | HeadcountError) -> tuple[ReportPage, Backend]:
    backend = Backend(*reports)
    desk = HttpReports(backend, StationStore(tmp_path / "small"), backend.follow)
    return ReportPage(desk, "evening"), backend


async def ready(app: ScreenApp, pilot: object, until: Callable[[], bool]) -> str:
    """The screen, once it shows what is waited for."""
    for _ in range(200):
        await asyncio.sleep(0.01)
        await pilot.pause()  # type: ignore[attr-defined]
        if until():
            break
    assert until(), screen_text(app)
    return flat(screen_text(app))


async def test_it_says_that_nothing_was_synced_until_it_was(tmp_path: Path) -> None:
    screen, backend = page(tmp_path, NOTHING)
    app = ScreenApp(screen)
    async with app.run_test(size=(100, 30)) as pilot:
        text = await ready(app, pilot, lambda: "not been synced" in screen_text(app))
        assert "Attendance data has not been synced." in text
        await pilot.press("f")
        text = await ready(app, pilot, lambda: "Ana Lima" in screen_text(app))
        assert "not been synced" not in text
        assert "final · 5 of 6 here · 1 absent · 1 not expected · 1 unknown badge" in text
        backend.coming.put_nowait(sample(END - MINUTE))
        text = await ready(app, pilot, lambda: "Provisional" in screen_text(app))
        assert "The event has not ended." in text
        assert ("1 not seen yet" in text, "absent" in text) == (True, False)
        backend.coming.put_nowait(AWAY)
        text = await ready(app, pilot, lambda: "reached" in screen_text(app))
        assert "Nothing is lost." in text
        assert "Ana Lima" in text


async def test_a_report_that_has_to_be_made_is_waited_for_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headcount.tui.admin.report.MOMENT_SECONDS", 0.01)
    screen, backend = page(tmp_path)
    app = ScreenApp(screen)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(app, pilot, lambda: "it reads every sighting" in screen_text(app))
        backend.coming.put_nowait(AWAY)
        text = await ready(app, pilot, lambda: "reached" in screen_text(app))
        assert "reads every sighting" not in text
        backend.coming.put_nowait(sample())
        await ready(app, pilot, lambda: "Ana Lima" in screen_text(app))


async def test_sort_filter_and_drill_down_by_keys(tmp_path: Path) -> None:
    screen, _ = page(tmp_path, sample())
    app = ScreenApp(screen)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot, lambda: "Ana Lima" in screen_text(app))
        assert "by arrival" in screen_text(app)
        await pilot.press("o")
        assert "by name" in screen_text(app)
        await pilot.press("t")
        text = await ready(app, pilot, lambda: "only present" in screen_text(app))
        assert "Chidi" not in text
        await pilot.press("escape", "slash", *"dvorak", "enter")
        text = await ready(app, pilot, lambda: "1 of 7" in screen_text(app))
        assert "Dana Dvořák" in text
        await pilot.press("enter")
        text = await ready(app, pilot, lambda: "u-dana" in screen_text(app))
        assert "never seen" in text


async def test_two_events_are_compared(tmp_path: Path) -> None:
    screen, _ = page(tmp_path, sample())
    app = ScreenApp(screen)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot, lambda: "Ana Lima" in screen_text(app))
        await pilot.press("c", *"spri", "enter")
        text = await ready(app, pilot, lambda: "came to both" in screen_text(app))
        assert "came to both: 3" in text
        assert "came before, not now: 0" in text
        assert "new now: 2" in text


async def test_an_export_has_the_rows_of_the_screen_and_the_columns_are_remembered(
    tmp_path: Path,
) -> None:
    screen, _ = page(tmp_path, sample())
    app = ScreenApp(screen)
    file = tmp_path / "out.csv"
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot, lambda: "Ana Lima" in screen_text(app))
        await pilot.press("e")
        await settled_but_following(pilot)
        app.screen.query_one("Input").value = f"{file} status,name"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await ready(app, pilot, file.exists)
        await settled_but_following(pilot)
        await pilot.press("e")
        await settled_but_following(pilot)
        kept: str = app.screen.query_one("Input").value  # type: ignore[attr-defined]
        assert kept == "report-evening.xlsx status,name"
        app.screen.query_one("Input").value = str(tmp_path / "out.json")  # type: ignore[attr-defined]
        await pilot.press("enter")
        await ready(app, pilot, (tmp_path / "out.json").exists)
    assert (tmp_path / "out.json").read_bytes() == report_to_json(sample())
    lines = list(csv.reader(file.read_text("utf-8").splitlines()))
    assert lines[0] == ["Status", "Name"]
    assert [line[0] for line in lines[1:]] == [
        row[0] for row in people_sheet(sample(), ("status",)).rows()
    ]
    assert file.stat().st_mode & 0o777 == 0o600


async def settled_but_following(pilot: object) -> None:
    for _ in range(5):
        await asyncio.sleep(0.02)
        await pilot.pause()  # type: ignore[attr-defined]


def test_the_screens_cells_are_those_of_the_row_model() -> None:
    report = sample()
    words = ReportWords(zone("Europe/Berlin"), UNICODE)
    keys = ("name", "minutes", "door")
    for person, row in zip(report.people, people_sheet(report, keys).rows(), strict=True):
        cells = [cell.text for cell in words.cells(person)]
        assert [cells[0], cells[4], cells[5]] == ["" if c is None else str(c) for c in row]


@pytest.mark.parametrize("symbols", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_plots_are_lines_with_words(symbols: Symbols) -> None:
    lines = ReportWords(zone("Europe/Berlin"), symbols).plots(sample())
    assert [line.split(":")[0] for line in lines] == [
        *("Arrivals", "Time present", "Status", "Door of check-in")
    ]
    assert lines[0].startswith("Arrivals: 10:30 ")
    assert lines[0].endswith("11:30, at most 2, at 10:32")
    assert "present 2" in lines[2]
    assert "Main 3" in lines[3]


def test_a_persons_record_is_in_the_language_in_use() -> None:
    report = sample()
    ana = next(row for row in report.people if row.name == "Ana Lima")
    every = dict(ReportWords(zone("Europe/Berlin"), UNICODE).person(ana))
    assert (every["Method"], every["Assurance"]) == ("scanned", "low")
    try:
        words.use("de")
        german = dict(ReportWords(zone("Europe/Berlin"), UNICODE).person(ana))
    finally:
        words.use("en")
    assert (german["Zuletzt"], german["Art"]) == (every["Last seen"], "gescannt")
    assert german["Verlässlichkeit"] == "gering"
    same = {"Name", "Status", "Check-in", "Badge"}
    assert german.keys() & every.keys() <= same
    titles = {column.title for column in PEOPLE_COLUMNS if column.kind is not Kind.UTC_TIME}
    assert titles - set(LABELS) == {"Stay"}


def test_a_seal_and_a_change_after_it_are_said() -> None:
    sealed = replace(FACTS, seals=[Seal(1, digest_of(FACTS), END, "Ada")])
    words = ReportWords(zone("UTC"), UNICODE)
    assert words.totals(build_report(sealed, END)).startswith("sealed, version 1")
    state = ReportState(report=build_report(replace(sealed, refused=3), END))
    assert state.banner()[1] == "The facts have changed since version 1 was sealed."


def test_status_goes_round_those_that_somebody_has() -> None:
    state = ReportState(report=sample())
    seen = []
    for _ in range(7):
        state.next_status()
        seen.append(state.status)
    assert seen == [
        *(Status.PRESENT, Status.LATE, Status.LEFT_EARLY, Status.ABSENT, Status.EXCUSED),
        *(Status.NOT_EXPECTED, None),
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("out.csv", ("out.csv", ())),
        ("out.csv name,status", ("out.csv", ("name", "status"))),
        ("/tmp/my report.csv", ("/tmp/my report.csv", ())),
        ("/tmp/my report.csv name", ("/tmp/my report.csv", ("name",))),
    ],
)
def test_a_file_may_be_followed_by_columns(typed: str, expected: tuple[str, Sequence[str]]) -> None:
    assert _file_and_columns(typed) == expected


async def test_ten_thousand_people_open_and_scroll_at_once(tmp_path: Path) -> None:
    screen, _ = page(tmp_path, crowd(10_000))
    app = ScreenApp(screen)
    async with app.run_test(size=(120, 40)) as pilot:
        begin = time.perf_counter()
        await ready(app, pilot, lambda: "Person 0" in screen_text(app))
        assert time.perf_counter() - begin < 5  # 0.3 s alone; two loaded cores take their time
        begin = time.perf_counter()
        await pilot.press(*["pagedown"] * 10, "end")
        assert time.perf_counter() - begin < 5
        assert "Person 09" in screen_text(app)
