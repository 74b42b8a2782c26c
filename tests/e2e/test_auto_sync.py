"""`sync.automatic`: the station sends while it scans, whenever the backend answers."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from headcount.bootstrap.auto_sync import LONGEST_PAUSE, pause_seconds

from .conftest import Station


@contextmanager
def scanning(station: Station) -> Iterator[Iterator[dict[str, Any]]]:
    """A scan that sends in the background; what it tells, until it is told to stop."""
    station.environ |= {
        "HEADCOUNT_SYNC__AUTOMATIC": "true",
        "HEADCOUNT_SYNC__INTERVAL_SECONDS": "0.2",
    }
    crowd = ("--radio", "simulated", "--phones", "40", "--duration", "30")
    args = ("scan", "--event", "evening", *crowd, "--json")
    with station.start(*args) as scan:
        guard = threading.Timer(60, scan.kill)
        guard.start()
        assert scan.stdout is not None
        try:
            yield (json.loads(line) for line in scan.stdout)
        finally:
            guard.cancel()
            stop(scan)


def stop(scan: subprocess.Popen[str]) -> None:
    scan.send_signal(signal.SIGTERM)
    _, err = scan.communicate(timeout=60)
    assert scan.returncode == 0, err
    assert "Traceback" not in err


def first(told: Iterator[dict[str, Any]], **wanted: object) -> dict[str, Any]:
    return next(item for item in told if wanted.items() <= item.items())


@pytest.fixture
def event(station: Station) -> Station:
    station.set_up_event([])
    return station


def test_records_are_sent_while_scanning_and_nothing_is_left(event: Station) -> None:
    with event.backend():
        with scanning(event) as told:
            assert first(told, type="sync", state="online")["records"] > 0
        records = len(event.log().read_bytes().splitlines())
        assert event.json("sync", "--json", "--event", "evening")[0]["received"] == 0
        assert records > 0


def test_a_backend_that_comes_back_gets_everything(event: Station) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = str(sock.getsockname()[1])
    event.environ["HEADCOUNT_SERVER__PORT"] = port
    event.environ["HEADCOUNT_BACKEND__URL"] = f"http://127.0.0.1:{port}"
    with scanning(event) as told:
        first(told, type="sync", state="offline")
        with event.start("serve", "--port", port, "--json") as server:
            assert first(told, type="sync", state="online")["records"] > 0
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)


def test_a_refused_key_pauses_the_sync_and_not_the_scan(event: Station) -> None:
    with event.backend():
        event.environ["SCANNER_API_KEY"] = "another"
        with scanning(event) as told:
            paused = first(told, type="sync", state="paused")
            assert "key" in paused["message"] + paused["remedy"]
            first(told, type="arrival")


@pytest.mark.parametrize(("failures", "pause"), [(0, 60), (1, 120), (3, 480), (50, LONGEST_PAUSE)])
def test_pauses_grow_without_a_network(failures: int, pause: float) -> None:
    assert pause_seconds(60, failures) == pause


def test_a_longer_interval_is_kept() -> None:
    assert pause_seconds(3600, 4) == 3600
