"""A card whose flush takes two seconds: whoever hands a record over must not notice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .figure import Harness, Outcome
from .process import ROOT

FLUSH = 2.0
"""Seconds that strace adds to each flush."""

HELD_UP = 0.5
"""Seconds. Far below the flush, and above what a busy machine costs an event loop."""


def run(times: int, folder: Path) -> Outcome:
    """Hand `times` records over, one every 10 ms."""
    return _run(times, folder, "paced")


def control(folder: Path) -> Outcome:
    """The event loop waits for the disk."""
    return _run(1, folder, "waiting")


def _run(times: int, folder: Path, mode: str) -> Outcome:
    log = folder / "log.jsonl"
    log.touch()
    inject = f"inject=fdatasync:delay_exit={int(FLUSH * 1e6)}"
    strace = ["strace", "-f", "-qqq", "-o", "/dev/null", "-P", str(log), "-e", inject]
    writer = [sys.executable, "-m", "tests.faults.small_writer", str(log), str(times), mode]
    done = subprocess.run([*strace, *writer], check=True, capture_output=True, text=True, cwd=ROOT)
    lines = done.stdout.splitlines()
    slowest = next(float(line.split()[1]) for line in lines if line.startswith("slowest"))
    missing = times - sum(line.startswith("small-") for line in lines)
    return Outcome(
        (slowest > HELD_UP) + missing,
        f"held up {slowest * 1000:.0f} ms at most, {missing} not written at the end",
    )


HARNESSES = [
    Harness(
        name="slow-flush",
        fault="each flush takes 2 s; so many records, one every 10 ms",
        full=1_000,
        short=100,
        run=run,
        needs=("strace",),
        control=control,
    )
]
