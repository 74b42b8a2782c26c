"""The radio plan against the figures that were measured on the model."""

from __future__ import annotations

import math

import pytest

from headcount.core.radio_plan import SOON_SECONDS, plan, seconds_to_find


@pytest.mark.parametrize(
    ("people", "interval_ms", "seconds"),
    [
        (200, 100, 2.3),
        (500, 250, 5.7),
        (1000, 250, 25),
        (1000, 1000, 8),
        (2000, 1000, 22),
        (2000, 250, 90 * math.log(100)),
    ],
)
def test_the_formula_gives_the_known_times(people: int, interval_ms: int, seconds: float) -> None:
    assert seconds_to_find(people, interval_ms) == pytest.approx(seconds, rel=0.25)


def test_a_hopeless_crowd_takes_for_ever() -> None:
    assert seconds_to_find(100_000, 100) == math.inf


@pytest.mark.parametrize(
    ("people", "interval_ms", "scanners"),
    [(1, 100, 1), (200, 100, 1), (400, 1000, 1), (1900, 1000, 1), (4000, 1000, 3)],
)
def test_the_advice(people: int, interval_ms: int, scanners: int) -> None:
    made = plan(people)
    assert (made.interval_ms, made.scanners) == (interval_ms, scanners)


@pytest.mark.parametrize("people", [1, 300, 301, 5000, 20_000])
def test_a_plan_finds_nearly_everybody_soon(people: int) -> None:
    assert plan(people).seconds <= SOON_SECONDS
