"""`make bench`: run all, print a table, and say where a floor was missed (exit 1).

With --save, the figures go to figures.json and into the sizing table of docs/scaling.md.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Iterator

from . import batch, live, pipeline, postgres, report, review, rotating, screens, sizing, station
from .result import Result


def main() -> int:
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print(f"{'what':58} {'measured':>22} {'peer':>22} {'ratio':>7}  floor")
    results = []
    for result in _all():
        print(result.line(), flush=True)
        results.append(result)
    if "--save" in sys.argv:
        sizing.save(results)
    return int(any(not result.holds for result in results))


def _all() -> Iterator[Result]:
    yield from asyncio.run(pipeline.measure())
    yield from batch.measure()
    yield from review.measure()
    yield from postgres.measure()
    yield from screens.measure()
    yield from live.measure()
    yield from station.measure()
    yield from report.measure()
    yield from rotating.measure()


if __name__ == "__main__":
    sys.exit(main())
