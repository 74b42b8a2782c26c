"""The pipeline, from bleak's callback to the flushed log, against a naive script.

The naive script is what one writes first: a callback, a set, and `open("a")` for each record. It
knows no formats but one, no signal threshold, no window, no rotation, no presence, and no fsync.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import resource
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from headcount.ble.decode import Decoder
from headcount.ble.scanner import BluetoothRadio
from headcount.clock import ManualClock
from headcount.core.dedupe import IdentifyRules
from headcount.core.model import Logged
from headcount.core.roster import Roster
from headcount.recorder import Recorder
from headcount.store.attendance_log import AttendanceLog

from .result import Result

PHONES = 2_000
ADVERTS = 1_000_000
LONG = 10_000_000
PER_SECOND = 2_000
"""Adverts in a second of the virtual clock: four times what one radio can receive."""
SLICE = 500

Heard = tuple[BLEDevice, AdvertisementData]


def crowd() -> list[Heard]:
    """What bleak hands over for each phone; half send a service UUID, half are iBeacons."""
    rng = random.Random(1)
    return [_phone(number, rng) for number in range(PHONES)]


def _phone(number: int, rng: random.Random) -> Heard:
    ident = uuid.UUID(bytes=rng.randbytes(16), version=4)
    service = number % 2 == 0
    data = AdvertisementData(
        local_name=None,
        manufacturer_data={} if service else {0x4C: b"\x02\x15" + ident.bytes + bytes(5)},
        service_data={},
        service_uuids=[str(ident)] if service else [],
        tx_power=None,
        rssi=-60,
        platform_data=(),
    )
    return BLEDevice(f"{number:012X}", None, None), data


class Ours:
    """The station's pipeline with a real log."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.written = 0
        self._log = AttendanceLog.open(
            folder / "attendance_log.jsonl",
            session="bench",
            on_durable=self._durable,
            on_trouble=lambda _error: None,
        )
        self.recorder = Recorder(
            log=self._log,
            clock=self.clock,
            roster=Roster(),
            rules=IdentifyRules(),
            scanner_id="bench",
        )
        radio = BluetoothRadio(Decoder(), self.clock, watch_bluez=False)
        radio._listener = self.recorder  # noqa: SLF001 - run() would ask for Bluetooth
        self.heard = radio._detected  # noqa: SLF001

    def _durable(self, logged: Sequence[Logged]) -> None:
        self.written += len(logged)

    def run(self, adverts: Iterator[Heard]) -> None:
        """Hear them all; the clock moves and the queue is emptied as the event loop would."""
        heard, drain, advance = self.heard, self.recorder.drain, self.clock.advance
        step = SLICE / PER_SECOND
        for number, (device, data) in enumerate(adverts, 1):
            heard(device, data)
            if number % SLICE == 0:
                drain()
                advance(step)
        drain()

    def close(self) -> None:
        assert self._log.close() == 0


class Naive:
    """The script that one writes first."""

    def __init__(self, folder: Path) -> None:
        self._seen: set[str] = set()
        self._path = folder / "naive.jsonl"

    def heard(self, _device: BLEDevice, data: AdvertisementData) -> None:
        apple = data.manufacturer_data.get(0x4C)
        if data.service_uuids:
            ident = data.service_uuids[0]
        elif apple and apple[:2] == b"\x02\x15":
            ident = str(uuid.UUID(bytes=apple[2:18]))
        else:
            return
        if ident not in self._seen:
            self._seen.add(ident)
            with self._path.open("a") as file:
                record = {"bleUuid": ident, "checkInTime": time.time(), "scannerId": "naive"}
                file.write(json.dumps(record) + "\n")

    def run(self, adverts: Iterator[Heard]) -> None:
        for device, data in adverts:
            self.heard(device, data)


def stream(phones: Sequence[Heard], count: int) -> Iterator[Heard]:
    """The phones in turns, shuffled once."""
    order = list(phones)
    random.Random(2).shuffle(order)
    for _ in range(count // len(order)):
        yield from order


async def measure() -> list[Result]:
    """Speed and memory of the pipeline."""
    phones = crowd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        naive, ours = Naive(folder), Ours(folder)
        peer = _rate(naive.run, phones)
        await asyncio.sleep(0)
        rate = _rate(ours.run, phones)
        before = _memory()
        ours.run(stream(phones, LONG))
        growth = _memory() - before
        ours.close()
    return [
        Result(
            "pipeline: decode, dedupe, log; 2,000 known phones",
            rate,
            "adverts/s",
            peer,
            "naive script",
            "100,000/s",
            rate >= 100_000,
        ),
        Result(
            "pipeline: memory growth over 10,000,000 adverts",
            growth / 2**20,
            "MiB",
            floor="flat (under 5 MiB)",
            holds=growth < 5 * 2**20,
        ),
        Result("pipeline: records written to the log", ours.written, "records"),
    ]


def _rate(run: object, phones: Sequence[Heard]) -> float:
    """Adverts a second: the best of three, on one core."""
    assert callable(run)
    rates = []
    for _ in range(3):
        gc.collect()
        begin = time.perf_counter()
        run(stream(phones, ADVERTS))
        rates.append(ADVERTS / (time.perf_counter() - begin))
    return max(rates)


def _memory() -> float:
    """Bytes of the process that are in memory now (proc(5)); elsewhere the peak."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()
