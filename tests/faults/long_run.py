"""A process of its own: hours of a crowd through the whole pipeline, on a virtual clock.

`python -m tests.faults.long_run FOLDER MINUTES PHONES INTERVAL_SECONDS MODE`. MODE is `whole` or
`leak` (the control: somebody keeps every third frame). Phones stay all the time and change their
address every 15 minutes; passers-by come with an address and a payload of their own and go.

Prints one JSON object: adverts, records, and the memory at each tenth or hour.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import json
import random
import resource
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from headcount.ble.decode import APPLE, Decoder
from headcount.ble.playback import Playback
from headcount.ble.simulated import Crowd, frames
from headcount.clock import ManualClock
from headcount.core.dedupe import IdentifyRules
from headcount.core.model import Frame, Logged, Person
from headcount.core.ports import RadioCounters, RadioListener
from headcount.core.roster import Roster
from headcount.recorder import Recorder
from headcount.store.attendance_log import AttendanceLog

PASSER_EVERY = 2.0
"""Seconds between two passers-by: 43,200 a day."""
PASSER_STAYS = 60.0
PASSER_ADVERTS_EVERY = 2.0
WITH_ID = 10
"""One passer-by in so many has a beacon with an id that counts; the others only an address, with an
app in the background or a service that is no badge."""
SAMPLES = 24


@dataclass(frozen=True, slots=True)
class Plan:
    minutes: int
    phones: int
    interval_seconds: float
    leak: bool = False

    @property
    def seconds(self) -> float:
        return self.minutes * 60.0

    @property
    def sample_seconds(self) -> float:
        """An hour, or a tenth of a run that is shorter than a day."""
        return 3600.0 if self.minutes >= SAMPLES * 60 else self.seconds / 10

    def crowd(self) -> Crowd:
        return Crowd(
            phones=[str(uuid.uuid5(uuid.NAMESPACE_OID, str(n))) for n in range(self.phones)],
            seed=7,
            duration_seconds=self.seconds,
            arrival_seconds=self.sample_seconds / 2,
            interval_ms=self.interval_seconds * 1000,
            leave_early=0.0,
        )


def passers(plan: Plan, start: float) -> Iterator[Frame]:
    """Frames of people who walk by, in time order."""
    rng = random.Random("passers")
    waiting: list[tuple[float, int, Frame]] = []
    for number in range(int(plan.seconds / PASSER_EVERY)):
        comes = number * PASSER_EVERY
        while waiting and waiting[0][0] <= comes:
            yield heapq.heappop(waiting)[2]
        for step in range(int(PASSER_STAYS / PASSER_ADVERTS_EVERY)):
            at = comes + step * PASSER_ADVERTS_EVERY
            if step == 0:
                frame = stranger(number, rng, start)
            heapq.heappush(waiting, (at, number, frame._replace(mono=start + at)))
    while waiting:
        yield heapq.heappop(waiting)[2]


def stranger(number: int, rng: random.Random, start: float) -> Frame:
    address = rng.randbytes(6).hex(":").upper()
    if number % WITH_ID == 0:
        beacon = b"\x02\x15" + rng.randbytes(16) + bytes(5)
        return Frame(address, -70, start, (), {APPLE: beacon}, {})
    if number % 2:
        return Frame(address, -70, start, (), {APPLE: b"\x01" + rng.randbytes(16)}, {})
    name = f"0000{rng.randrange(0x1800, 0x2000):04x}-0000-1000-8000-00805f9b34fb"
    return Frame(address, -70, start, (name,), {}, {name: rng.randbytes(8)})


@dataclass(slots=True)
class Measure:
    """Samples the memory when a frame of the next stretch passes."""

    every: float
    leak: bool
    samples: list[int] = field(default_factory=list)
    kept: list[Frame] = field(default_factory=list)

    def tapped(self, source: Iterator[Frame], start: float) -> Iterator[Frame]:
        due = start + self.every
        for number, frame in enumerate(source):
            if self.leak and number % 3 == 0:
                self.kept.append(frame)
            if frame.mono >= due:
                self.samples.append(memory())
                due += self.every
            yield frame
        self.samples.append(memory())


def memory() -> int:
    """Bytes of this process that are in memory (proc(5), statm)."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


class LongRadio:
    """The crowd and the passers-by, as fast as possible."""

    def __init__(self, plan: Plan, clock: ManualClock, recorder: Recorder) -> None:
        self._plan = plan
        self._playback = Playback(Decoder(), clock, speed=0, pace=recorder.pace)
        self.measure = Measure(plan.sample_seconds, plan.leak)

    async def run(self, listener: RadioListener) -> None:
        start = self._playback.begin(listener, "a long day")
        crowd = frames(self._plan.crowd(), start)
        both = heapq.merge(crowd, passers(self._plan, start), key=attrgetter("mono"))
        await self._playback.play(self.measure.tapped(both, start), listener)

    def trouble(self) -> str:
        return ""

    def counters(self) -> RadioCounters:
        return self._playback.decoder


async def main(folder: Path, plan: Plan) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    clock = ManualClock()
    durable = 0

    def on_durable(logged: Sequence[Logged]) -> None:
        nonlocal durable
        durable += len(logged)
        loop.call_soon_threadsafe(recorder.durable, logged)

    log = AttendanceLog.open(
        folder / "attendance_log.jsonl", session="long", on_durable=on_durable, on_trouble=print
    )
    people = [(Person(badge, badge[:8]), (badge,)) for badge in plan.crowd().phones]
    recorder = Recorder(
        log=log, clock=clock, roster=Roster(people, 0), rules=IdentifyRules(), scanner_id="Door"
    )
    radio = LongRadio(plan, clock, recorder)
    await recorder.run(radio, asyncio.Event())
    unsaved = await asyncio.to_thread(log.close)
    return {
        "adverts": radio.counters().frames,
        "records": durable,
        "lost": unsaved + recorder.counters.overflowed,
        "badges": recorder.arrived,
        "samples": radio.measure.samples,
    }


if __name__ == "__main__":
    given = Plan(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5] == "leak")
    print(json.dumps(asyncio.run(main(Path(sys.argv[1]), given))))
