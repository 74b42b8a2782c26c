"""Nothing that was acknowledged is lost when the scanner is killed, at whatever moment."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILL_WRITER = Path(__file__).with_name("kill_writer.py")


def kill(folder: Path, kills: int, seed: int, mode: str) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, str(KILL_WRITER), str(folder), str(kills), str(seed), mode],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


@pytest.mark.kill
@pytest.mark.parametrize(("mode", "kills", "seed"), [("whole", 1000, 1), ("pieces", 1000, 2)])
def test_a_thousand_kills_lose_and_double_nothing(
    tmp_path: Path, mode: str, kills: int, seed: int
) -> None:
    count = kill(tmp_path, kills, seed, mode)
    assert count["kills"] == kills
    assert count["acknowledged"] > 2 * kills
    assert (count["lost"], count["doubled"], count["damaged"]) == (0, 0, 0), count
    if mode == "pieces":
        assert count["torn"] > kills / 100, "the kills must go through lines, too"


@pytest.mark.kill
def test_the_kills_would_show_a_writer_that_acknowledges_too_early(tmp_path: Path) -> None:
    """The negative control: a harness that can't fail proves nothing."""
    assert kill(tmp_path, 50, 3, "early")["lost"] > 0
