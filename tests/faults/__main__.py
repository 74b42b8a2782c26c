"""`make torture`: every harness in full; prints a table, exits with 1 if one found anything."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from .figure import Harness, Outcome, harnesses


def main(names: list[str]) -> int:
    print("| fault | times | found | seconds |\n|---|---|---|---|")
    failed = 0
    for harness in harnesses():
        if names and harness.name not in names:
            continue
        outcome = _run(harness)
        failed += outcome.bad
        row = f"{harness.fault} | {harness.full:,} | {outcome.words} | {outcome.seconds:.0f}"
        print(f"| {row} |", flush=True)
    return int(failed > 0)


def _run(harness: Harness) -> Outcome:
    if missing := harness.missing():
        return Outcome(1, f"NOT RUN: {missing}")
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        outcome = harness.run(harness.full, Path(folder))
    return Outcome(outcome.bad, outcome.words, time.perf_counter() - begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
