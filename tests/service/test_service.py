"""A scan under a service manager: one real process, watched as systemd and Prometheus would."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.conftest import TIMEOUT, Station, station
from tests.test_docs import free_port

__all__ = ["station"]


def ask(port: int, path: str, host: str = "") -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if host:
        request.add_header("Host", host)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """A test that fails leaves no scan behind."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.kill()


def wait_for(manager: socket.socket, wanted: str) -> list[str]:
    """What was told up to `wanted`."""
    told: list[str] = []
    while wanted not in told:
        told += manager.recv(4096).decode().splitlines()
    return told


def test_a_service(station: Station) -> None:
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="hc-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
    ):
        manager.bind(str(Path(folder) / "notify"))
        manager.settimeout(TIMEOUT)
        station.environ |= {
            "NOTIFY_SOCKET": manager.getsockname(),
            "WATCHDOG_USEC": "300000",
            "HEADCOUNT_STATION__METRICS_PORT": str(port),
            "HEADCOUNT_IDENTIFY__MIN_HITS": "1",
        }
        with (
            station.start("scan", "--event", "evening", "--radio", "simulated") as process,
            ended(process),
        ):
            wait_for(manager, "READY=1")
            wait_for(manager, "WATCHDOG=1")
            wait_for(manager, "WATCHDOG=1")
            status, health = ask(port, "/healthz")
            metrics = ask(port, "/metrics")[1]
            stranger = ask(port, "/metrics", host=f"rebound.example.org:{port}")[0]
            nothing = ask(port, "/")[0]
            process.send_signal(signal.SIGTERM)
            assert "STOPPING=1" in wait_for(manager, "STOPPING=1")
            out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, err) == (0, "")
    assert (status, json.loads(health)["hearing"]) == (200, "hears")
    assert 'headcount_station_hearing{state="hears"} 1.0' in metrics
    assert (stranger, nothing) == (403, 404)
    lines = [(line[:3], json.loads(line[3:])) for line in out.splitlines()]
    assert [(priority, each["type"]) for priority, each in lines] == [
        ("<6>", "started"),
        ("<6>", "hearing"),
        ("<6>", "stopped"),
    ]
    assert lines[-1][1]["records"] == len(station.log().read_text().splitlines())
