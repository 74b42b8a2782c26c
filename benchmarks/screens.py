"""The screens: key to repaint with 2,000 phones, and from the command to the first screen.

The application runs headless (Textual's own driver without a terminal) on the real station with a
simulated crowd; what a terminal adds is its own affair. CPU is the whole process's: the radio's
frames, the recorder, the log and the drawing.
"""

from __future__ import annotations

import asyncio
import os
import pty
import resource
import select
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from headcount.ble.simulated import Crowd, SimulatedRadio
from headcount.bootstrap.desk import ScanOptions, StationDesk, make_desk
from headcount.bootstrap.radio import make_decoder
from headcount.bootstrap.scan import MakeRadio, Pace
from headcount.config import Config, Identify, Ui
from headcount.core.model import Event, Instant, Person
from headcount.core.ports import Clock, Radio
from headcount.core.pulse import Nearby, Pulse
from headcount.core.roster import Roster
from headcount.store.station import StationStore
from headcount.tui.app import HeadcountApp
from headcount.tui.state import LiveState
from headcount.tui.widgets.table import Table

from .result import Result

PHONES = 2_000
SECONDS = 20.0
KEYS = 150
PATIENCE = 60.0
LOOKED = 5_000
STARTS = 5
NOON = 1_793_556_000_000
EVENT = "bench"


class BusyDoor(StationDesk):
    """Everybody is there after two seconds, and sends once a second."""

    def _make_radio(self, _options: ScanOptions, _stack: object, clock: Clock) -> MakeRadio:
        def make(roster: Roster, pace: Pace) -> Radio:
            crowd = Crowd(
                phones=roster.badges,
                strangers=20,
                duration_seconds=3600,
                arrival_seconds=2,
                interval_ms=1000,
                loss=0,
            )
            return SimulatedRadio(make_decoder(self.config), clock, crowd, pace=pace)

        return make


def station(folder: Path) -> BusyDoor:
    """A roster of as many people as phones."""
    config = Config(
        data_dir=str(folder), identify=Identify(min_rssi=-127), ui=Ui(bell=False, language="en")
    )
    store = StationStore(folder / "station")
    people = [
        (Person(f"u{n}", f"Person {n}"), (f"{n:08x}-0000-4000-8000-000000000000",))
        for n in range(PHONES)
    ]
    store.save_events([Event(EVENT, "Bench", NOON, NOON + 1)], NOON)
    store.save_roster(EVENT, people, NOON)
    return BusyDoor(config)


class Taken(NamedTuple):
    """Seconds from a key to its repaint."""

    wall: float
    cpu: float
    """Of this thread: what else the machine does is not in it."""


async def keys(folder: Path) -> tuple[list[Taken], float, float]:
    """From each key to its repaint, the share of one core, adverts a second."""
    desk = station(folder)
    app = HeadcountApp(make_desk(desk, desk.config, EVENT))
    async with app.run_test(size=(120, 40)) as pilot:
        async with asyncio.timeout(PATIENCE):
            while app.session.state.counters.here < PHONES:
                await pilot.pause(0.2)
        app.screen.query_one("#in-range", Table).focus()
        await pilot.press("o")  # by name: rows that stay where they are
        await pilot.pause(2)
        begin, before = time.perf_counter(), time.process_time()
        await asyncio.sleep(SECONDS)
        share = (time.process_time() - before) / (time.perf_counter() - begin)
        async with asyncio.timeout(PATIENCE):
            taken = [await one(app, "down") for _ in range(KEYS)]
        rate = app.session.state.rate
        await app.session.stop()
    return taken, share, rate


async def one(app: HeadcountApp, key: str) -> Taken:
    """Press it, and wait until the screen was painted again."""
    painted = asyncio.Event()
    table = app.screen.query_one("#in-range", Table)
    before = table.cursor
    begin, cpu = time.perf_counter(), time.thread_time()
    app.simulate_key(key)
    while table.cursor == before:  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(0.001)
    app.call_after_refresh(painted.set)
    await painted.wait()
    taken = Taken(time.perf_counter() - begin, time.thread_time() - cpu)
    await asyncio.sleep(0.03)
    return taken


def start(folder: Path) -> Taken:
    """From the command to the picker's words, in a terminal of its own."""
    environ = {**os.environ, "HEADCOUNT_DATA_DIR": str(folder), "TERM": "xterm-256color"}
    environ |= {"HEADCOUNT_BACKEND__URL": "http://127.0.0.1:9", "HEADCOUNT_UI__LANGUAGE": "en"}
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-m", "headcount"], environ)
    seen = b""
    while b"No event is known yet" not in seen:
        select.select([terminal], [], [], 30)
        seen += os.read(terminal, 65536)
    taken = time.perf_counter() - begin
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(taken, cpu)


def look() -> float:
    """Processor seconds of one look at LOOKED badges in range."""
    state, badges = LiveState(), [f"{n:08x}-0000-4000-8000-000000000000" for n in range(LOOKED)]
    people = [Person(f"u{n}", f"Person {n}") for n in range(LOOKED)]

    def one_look(second: float) -> float:
        near = [
            Nearby(b, p, -40 - n % 50, second)
            for n, (b, p) in enumerate(zip(badges, people, strict=True))
        ]
        pulse = Pulse(Instant(NOON, second, "boot"), 0, 0, 0, 0, near)
        begin = time.process_time()
        state.pulse(pulse)
        return time.process_time() - begin

    return min(one_look(second) for second in range(10))


def measure() -> list[Result]:
    """The screens' figures."""
    with tempfile.TemporaryDirectory() as name:
        taken, share, rate = asyncio.run(keys(Path(name)))
    with tempfile.TemporaryDirectory() as name:
        starts = [start(Path(name)) for _ in range(STARTS)]
    p95, p95_cpu = (
        statistics.quantiles(each, n=20)[-1] * 1000 for each in zip(*taken, strict=True)
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    first, first_cpu = (min(each) for each in zip(*starts, strict=True))
    looked = look() * 1000
    return [
        Result("live state: a look at 5,000 badges", looked, "ms", None, "", "< 100", looked < 100),
        Result("screens: key to repaint, p95", p95, "ms", None, "", "under 50", p95 < 50),
        Result("screens: of that, CPU, p95", p95_cpu, "ms"),
        Result("screens: CPU of one core", share * 100, "%", None, "", "under 60", share < 0.6),
        Result("screens: adverts meanwhile", rate, "a second"),
        Result("screens: peak memory of this process", peak, "MiB"),
        Result("screens: `headcount` to the picker", first, "s", None, "", "under 1", first < 1),
        Result("screens: of that, CPU", first_cpu, "s"),
    ]


if __name__ == "__main__":
    for result in measure():
        print(result.line(), flush=True)
