"""Nothing that was acknowledged is lost when the scanner is killed, at whatever moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.process import count as run


@pytest.mark.kill
@pytest.mark.parametrize(("mode", "kills", "seed"), [("whole", 1000, 1), ("pieces", 1000, 2)])
def test_a_thousand_kills_lose_and_double_nothing(
    tmp_path: Path, mode: str, kills: int, seed: int
) -> None:
    count = run("kill_writer", tmp_path, kills, seed, mode)
    assert count["kills"] == kills
    assert count["acknowledged"] > 2 * kills
    wrong = {name: count[name] for name in ("lost", "doubled", "damaged", "edited")}
    assert not any(wrong.values()), count
    if mode == "pieces":
        assert count["torn"] > kills / 100, "the kills must go through lines, too"


@pytest.mark.kill
def test_the_kills_would_show_a_writer_that_acknowledges_too_early(tmp_path: Path) -> None:
    """The negative control: a harness that can't fail proves nothing."""
    assert run("kill_writer", tmp_path, 50, 3, "early")["lost"] > 0
