"""`make bench`: run all, print a table, and say where a floor was missed (exit 1).

Each benchmark has a process of its own, so that none sees the memory that another one used. With
--save, the figures go to figures.json and into the sizing table of docs/scaling.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence

from . import sizing
from .one import BENCHMARKS
from .result import Result


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print(f"{'what':58} {'measured':>22} {'peer':>22} {'ratio':>7}  floor")
    results = []
    for name in asked.names or BENCHMARKS:
        for result in measure(name):
            print(result.line(), flush=True)
            results.append(result)
    if asked.save:
        sizing.save(results)
    return int(any(not result.holds for result in results))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"only these: {', '.join(BENCHMARKS)}", type=_known
    )
    parser.add_argument(
        "--save", action="store_true", help="keep the figures that docs/scaling.md is computed from"
    )
    return parser


def _known(name: str) -> str:
    if name not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"no benchmark is called {name!r}")
    return name


def measure(name: str) -> Iterator[Result]:
    """The results of one benchmark as they come. Raises CalledProcessError if it fails."""
    command = [sys.executable, "-m", "benchmarks.one", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield Result(**json.loads(line))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
