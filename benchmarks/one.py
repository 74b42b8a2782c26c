"""One benchmark in this process: `python -m benchmarks.one NAME` prints a JSON object a result."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict

from . import batch, live, pipeline, postgres, report, review, rotating, screens, station
from .result import Result

BENCHMARKS: dict[str, Callable[[], Iterable[Result]]] = {
    "pipeline": lambda: asyncio.run(pipeline.measure()),
    "batch": batch.measure,
    "review": review.measure,
    "postgres": postgres.measure,
    "screens": screens.measure,
    "live": live.measure,
    "station": station.measure,
    "report": report.measure,
    "rotating": rotating.measure,
}
"""In the order in which they are run."""


def main(name: str) -> None:
    for result in BENCHMARKS[name]():
        print(json.dumps(asdict(result)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
