"""The report's table at the widths of real terminals."""

from __future__ import annotations

import pytest

from headcount.cli.report_output import as_table
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
