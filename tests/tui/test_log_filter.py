"""What is typed into the log's filter, and what the screens say of it; without a terminal."""

from __future__ import annotations

from datetime import UTC

import pytest

from headcount.core.errors import LogError
from headcount.core.review import LogFilter, RecordState
from headcount.tui.log_filter import Asked, parse_filter, parse_time
from headcount.tui.log_state import LogState
from headcount.tui.ports_sync import Plan, Sent, Waiting
from headcount.tui.sync_state import SyncState, size

DAY = 1_784_505_600_000
"""2026-07-20 00:00 UTC."""
HOUR, MINUTE = 3_600_000, 60_000
NAMES = {"badge-a": "Anna Adler", "badge-b": "Björn Borg", "badge-c": "Anna Straße"}


def parsed(text: str) -> LogFilter:
    asked = parse_filter(text, NAMES, DAY + 20 * HOUR, UTC)
    assert not asked.problem
    return asked.wish


@pytest.mark.parametrize(
    ("text", "badges"),
    [
        ("anna", {"badge-a", "badge-c"}),
        ("anna adler", {"badge-a"}),
        ("adler ANNA", {"badge-a"}),
        ("bjorn", {"badge-b"}),
        ("strasse", {"badge-c"}),
        ("nobody", set()),
    ],
)
def test_words_find_people_in_any_order_without_accents(text: str, badges: set[str]) -> None:
    assert parsed(text) == LogFilter(badges=frozenset(badges))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("", LogFilter()),
        ("unsent", LogFilter(states=frozenset({RecordState.UNSENT}))),
        (
            "Refused discarded",
            LogFilter(states=frozenset({RecordState.REFUSED, RecordState.DISCARDED})),
        ),
        ("gap", LogFilter(kinds=frozenset({"gap"}))),
        ("walkin", LogFilter(kinds=frozenset({"walkIn"}))),
        ("9f2c1a", LogFilter(badges=frozenset(), prefix="9f2c1a")),
        ("9F2C-1a", LogFilter(badges=frozenset(), prefix="9f2c-1a")),
        (
            "18:40-19:00",
            LogFilter(DAY + 18 * HOUR + 40 * MINUTE, DAY + 19 * HOUR + MINUTE - 1),
        ),
        ("18:40-", LogFilter(DAY + 18 * HOUR + 40 * MINUTE)),
        ("-0:10:05", LogFilter(None, DAY + 10 * MINUTE + 5000)),
        ("23:00-1:00", LogFilter(DAY - HOUR, DAY + HOUR + MINUTE - 1)),
        ("from:18:40", LogFilter(DAY + 18 * HOUR + 40 * MINUTE)),
        ("to:2026-07-19t01:00", LogFilter(None, DAY - 23 * HOUR)),
    ],
)
def test_states_kinds_badges_and_times_are_understood(text: str, wish: LogFilter) -> None:
    assert parsed(text) == wish


@pytest.mark.parametrize("text", ["from:", "from:25:00", "18:40", "18:40-27:00", "to:soon"])
def test_what_is_no_time_is_said(text: str) -> None:
    asked = parse_filter(text, NAMES, DAY, UTC)
    assert asked.problem.startswith(f"{text} is no time.")


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("18:40", DAY + 18 * HOUR + 40 * MINUTE),
        ("0:00:07", DAY + 7000),
        ("2026-07-21T00:00", DAY + 24 * HOUR),
        ("2026-07-20T02:00+02:00", DAY),
        ("25:00", None),
        ("", None),
        ("1:2:3:4", None),
    ],
)
def test_a_time_is_one_of_the_day_at_hand(text: str, time_ms: int | None) -> None:
    assert parse_time(text, DAY + 20 * HOUR, UTC) == time_ms


GAPS = Asked(LogFilter(kinds=frozenset({"gap"})))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LogState(lines=5, indexed=1), "Newest line; new ones appear above"),
        (LogState(lines=5, indexed=1, following=False), ""),
        (LogState(lines=5, indexed=0.456), "Reading the older lines: 45 %"),
        (
            LogState(indexed=1, asked=GAPS, found=1, searched=0.5),
            "1 line fits so far; searched 50 %",
        ),
        (LogState(indexed=1, asked=GAPS, found=1200), "1,200 lines fit"),
        (LogState(asked=Asked(LogFilter(), "no time")), "no time"),
        (LogState(error=LogError("Gone.", safe="All safe.")), "Gone. All safe."),
    ],
)
def test_the_line_below_says_how_far_it_is(state: LogState, words: str) -> None:
    assert state.status().words == words


def test_the_time_left_is_told_once_it_can_be_known() -> None:
    state = SyncState()
    state.planned(Plan("url", has_key=True, logs=[Waiting("e", "E", "log", 100, 1000)]))
    state.began(mono=50.0)
    assert state.seconds_left(60.0) is None
    state.progressed(Sent("E", 25, 250))
    assert state.seconds_left(51.0) is None
    assert state.seconds_left(60.0) == 30.0
    assert state.progress(60.0) == "25 of 100 records, 250 B of 1 KB, about 30 s left"
    state.stopped()
    assert state.seconds_left(60.0) is None
    assert not state.busy


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (999, "999 B"), (78_000, "78 KB"), (1_234_567, "1.2 MB")]
)
def test_sizes_are_rounded(count: int, words: str) -> None:
    assert size(count) == words
