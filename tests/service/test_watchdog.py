"""The watchdog is fed while the radio hears or is known to recover, and systemd is told."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from headcount.bootstrap.service.notify import Notifier
from headcount.bootstrap.service.voice import WAITING, Voice
from headcount.clock import ManualClock
from headcount.core.model import Hearing, HearingChanged
from headcount.core.news import SettingChange, SettingsPushed
from headcount.core.watchdog import DEAF_LIMIT, MARGIN, Watchdog

ALARM = 30.0
STARTING, HEARS, SILENT, DEAF = Hearing


def change(state: Hearing, retry_in: float | None = None) -> HearingChanged:
    return HearingChanged(state, 0.0, f"It is {state}.\nTruly.", retry_in=retry_in)


@pytest.mark.parametrize(
    ("told", "lasts"),
    [
        ([], ALARM + MARGIN),
        ([(0, change(STARTING))], ALARM + MARGIN),
        ([(5, change(HEARS))], 5 + ALARM + MARGIN),
        ([(5, change(SILENT, 60))], 5 + 60 + MARGIN),
        ([(5, change(SILENT, 900))], 5 + 900 + MARGIN),
        ([(5, change(DEAF, 1))], 5 + 1 + MARGIN),
        ([(n, change(DEAF, 60)) for n in range(0, 900, 50)], DEAF_LIMIT),
        ([(0, change(DEAF, 60)), (500, change(STARTING)), (590, change(DEAF, 60))], DEAF_LIMIT),
        ([(0, change(DEAF, 60)), (590, change(HEARS)), (595, change(DEAF, 9))], 595 + 9 + MARGIN),
    ],
)
def test_how_long_a_promise_is_trusted(
    told: list[tuple[float, HearingChanged]], lasts: float
) -> None:
    watchdog = Watchdog(0, silence_alarm=ALARM)
    for now, what in told:
        watchdog.told(what, now)
    assert watchdog.well(lasts)
    assert not watchdog.well(lasts + 0.1)


def test_frames_keep_it_well_only_while_it_hears() -> None:
    watchdog = Watchdog(0, silence_alarm=ALARM)
    watchdog.told(change(HEARS), 0)
    watchdog.counted(10, 1000)
    assert watchdog.well(1000 + ALARM + MARGIN)
    watchdog.counted(10, 1050)
    assert not watchdog.well(1000 + ALARM + MARGIN + 1)
    watchdog.told(change(DEAF, 1), 2000)
    watchdog.counted(20, 2010)
    assert not watchdog.well(2000 + 1 + MARGIN + 1)


@pytest.fixture
def systemd() -> Iterator[socket.socket]:
    """Systemd's end of the socket."""
    with (
        tempfile.TemporaryDirectory(prefix="hc-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock,
    ):
        sock.bind(str(Path(folder) / "notify"))
        sock.setblocking(False)
        yield sock


def received(sock: socket.socket) -> list[str]:
    messages = []
    while True:
        try:
            messages += sock.recv(4096).decode().splitlines()
        except BlockingIOError:
            return messages


async def test_a_stuck_radio_is_not_covered_up(systemd: socket.socket) -> None:
    environ = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "60000000"}
    clock = ManualClock()
    voice = Voice(Notifier(environ), clock, lambda: 0, silence_alarm=ALARM)
    async with voice.speaking():
        voice.news(change(DEAF, 1))
        await asyncio.sleep(0)
        assert received(systemd) == ["READY=1", "STATUS=It is deaf. Truly.", "WATCHDOG=1"]
        fed = 0
        for _ in range(10):
            clock.advance(20)
            for _ in range(3):
                await asyncio.sleep(0)
            fed += received(systemd).count("WATCHDOG=1")
        assert fed == 3  # for 61 seconds
        voice.news(change(HEARS))
        clock.advance(20)
        await asyncio.sleep(0)
        assert received(systemd) == ["STATUS=It is hears. Truly.", "WATCHDOG=1"]
    assert received(systemd)[0] == "STOPPING=1"


async def test_settings_that_wait_are_told_to_whoever_asks_for_the_status(
    systemd: socket.socket,
) -> None:
    voice = Voice(
        Notifier({"NOTIFY_SOCKET": systemd.getsockname()}),
        ManualClock(),
        lambda: 0,
        silence_alarm=ALARM,
    )
    new = SettingsPushed((SettingChange("identify.min_rssi", "-80", "-75"),), (), False, 1)
    voice.news(new)
    assert received(systemd) == []  # not ready before the radio is
    voice.news(change(HEARS))
    assert received(systemd) == ["READY=1", f"STATUS=It is hears. Truly. {WAITING}"]
    voice.news(replace(new, in_force=True))
    assert received(systemd) == []
    voice.news(replace(new, changes=()))  # taken back
    assert received(systemd) == ["STATUS=It is hears. Truly."]
    voice.news(new)
    voice.news(change(SILENT))
    assert [each.endswith(WAITING) for each in received(systemd)] == [True, True]


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/notify", "@headcount-nobody"])
def test_a_service_goes_on_without_systemd(address: str) -> None:
    Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "x"}).tell("READY=1")
