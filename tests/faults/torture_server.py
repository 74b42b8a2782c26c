"""The server dies by signal 9 while batches come in, on both databases.

The short form is tests/e2e/test_server_kill.py, and its control tests/store/test_server_crash.py:
so no short form runs here twice.
"""

from __future__ import annotations

from pathlib import Path

from tests import postgres

from .figure import Harness, Outcome
from .kill_server import RECORDS, kill_server


def run(times: int, folder: Path, url: str) -> Outcome:
    seen = kill_server(folder, url, times)
    return Outcome(
        seen.bad,
        f"{seen.acknowledged:,} batches of {RECORDS:,} acknowledged, {seen.broken:,} tries without "
        f"an answer; {seen.halves} halves, {seen.lost} lost, {seen.wrong} wrong states",
    )


def on_sqlite(times: int, folder: Path) -> Outcome:
    return run(times, folder, f"sqlite:///{folder / 'backend.sqlite3'}")


def on_postgresql(times: int, folder: Path) -> Outcome:
    if why := postgres.missing():
        return Outcome(1, f"NOT RUN: {why}")
    with postgres.cluster(fsync="on") as started:
        return run(times, folder, started.create())


HARNESSES = [
    Harness(
        name=f"kill -9 of the server, {name}",
        fault=f"kill -9 of the server in the middle of batches of {RECORDS:,}, {name}",
        full=100,
        short=0,
        run=on,
    )
    for name, on in (("SQLite", on_sqlite), ("PostgreSQL", on_postgresql))
]
