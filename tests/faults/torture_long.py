"""A day at the door on a virtual clock: memory must not grow with the hours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .figure import Harness, Outcome

ROOT = Path(__file__).parents[2]
DAY = 24 * 60
SHORT = 40
PHONES, FEW_PHONES = 2_000, 300
INTERVAL_SECONDS = 5.0
"""Between two adverts of a phone; a day of 2,000 phones then has 31 million heard adverts. A phone
that sends ten times as often costs ten times the minutes and touches the same memory."""
FEWER_SECONDS = 2.0
LIMIT_MIB = 5.0


def run(times: int, folder: Path, mode: str = "whole") -> Outcome:
    """`times` are minutes of the virtual clock."""
    phones, every = (PHONES, INTERVAL_SECONDS) if times >= DAY else (FEW_PHONES, FEWER_SECONDS)
    command = [sys.executable, "-m", "tests.faults.long_run", folder, times, phones, every, mode]
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    seen = json.loads(done.stdout)
    samples = [sample / 2**20 for sample in seen["samples"]]
    growth = max(samples[1:]) - samples[0]
    bad = seen["lost"] + (growth >= LIMIT_MIB)
    return Outcome(
        bad,
        f"{seen['adverts']:,} adverts, {seen['records']:,} records, {seen['badges']:,} badges; "
        f"memory {samples[0]:.1f} MiB after the first {'hour' if times >= DAY else 'tenth'}, "
        f"at most {growth:.1f} MiB more later",
    )


def control(folder: Path) -> Outcome:
    return run(SHORT, folder, "leak")


HARNESSES = [
    Harness(
        name="a long day",
        fault="minutes of 2,000 phones and 43,200 passers-by, virtual clock, whole pipeline",
        full=DAY,
        short=SHORT,
        run=run,
        control=control,
    )
]
