"""The report's table at the widths of real terminals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headcount.cli.report_output import as_csv, as_table
from headcount.core.clocks import ClockFacts
from headcount.core.model import Event
from headcount.core.report import EventFacts, PersonFacts, ScannerFacts, build_report

START = 1_753_000_000_000
HOUR = 3_600_000
LATE = [START + minute * 60_000 for minute in range(18, 61, 5)]
PEOPLE = [
    PersonFacts("1", "Fatima Castillo-Eriksen", "", "", "approved", LATE[0], "Main entrance", LATE),
    PersonFacts("2", "Bo", "", "", "approved", None, "", []),
]
FACTS = EventFacts(
    event=Event("e", "Evening", START, START + HOUR),
    people=PEOPLE,
    unknown=[],
    scanners=[ScannerFacts("Main entrance", START + HOUR, 0)],
    gaps=[],
)


def people(width: int) -> list[str]:
    """The lines of the table."""
    text = as_table(build_report(FACTS, START + 2 * HOUR), width).decode()
    return [line.rstrip() for line in text.split("\n\n")[1].splitlines()]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_rule_can_be_read(width: int) -> None:
    lines = people(width)
    assert max(map(len, lines)) <= width
    assert len(lines) <= 4  # the header, two lines for the long name's rule, one for Bo
    assert "first seen 18" in lines[1]
    assert "never seen" in lines[-1]


def test_a_wide_terminal_shows_seconds_and_scanner() -> None:
    header, ada, *_ = people(100)
    assert header.split() == [
        "Name",
        "Status",
        "First",
        "seen",
        "Last",
        "seen",
        "Min",
        "Scanner",
        "Rule",
    ]
    assert "08:44:40" in ada
    assert "Main entrance" in ada


def test_a_narrow_one_leaves_them_out() -> None:
    header, ada, *_ = people(80)
    assert header.split() == ["Name", "Status", "First", "Last", "Min", "Rule"]
    assert "08:44 " in ada
    assert "Main entrance" not in ada


def test_nobody_is_said() -> None:
    empty = EventFacts(FACTS.event, [], [], [], [])
    text = as_table(build_report(empty, START), 80).decode()
    assert "Nobody is registered, and nobody was seen." in text
    assert "Attendance data has not been synced" in text


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (843_000, "+00:14:03"),
        (-3_600_000, "-01:00:00"),
        (86_400_000, "+1 day 00:00:00"),
        (-2 * 86_400_000 - 1499, "-2 days 00:00:01"),
    ],
)
def test_a_correction_is_said_in_words(ms: int, words: str) -> None:
    corrected = [person._replace(corrected=ms) for person in PEOPLE[:1]]
    clock = _clock(START - ms)
    report = build_report(replace(FACTS, people=corrected, clocks=[clock]), START + 2 * HOUR)
    text = as_table(report, 160).decode()
    assert f"; corrected {words}" in text
    assert f"Clock: Main entrance was wrong; its times are corrected by {words}." in text
    cell = f"{ms}" if ms > 0 else f"'{ms}"
    assert as_csv(report).decode().splitlines()[1].endswith(f",{cell},low")


def test_a_clock_that_can_only_be_marked_is_named() -> None:
    clock = ClockFacts("Main entrance", "b1", None, 0, 0, 60_000, 120_000, START)
    text = as_table(
        build_report(replace(FACTS, clocks=[clock], created_at=START), START), 160
    ).decode()
    assert "Clock: Main entrance can't be verified" in text
    assert "1970-01-01 00:01:00 to 1970-01-01 00:02:00" in text


def _clock(offset: int) -> ClockFacts:
    """Of a station that was switched on at START."""
    return ClockFacts("Main entrance", "b1", START, offset, offset, offset, offset, START)
