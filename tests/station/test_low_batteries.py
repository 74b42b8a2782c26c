"""A beacon's low battery, from the air to the health screen and the end of `scan --json`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from headcount.ble.battery import BATTERY_SERVICE
from headcount.ble.decode import Decoder
from headcount.bootstrap.health import _radio
from headcount.bootstrap.paths import log_path, make_data_dir, state_dir
from headcount.bootstrap.scan import ScanRun
from headcount.cli.scan_output import JsonPrinter, Printer
from headcount.clock import ManualClock
from headcount.config.sections import AnswerBack, Config, Identify
from headcount.core.identity import to_bytes
from headcount.core.model import Frame, Person
from headcount.core.ports import RadioCounters, RadioListener
from headcount.core.pulse import Pulse
from headcount.store.station import StationStore

ADAS, FRESH, STRANGER = (f"0000000{n}-0000-4000-8000-000000000000" for n in (1, 2, 3))


class Beacons:
    """Ada's beacon is nearly flat, Bo's is not, and a stranger's is, but it is far away."""

    def __init__(self, clock: ManualClock) -> None:
        self._decoder = Decoder()
        self._clock = clock
        self.played = asyncio.Event()

    async def run(self, listener: RadioListener) -> None:
        for badge, rssi, percent in ((ADAS, -50, 7), (FRESH, -50, 90), (STRANGER, -95, 3)):
            ibeacon = {0x4C: b"\x02\x15" + to_bytes(badge) + bytes(5)}
            data = {BATTERY_SERVICE: bytes([percent])}
            frame = Frame(badge[:8], rssi, self._clock.now().mono, (), ibeacon, data)
            for advertisement in self._decoder.decode(frame):
                listener.advertisement(advertisement)
        self.played.set()
        await asyncio.Event().wait()

    def counters(self) -> RadioCounters:
        return self._decoder

    def trouble(self) -> str:
        return ""


async def test_who_should_change_a_battery(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = AnswerBack(enabled=True)
    config = Config(data_dir=str(tmp_path), identify=Identify(min_hits=1), answer_back=wanted)
    make_data_dir(config)
    members = [(Person("1", "Ada"), (ADAS,)), (Person("2", "Bo"), (FRESH,))]
    StationStore(state_dir(config)).save_roster("e", members, 1)
    clock = ManualClock()
    run, radio, stop = ScanRun(config, "e", clock=clock), Beacons(clock), asyncio.Event()
    task = asyncio.create_task(
        run.run(lambda *_: radio, stop=stop, on_started=lambda _: None, on_news=lambda _: None)
    )
    async with asyncio.timeout(10):
        await radio.played.wait()
    pulse = run.pulse()
    stop.set()
    summary = await asyncio.wait_for(task, 10)
    assert isinstance(pulse, Pulse)
    assert pulse.answer_back == ""  # no real phones: the beacon must not say that any was counted
    facts = [(each.what, each.words, each.good) for each in _radio(config, "bluetooth", pulse)]
    assert ("Battery low", "Ada: 7 %", False) in facts
    assert sum(what == "Battery low" for what, *_ in facts) == 1
    Printer().summary(summary)
    assert "Battery low: Ada (7 %)." in capsys.readouterr().err
    JsonPrinter().summary(summary)
    stopped = json.loads(capsys.readouterr().out)
    assert stopped["lowBatteries"] == [{"bleUuid": ADAS, "percent": 7}]
    assert "percent" not in log_path(config, "e").read_text()  # nothing of it is stored
