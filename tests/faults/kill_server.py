"""`headcount serve`, killed again and again while a client sends it batches."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from headcount.core.backend import NewEvent, PersonRow
from headcount.store.server import open_store

KEY = "torture-scanner-key"
RECORDS = 2_000
"""In one batch: it takes some hundredths of a second, so that most kills fall into one."""
OWNED = 500
"""Of each batch; the others are unknown badges."""
PATIENCE = 120
UNDISTURBED = 3
"""Of so many kills one comes after a batch was acknowledged: a slow machine gets on, too."""


@dataclass(slots=True)
class Seen:
    """What must not happen, counted; and how much was tried."""

    kills: int = 0
    acknowledged: int = 0
    broken: int = 0
    """Tries without an answer, because of a kill or while the server was not up again."""
    halves: int = 0
    """Batches of which a part was there after a kill."""
    lost: int = 0
    """Batches that had been acknowledged, and were not there after a kill or at the end."""
    wrong: int = 0
    """Times that the people checked in were not the batches', or a batch was there twice."""

    @property
    def bad(self) -> int:
        return self.halves + self.lost + self.wrong


class Killed:
    """`headcount serve` on one port, killed and started again."""

    def __init__(self, folder: Path, url: str) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self._folder, self._url = folder, url
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        flags = ("--json", "--port", str(self.port), "--database-url", self._url)
        environ = {**os.environ, "HEADCOUNT_DATA_DIR": str(self._folder), "SCANNER_API_KEY": KEY}
        process = subprocess.Popen(
            [sys.executable, "-m", "headcount", "serve", *flags],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
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

    def wait_for_one_more(self) -> None:
        """Wait until another batch is acknowledged."""
        before, deadline = len(self.acknowledged), time.monotonic() + PATIENCE
        while len(self.acknowledged) == before:
            assert time.monotonic() < deadline
            time.sleep(0.01)

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


def set_up(url: str) -> None:
    """The event, and the people who own some of the badges."""
    with closing(open_store(url)) as store:
        store.create_event(NewEvent("Class", 0, 9_000, id="E"), now_ms=0)
        owners = [PersonRow(n, f"P{n}", "", str(uuid.UUID(int=n + 1))) for n in range(OWNED)]
        store.import_people(owners, event_id="E", now_ms=0)


def kill_server(folder: Path, url: str, kills: int) -> Seen:
    """Kill it so often, at random moments; after each kill look at what the database holds."""
    set_up(url)
    moments, server, seen = random.Random(5), Killed(folder, url), Seen()
    client = Client(server.port)
    sending = threading.Thread(target=client.run)
    sending.start()
    try:
        for turn in range(kills):
            if turn % UNDISTURBED == 0:
                client.wait_for_one_more()
            time.sleep(moments.uniform(0.05, 0.4))
            before = len(client.acknowledged)
            server.kill()
            _look(seen, *stored(url), range(before))
            server.restart()
    finally:
        client.enough.set()
        sending.join()
        server.stop()
    _look(seen, *stored(url), client.acknowledged)
    seen.kills, seen.acknowledged, seen.broken = kills, len(client.acknowledged), client.broken
    return seen


def _look(seen: Seen, found: Counter[str], people: int, acknowledged: Iterable[int]) -> None:
    seen.halves += sum(count < RECORDS for count in found.values())
    seen.lost += len({f"S{number}" for number in acknowledged} - found.keys())
    seen.wrong += any(count > RECORDS for count in found.values())
    seen.wrong += people != (OWNED if found else 0)
