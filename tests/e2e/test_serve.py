"""`headcount serve`: it stops without breaking off what runs, and its log is for programs too."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import KEY, TIMEOUT, Station

from headcount.bootstrap.paths import default_database
from headcount.config import Config
from headcount.store.server.filelock import FileLock

BADGE = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"


def database(station: Station) -> Path:
    return default_database(Config(data_dir=str(station.data)))


def wait_until_refused(url: httpx.URL) -> None:
    """Until nobody listens any more: the server has begun to stop."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        try:
            socket.create_connection((url.host, url.port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.02)
    pytest.fail("the server still listens")


def test_a_batch_that_runs_when_the_server_is_stopped_is_finished_and_stored(
    station: Station,
) -> None:
    answers: list[httpx.Response] = []
    headers = {"Authorization": f"Bearer {KEY}"}
    record = {"bleUuid": BADGE, "checkInTime": 1_753_000_000_000, "scannerId": "Door"}
    body = {"eventId": "evening", "records": [record]}
    with station.backend() as server:
        url = station.environ["HEADCOUNT_BACKEND__URL"]
        station.environ["HEADCOUNT_SERVER__DATABASE_URL"] = f"sqlite:///{database(station)}"
        station.set_up_event([BADGE])

        def post() -> None:
            answers.append(
                httpx.post(f"{url}/batchCheckIn", json=body, headers=headers, timeout=TIMEOUT)
            )

        lock = database(station)
        with FileLock(lock.with_name(lock.name + ".lock")):  # the batch has to wait for us
            sender = threading.Thread(target=post)
            sender.start()
            counted = 'headcount_requests_in_progress{route="/batchCheckIn"} 1.0'
            while counted not in httpx.get(f"{url}/metrics", headers=headers).text:
                time.sleep(0.02)
            server.send_signal(signal.SIGTERM)
            wait_until_refused(httpx.URL(url))
            assert answers == []
        sender.join()
    assert answers[0].status_code == 200
    assert answers[0].json()["checkedIn"] == 1
    with station.backend():
        assert station.report()["checkedIn"] == 1


def test_the_log_as_json_has_a_line_for_each_request_and_nobodys_business(
    station: Station,
) -> None:
    station.environ["HEADCOUNT_SERVER__LOG_JSON"] = "true"
    with station.start("serve", "--port", "0", "--json") as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        for path in ("/events/canary-event/report", "/live/users?token=canary-token", "/canary"):
            headers = {"Authorization": f"Bearer {KEY}", "X-Request-Id": "canary-free-id"}
            httpx.get(url + path, headers=headers, timeout=TIMEOUT)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=TIMEOUT)
    lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    told = [(each["method"], each["route"], each["status"]) for each in lines if "route" in each]
    assert told == [
        ("GET", "/events/{event_id}/report", 404),
        ("GET", "/live/{query}", 401),
        ("GET", "unknown", 404),
    ]
    assert {each["requestId"] for each in lines if "route" in each} == {"canary-free-id"}
    assert all(isinstance(each["ms"], int) for each in lines if "route" in each)
    assert not {"canary-event", "canary-token", "/canary", KEY} & set(err.split())
    assert err.count("canary") == 3  # our own request id, once a line
