"""One harness: a way to break the program, and what must come out of it.

Each module `tests/faults/torture_*.py` has a list `HARNESSES`. `tests/faults/test_faults.py` runs
each in its short form, with its negative control; `python -m tests.faults` (`make torture`) runs
the full form and prints the table of docs/reliability.md.
"""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found. `bad` counts what must not happen; `words` is the table's cell."""

    bad: int
    words: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Harness:
    """`run(times, folder)` breaks the program `times` times, in an empty directory."""

    name: str
    fault: str
    """For the table: what is broken, and how."""
    full: int
    short: int
    """Times in the suite; 0: another test is the short form."""
    run: Callable[[int, Path], Outcome]
    needs: Sequence[str] = ()
    """Commands (Debian packages) without which it can't run, such as "strace"."""
    needs_root: bool = False
    control: Callable[[Path], Outcome] | None = None
    """The same with the protection taken out: it must find `bad` > 0, or the harness is blind."""
    tags: Sequence[str] = field(default=())

    def missing(self) -> str:
        """Why it can't run here; empty if it can."""
        if self.needs_root and os.geteuid() != 0:
            return "needs root"
        lacking = [command for command in self.needs if shutil.which(command) is None]
        return f"needs the Debian packages for: {', '.join(lacking)}" if lacking else ""


def harnesses() -> list[Harness]:
    """All of them, by module and place."""
    found: list[Harness] = []
    for path in sorted(Path(__file__).parent.glob("torture_*.py")):
        module = importlib.import_module(f"tests.faults.{path.stem}")
        found.extend(module.HARNESSES)
    return found
