"""Kill -9 of the log's writer at random moments."""

from __future__ import annotations

from pathlib import Path

from .figure import Harness, Outcome
from .process import count


def run(times: int, folder: Path) -> Outcome:
    """Half of the kills on whole writes, half on writes of a few bytes, which tear lines."""
    first = _kill(folder / "whole", times // 2, 1, "whole")
    second = _kill(folder / "pieces", times - times // 2, 2, "pieces")
    return _outcome({name: first[name] + second[name] for name in first})


def control(folder: Path) -> Outcome:
    """The writer acknowledges before it writes."""
    return _outcome(_kill(folder / "early", 50, 3, "early"))


def _kill(folder: Path, times: int, seed: int, mode: str) -> dict[str, int]:
    folder.mkdir()
    return count("kill_writer", folder, times, seed, mode)


def _outcome(found: dict[str, int]) -> Outcome:
    return Outcome(
        found["lost"] + found["doubled"] + found["damaged"] + found["edited"],
        f"{found['acknowledged']:,} acknowledged, {found['lost']:,} lost, "
        f"{found['doubled']:,} doubled; {found['torn']:,} half lines mended",
    )


HARNESSES = [
    Harness(
        name="kill",
        fault="kill -9 of the log's writer at random moments",
        full=10_000,
        short=300,
        run=run,
        control=control,
    )
]
