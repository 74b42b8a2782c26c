"""kill -9 of the server while batches come in: each is whole or absent; a retry completes it."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections import Counter
from contextlib import closing

import httpx
import pytest

from headcount.core.backend import NewEvent, PersonRow
from headcount.store.server import open_store

from .conftest import KEY, Station

pytestmark = pytest.mark.kill

KILLS = 6
RECORDS = 2_000
"""In one batch: it takes some hundredths of a second, so that most kills fall into one."""
OWNED = 500
"""Of each batch; the others are unknown badges."""
PATIENCE = 60


class Killed:
    """`headcount serve` on one port, killed and started again."""

    def __init__(self, station: Station, url: str) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self._station, self._url = station, url
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        flags = ("--json", "--port", str(self.port), "--database-url", self._url)
        process = self._station.start("serve", *flags)
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["type"] == "ready"
        return process

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()
        assert self._process.returncode == -signal.SIGKILL

    def restart(self) -> None:
        self._process = self._start()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=PATIENCE)


def batch(number: int) -> bytes:
    """The same badges in each batch, by a scanner of its own: every batch makes new sightings."""
    records = [
        {"bleUuid": str(uuid.UUID(int=n + 1)), "checkInTime": 1_000 + n, "scannerId": f"S{number}"}
        for n in range(RECORDS)
    ]
    return json.dumps({"eventId": "E", "records": records}).encode()


class Client:
    """Sends one batch after the other, each until it is acknowledged."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/batchCheckIn"
        self.enough = threading.Event()
        self.acknowledged: list[int] = []
        self.broken = 0

    def run(self) -> None:
        with httpx.Client(headers={"Authorization": f"Bearer {KEY}"}, timeout=PATIENCE) as http:
            while not self.enough.is_set():
                number = len(self.acknowledged)
                self._send(http, batch(number))
                self.acknowledged.append(number)

    def _send(self, http: httpx.Client, data: bytes) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = http.post(self._url, content=data)
            except httpx.TransportError:
                self.broken += 1
                time.sleep(0.02)
            else:
                assert answer.status_code == 200, answer.text
                return
        raise TimeoutError


def stored(url: str) -> tuple[Counter[str], int]:
    """Sightings by scanner, and people checked in."""
    with closing(open_store(url)) as store, store._database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT n.name, count(*) FROM sightings s JOIN scanners n ON n.id = s.scanner_id"
            " GROUP BY n.name"
        )
        people = connection.exec_driver_sql("SELECT count(*) FROM attendance").scalar_one()
        return Counter({name: count for name, count in rows}), people  # noqa: C416 - rows, no pairs


def test_each_batch_is_whole_or_absent_and_a_retry_completes_it(
    station: Station, database_url: str
) -> None:
    with closing(open_store(database_url)) as store:
        store.create_event(NewEvent("Class", 0, 9_000, id="E"), now_ms=0)
        owners = [PersonRow(n, f"P{n}", "", str(uuid.UUID(int=n + 1))) for n in range(OWNED)]
        store.import_people(owners, event_id="E", now_ms=0)
    moments, server = random.Random(5), Killed(station, database_url)
    client = Client(server.port)
    sending = threading.Thread(target=client.run)
    sending.start()
    try:
        for _ in range(KILLS):
            time.sleep(moments.uniform(0.05, 0.4))
            before = len(client.acknowledged)
            server.kill()
            found, people = stored(database_url)
            assert set(found.values()) <= {RECORDS}, found
            assert len(found) >= before, "acknowledged, and lost"
            assert people == (OWNED if found else 0)
            server.restart()
    finally:
        client.enough.set()
        sending.join()
        server.stop()
    found, _ = stored(database_url)
    assert found == {f"S{number}": RECORDS for number in client.acknowledged}
    assert client.broken >= KILLS
