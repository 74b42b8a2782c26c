"""The log's review of a million lines, against parsing every line once (what a simple one does)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from headcount.bootstrap.paths import log_path, state_dir
from headcount.config import Config
from headcount.core.chain import link, start
from headcount.core.model import Event, Instant, Kind, Person, Record
from headcount.store.logline import finish, line_body
from headcount.store.station import StationStore

from .result import Result
from .review_app import EVENT

LINES, PEOPLE = 1_000_000, 2_000
START = 1_784_548_800_000
"""2026-07-20 12:00 UTC."""
STEP_MS = 50
SESSION = "5f0e9a54c7c6d1f2"
BOOT = "0b5b7c1e-6f4e-4f0e-9a54-5b1c7c6d1f2a"


def badge(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number * 7919:012x}"


def write_log(path: Path) -> None:
    """As a busy day leaves it: sightings, and a departure now and then; each with its chain value
    and checksum."""
    path.parent.mkdir(parents=True)
    badges = [badge(number) for number in range(PEOPLE)]
    chain = start(SESSION)
    with path.open("wb") as file:
        for n in range(LINES):
            instant = Instant(START + n * STEP_MS, 1000 + n * STEP_MS / 1000, BOOT)
            kind = Kind.DEPARTURE if n % 40 == 7 else Kind.SIGHTING
            record = Record(badges[n * 31 % PEOPLE], "Entrance-01", instant, kind, -50 - n % 40)
            body = line_body(record, n + 1, SESSION)
            chain = link(chain, body)
            file.write(finish(body, chain))


def set_up(folder: Path) -> Path:
    config = Config(data_dir=str(folder))
    log = log_path(config, EVENT)
    write_log(log)
    store = StationStore(state_dir(config))
    store.save_events([Event(EVENT, "Bench", START, START + LINES * STEP_MS)], START)
    people = [(Person(f"u{n}", f"Person {n}"), (badge(n),)) for n in range(PEOPLE)]
    store.save_roster(EVENT, people, START)
    return log


def parse_all(log: Path) -> float:
    """Seconds of the processor."""
    begin = time.process_time()
    with log.open("rb") as file:
        for line in file:
            json.loads(line)
    return time.process_time() - begin


def measure() -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as name:
        log = set_up(Path(name))
        command = [sys.executable, "-m", "benchmarks.review_app", name]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        figures: dict[str, tuple[float, float]] = json.loads(done.stdout)
        peer = parse_all(log) * 1000

    def row(what: str, key: str, limit: float) -> Result:
        value = figures[key][0] * 1000
        return Result(what, value, "ms", floor=f"< {limit:.0f} ms", holds=value < limit)

    def processor(what: str, key: str) -> Result:
        """Against the peer by the processor's time, since other programs run meanwhile."""
        value = figures[key][1] * 1000
        holds = value < peer
        return Result(f"{what}, CPU", value, "ms", peer, "json.loads", "below it", holds)

    yield row("review of 1,000,000 lines: first screen", "open", 500)
    yield processor("review: first screen", "open")
    yield processor("review: all lines indexed", "index")
    yield row("review: first page of a person's lines", "name", 1000)
    yield row("review: first page at the log's far end", "oldest", 1000)
    yield processor("review: first page at the log's far end", "oldest")
    yield processor("review: a filter that lets nothing through", "nothing")
    megabytes = figures["megabytes"][0]
    yield Result(
        "review: memory, verify included", megabytes, "MB", floor="< 250 MB", holds=megabytes < 250
    )
