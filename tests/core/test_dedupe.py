"""Hits, signal threshold, dedupe window and departures, on monotonic time."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.core.dedupe import IdentifyRules, LastSeen, Tracker

A = "aaaaaaaa-0000-4000-8000-000000000001"
ONE_HIT = IdentifyRules(min_hits=1, min_rssi=-127)


def logged(tracker: Tracker, heard: list[tuple[float, int]]) -> list[float]:
    """The times at which a sighting of A was to be logged."""
    return [mono for mono, rssi in heard if tracker.heard(A, rssi, mono)]


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        pytest.param([(0, -60)], [], id="once is not enough"),
        pytest.param([(0, -60), (9, -60)], [9], id="twice within 10 s"),
        pytest.param([(0, -60), (11, -60)], [], id="twice, but too far apart"),
        pytest.param([(0, -60), (11, -60), (12, -60)], [12], id="the second pair counts"),
        pytest.param([(0, -90), (1, -90)], [], id="too weak"),
        pytest.param([(0, -90), (1, -80), (2, -79)], [2], id="the median counts"),
        pytest.param([(0, -80), (1, -80)], [1], id="at the threshold"),
        pytest.param([(0, -60), (1, -60), (2, -60)], [1], id="logged once in the window"),
    ],
)
def test_when_an_id_counts(heard: list[tuple[float, int]], expected: list[float]) -> None:
    assert logged(Tracker(IdentifyRules()), heard) == expected


def test_one_hit_and_no_threshold_is_possible() -> None:
    assert logged(Tracker(ONE_HIT), [(0, -127)]) == [0]


def test_logged_again_when_the_window_is_over() -> None:
    every_ten_seconds = [(float(t), -60) for t in range(0, 901, 10)]
    assert logged(Tracker(ONE_HIT), every_ten_seconds) == [0, 300, 600, 900]


def test_a_weak_phone_in_range_stays_present() -> None:
    tracker = Tracker(IdentifyRules())
    assert logged(tracker, [(0, -60), (1, -60), (400, -100)]) == [1, 400]


def test_departure_is_inferred_backwards_from_last_seen() -> None:
    tracker = Tracker(ONE_HIT)
    logged(tracker, [(0, -60), (100, -60)])
    assert tracker.sweep(700) == []
    assert tracker.sweep(700.1) == [LastSeen(A, last_seen=100, logged=0)]
    assert tracker.in_range == 0


def test_after_a_departure_the_hits_count_anew() -> None:
    tracker = Tracker(IdentifyRules())
    logged(tracker, [(0, -60), (1, -60)])
    tracker.sweep(1000)
    assert logged(tracker, [(1000, -60)]) == []
    assert logged(tracker, [(1001, -60)]) == [1001]


def test_a_window_longer_than_the_away_time_outlasts_a_departure() -> None:
    tracker = Tracker(IdentifyRules(min_hits=1, dedupe=3600, away=60))
    assert logged(tracker, [(0, -60)]) == [0]
    assert tracker.sweep(100)
    assert logged(tracker, [(200, -60), (3599, -60), (3600, -60)]) == [3600]


def test_a_restart_remembers_the_window() -> None:
    tracker = Tracker(ONE_HIT)
    tracker.remember(A, 0)
    assert logged(tracker, [(10, -60), (299, -60), (300, -60)]) == [300]


def test_what_the_log_could_not_take_is_tried_again() -> None:
    tracker = Tracker(ONE_HIT)
    assert logged(tracker, [(0, -60)]) == [0]
    tracker.unlog(A)
    assert logged(tracker, [(1, -60), (2, -60)]) == [1]


def test_candidates_are_forgotten() -> None:
    tracker = Tracker(IdentifyRules())
    tracker.heard(A, -60, 0)
    assert tracker.candidates == 1
    tracker.sweep(11)
    assert tracker.candidates == 0


@given(st.lists(st.floats(0, 4000), max_size=60), st.floats(0, 900))
def test_never_twice_within_the_window(times: list[float], window: float) -> None:
    tracker = Tracker(IdentifyRules(min_hits=1, min_rssi=-127, dedupe=window, away=600))
    stamps = []
    for mono in sorted(times):
        tracker.sweep(mono)
        if tracker.heard(A, -60, mono):
            stamps.append(mono)
    assert all(later - earlier >= window for earlier, later in itertools.pairwise(stamps))
    assert bool(stamps) == bool(times)
