"""The headless station: from the command to the first advert on the disk's way, and its memory.

A real process, a private D-Bus and the fake BlueZ: a phone sends ten times a second, and the run is
at its goal when the daemon has been asked to scan and the first arrival is printed. One hit counts,
so that the wait for a second one is not in the figure.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.ble.fake_bluez import FakeBlueZ, PrivateBus, phones

from .result import Result

STARTS = 7
PHONES = 200
SETTLED = 3.0
"""Seconds of 200 phones before memory is read."""
COLD_SECONDS = 1.5
MEMORY_MIB = 80


def measure() -> Iterator[Result]:
    with PrivateBus() as bus, FakeBlueZ(bus.address) as bluez:
        bluez.broadcast(phones(PHONES), interval=0.1)
        runs = [_start(bus.address) for _ in range(STARTS)]
    seconds = statistics.median(begun for begun, _ in runs)
    memory = max(mib for _, mib in runs)
    yield Result(
        "Station without a screen: command to first advert",
        seconds,
        "s",
        floor=f"{COLD_SECONDS} s",
        holds=seconds < COLD_SECONDS,
    )
    yield Result(
        "Station without a screen: resident memory",
        memory,
        "MiB",
        floor=f"{MEMORY_MIB} MiB",
        holds=memory < MEMORY_MIB,
    )


def _start(bus: str) -> tuple[float, float]:
    """Seconds to the first arrival, and MiB resident after some seconds of 200 phones."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "HEADCOUNT_DATA_DIR": folder,
            "HEADCOUNT_IDENTIFY__MIN_HITS": "1",
            "DBUS_SYSTEM_BUS_ADDRESS": bus,
        }
        command = [sys.executable, "-m", "headcount", "scan", "--event", "bench", "--json"]
        begin = time.perf_counter()
        with subprocess.Popen(
            command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            kinds = (json.loads(line)["type"] for line in process.stdout)
            assert "arrival" in kinds
            seconds = time.perf_counter() - begin
            time.sleep(SETTLED)
            memory = _resident_mib(process.pid)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
    return seconds, memory


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    for each in measure():
        print(each.line())
