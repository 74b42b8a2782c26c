"""Scanner, sync and server die by signal 9, at random moments and inside transactions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .figure import Harness, Outcome

ROOT = Path(__file__).parents[2]


EARLY_KILLS = 15


def run(times: int, folder: Path, mode: str = "whole") -> Outcome:
    module = "tests.faults.kill_processes"
    command = [sys.executable, "-m", module, str(folder), str(times), mode]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    seen = json.loads(done.stdout)
    bad = sum(seen[name] for name in ("lost", "missing", "doubled", "wrong", "tracebacks"))
    return Outcome(
        bad,
        f"{seen['scanner']} scanners, {seen['sync']} syncs, {seen['server']} servers "
        f"({seen['in_transaction']} before the commit, {seen['before_answer']} between commit and "
        f"answer); {seen['records']:,} records: {seen['lost']} acknowledged lost, "
        f"{seen['missing']} missing, {seen['doubled']} doubled, {seen['wrong']} wrong rows, "
        f"{seen['tracebacks']} tracebacks",
    )


def control(folder: Path) -> Outcome:
    return run(EARLY_KILLS, folder, "early")


HARNESSES = [
    Harness(
        name="kill -9 of processes",
        fault="kill -9 of scanner, sync and server, also inside transactions",
        full=2_000,
        short=40,
        run=run,
        control=control,
    )
]
