"""The short form of every harness, and its negative control."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .figure import Harness, harnesses

ALL = [each for each in harnesses() if each.short]


def skip_if_missing(harness: Harness) -> None:
    """Skip loudly; in CI nothing is skipped."""
    if missing := harness.missing():
        if os.environ.get("CI"):
            pytest.fail(f"{harness.name} {missing}, and in CI nothing is skipped")
        pytest.skip(f"{harness.name} {missing}")


@pytest.mark.parametrize("harness", ALL, ids=lambda harness: harness.name)
def test_nothing_is_lost(harness: Harness, tmp_path: Path) -> None:
    skip_if_missing(harness)
    outcome = harness.run(harness.short, tmp_path)
    assert outcome.bad == 0, outcome.words


@pytest.mark.parametrize(
    "harness", [each for each in ALL if each.control], ids=lambda harness: harness.name
)
def test_without_the_protection_it_finds_something(harness: Harness, tmp_path: Path) -> None:
    skip_if_missing(harness)
    assert harness.control is not None
    assert harness.control(tmp_path).bad > 0
