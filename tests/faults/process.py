"""Starts the processes that are broken; each is a module of this folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private")
"""Whatever the process mounts is gone when it ends, however it ends; its loop devices too."""


def count(module: str, *args: object, under: Sequence[str] = ()) -> dict[str, int]:
    """Run a module of this folder, and return the numbers that it printed as one JSON object."""
    done = subprocess.run(
        [*under, sys.executable, "-m", f"tests.faults.{module}", *map(str, args)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(done.stdout)
    return counts
