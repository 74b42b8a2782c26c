"""The Nth system call fails, for every N: once, for good, or by killing the process."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headcount.core.model import Damage
from headcount.store.log_reader import distinct, read_all
from headcount.store.logline import decode

from .figure import Harness, Outcome
from .process import ROOT
from .torture_corruption import some_lines

RECORDS = 6

CALLS = [
    "openat",
    "mkdir",
    "flock",
    "fstat",
    "newfstatat",
    "read",
    "pread64",
    "lseek",
    "write",
    "fallocate",
    "ftruncate",
    "fsync",
    "fdatasync",
    "close",
]
"""All that the log asks of its files."""

ERRORS = ("EIO", "ENOSPC", "EROFS", "EINTR")


@dataclass(frozen=True)
class Fault:
    """What strace does to the calls of one kind, from the `first`."""

    call: str
    what: str
    first: int
    rest: str = ""
    """"+" for this call and all later ones."""

    def rule(self) -> str:
        how = "signal=KILL" if self.what == "KILL" else f"error={self.what}"
        return f"inject={self.call}:{how}:when={self.first}{self.rest}"


def faults(calls: Counter[str]) -> list[Fault]:
    """Every call with every error, once and for good (which EINTR never is), and a kill at it."""
    found = []
    for call in CALLS:
        for first, what in itertools.product(range(1, calls[call] + 1), (*ERRORS, "KILL")):
            found.append(Fault(call, what, first))
            if what in {"EIO", "ENOSPC", "EROFS"}:
                found.append(Fault(call, what, first, "+"))
    return found


def run(times: int, folder: Path) -> Outcome:
    """At most `times` of all faults, evenly spread."""
    return _run(times, folder, "small")


def control(folder: Path) -> Outcome:
    """The writer acknowledges before it writes."""
    return _run(24, folder, "early")


def _run(times: int, folder: Path, mode: str) -> Outcome:
    everything = faults(_calls(folder / "count", mode))
    count = min(times, len(everything))
    chosen = [everything[number * len(everything) // count] for number in range(count)]
    lost = noisy = acknowledged = 0
    for number, fault in enumerate(chosen):
        ids, stderr = _write(folder / str(number), mode, [fault.rule()])
        here = _ids(folder / str(number) / "new" / "log.jsonl")
        acknowledged += len(ids)
        lost += len(set(ids) - here)
        noisy += "Traceback" in stderr or "Error" in stderr
    return Outcome(
        lost + noisy,
        f"{len(chosen):,} of {len(everything):,} faults: {acknowledged:,} acknowledged, "
        f"{lost:,} lost, {noisy:,} tracebacks",
    )


def _calls(folder: Path, mode: str) -> Counter[str]:
    """How many calls of each kind an undisturbed writer makes on its files."""
    trace = folder.with_suffix(".trace")
    _write(folder, mode, [], trace)
    return Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE))


def _write(
    folder: Path, mode: str, rules: Sequence[str], trace: Path = Path("/dev/null")
) -> tuple[list[str], str]:
    """Run the writer on a log with a half line at its end; return what it acknowledged."""
    log = folder / "new" / "log.jsonl"
    log.parent.mkdir(parents=True)
    content = b"".join(some_lines(3))
    log.write_bytes(content[:-20])
    aside = len(content) - len(some_lines(3)[-1])
    beside = [log.with_name(f"log-{number:04d}.jsonl") for number in range(2, 10)]
    paths = [log.parent, log, *beside, log.with_name(f"log.jsonl.torn-{aside}")]
    watched = [word for path in paths for word in ("-P", str(path))]
    injected = [word for rule in rules for word in ("-e", rule)]
    calls = rules[0].split("=")[1].split(":")[0] if rules else ",".join(CALLS)
    strace = ["strace", "-f", "-qqq", "-o", str(trace), *watched, "-e", f"trace={calls}", *injected]
    writer = [sys.executable, "-m", "tests.faults.small_writer", str(log), str(RECORDS), mode]
    done = subprocess.run(
        [*strace, *writer], check=False, capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    ids = [line for line in done.stdout.splitlines() if line.startswith("small-")]
    return ids, done.stderr


def _ids(path: Path) -> set[str]:
    """The records that a reader finds; the three old lines are not asked for."""
    return {
        decode(item.raw).id for item in distinct(read_all(path)) if not isinstance(item, Damage)
    }


HARNESSES = [
    Harness(
        name="syscalls",
        fault="the Nth system call of the log's writer fails, or kills it: at most so many",
        full=1_000,
        short=50,
        run=run,
        needs=("strace",),
        control=control,
    )
]
