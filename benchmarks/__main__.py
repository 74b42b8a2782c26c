"""`make bench`: run all, print a table, and say where a floor was missed (exit 1)."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Iterator

from . import batch, live, pipeline, report
from .result import Result


def main() -> int:
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print(f"{'what':58} {'measured':>22} {'peer':>22} {'ratio':>7}  floor")
    missed = False
    for result in _all():
        print(result.line(), flush=True)
        missed = missed or not result.holds
    return int(missed)


def _all() -> Iterator[Result]:
    yield from asyncio.run(pipeline.measure())
    yield from batch.measure()
    yield from live.measure()
    yield from report.measure()


if __name__ == "__main__":
    sys.exit(main())
