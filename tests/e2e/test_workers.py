"""`headcount serve --workers` on PostgreSQL, and the commands that work on such a database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url
from starlette.applications import Starlette
from tests.postgres import GUARDED, PASSWORD, Cluster

from headcount.bootstrap.server import GRACEFUL_SECONDS, listen, server_config
from headcount.bootstrap.workers import Supervisor

from .conftest import KEY, Station

WORKERS = 2
PEOPLE = [str(uuid.UUID(int=number + 1)) for number in range(300)]


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    """An empty database: the commands make its tables."""
    made = cluster.create()
    yield made
    cluster.drop(made)


@contextmanager
def serving(station: Station, url: str, exit_code: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Several workers on a free port; stopped in order at the end."""
    flags = ("--workers", str(WORKERS), "--port", "0", "--json", "--database-url", url)
    with station.start("serve", *flags) as process:
        assert process.stdout is not None
        station.environ["HEADCOUNT_BACKEND__URL"] = json.loads(process.stdout.readline())["url"]
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)
    assert process.returncode == exit_code, err
    assert "Traceback" not in err


def children(pid: int) -> set[int]:
    """The worker processes: those that listen to no pipe of the resource tracker."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in found if b"spawn_main" in _command(int(child))}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return b""


def wait_for(what: str, condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def batch(scanner: str, start: int) -> bytes:
    """Twenty people, of whom half are seen first by North and half by South."""
    records = [
        {
            "bleUuid": PEOPLE[n],
            "checkInTime": 1_753_000_000_000 + (n % 2 if scanner == "North" else 1 - n % 2),
            "scannerId": scanner,
        }
        for n in range(start, start + 20)
    ]
    return json.dumps({"eventId": "evening", "records": records}).encode()


def set_up(station: Station, url: str) -> None:
    people = station.folder / "people.csv"
    rows = [f"Person {n},person{n}@example.org,{ident}" for n, ident in enumerate(PEOPLE)]
    people.write_text("\n".join(["name,email,bleUuid", *rows]) + "\n", encoding="utf-8")
    times = ("--start", "2025-07-20T08:00", "--end", "2025-07-20T12:00", "--database-url", url)
    station.run("events", "create", "--id", "evening", "--name", "Evening", *times)
    station.run("users", "import", people, "--event", "evening", "--database-url", url)


def test_the_commands_work_on_postgresql(station: Station, url: str) -> None:
    set_up(station, url)
    assert len(station.json("users", "list", "--json", "--database-url", url)) == len(PEOPLE)
    (event,) = station.json("events", "list", "--json", "--database-url", url)
    assert event["id"] == "evening"
    named = ("--event", "evening", "--format", "json", "--database-url", url)
    (report,) = station.json("report", *named)
    assert len(report["people"]) == len(PEOPLE)
    assert not (station.data / "backend.sqlite3").exists()


def test_a_station_syncs_with_workers_on_postgresql(station: Station, url: str) -> None:
    station.environ["HEADCOUNT_SERVER__DATABASE_URL"] = url
    station.set_up_event(PEOPLE)
    simulated = ("--radio", "simulated", "--duration", "2")
    station.run("scan", "--no-ui", "--event", "evening", *simulated)
    with serving(station, url):
        first, second = (station.json("sync", "--no-ui", "--json")[0] for _ in range(2))
    assert (first["received"] > 0, first["refused"], second["received"]) == (True, [], 0)
    assert station.report()["totals"]["unknown"] == first["unknown"]


def test_two_scanners_at_once_through_workers_make_one_row_a_person(
    station: Station, url: str
) -> None:
    set_up(station, url)
    answers: list[httpx.Response] = []
    seen: list[int] = []

    def scan(scanner: str) -> None:
        base = station.environ["HEADCOUNT_BACKEND__URL"]
        headers = {"Authorization": f"Bearer {KEY}", "Connection": "close"}
        with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
            answers.extend(
                client.post("/batchCheckIn", content=batch(scanner, start))
                for start in range(0, len(PEOPLE), 20)
            )

    def watch() -> None:
        """The event's live list, by one of the workers, until everybody is on it."""
        address = f"{station.environ['HEADCOUNT_BACKEND__URL']}/live/attendance?eventId=evening"
        headers = {"Authorization": f"Bearer {KEY}"}
        with httpx.stream("GET", address, headers=headers, timeout=60) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    seen.append(len(json.loads(line.removeprefix("data: "))["page"]))
                    if seen[-1] == len(PEOPLE):
                        return

    with serving(station, url) as process:
        threads = [threading.Thread(target=scan, args=(name,)) for name in ["North", "South"] * 2]
        threads.append(threading.Thread(target=watch))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(children(process.pid)) == WORKERS
    assert {answer.status_code for answer in answers} == {200}
    assert (seen[-1], seen == sorted(seen)) == (len(PEOPLE), True)
    assert sum(answer.json()["checkedIn"] for answer in answers) == len(PEOPLE)
    assert len(answers) * 20 == 4 * len(PEOPLE)
    named = ("--event", "evening", "--format", "json", "--database-url", url)
    people = station.json("report", *named)[0]["people"]
    scanners = {person["name"]: person["scannerId"] for person in people}
    expected = {f"Person {n}": "South" if n % 2 else "North" for n in range(len(PEOPLE))}
    assert scanners == expected


def test_a_killed_worker_is_replaced_and_none_outlives_its_parent(
    station: Station, url: str
) -> None:
    stopped = serving(station, url, exit_code=-signal.SIGKILL)
    with httpx.Client(timeout=30) as health, stopped as process:
        base = station.environ["HEADCOUNT_BACKEND__URL"]
        assert health.get(f"{base}/health").status_code == 200
        wait_for("all workers", lambda: len(children(process.pid)) == WORKERS)
        before = children(process.pid)
        os.kill(min(before), signal.SIGKILL)
        wait_for("a new worker", lambda: len(children(process.pid) - before) == 1)
        wait_for("the dead one's end", lambda: len(children(process.pid)) == WORKERS)
        assert health.get(f"{base}/health").status_code == 200
        left = children(process.pid)
        process.kill()
        wait_for("their end", lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


@pytest.fixture
def signals_as_before() -> Iterator[None]:
    """A supervisor listens to signals of the process that makes it."""
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}
    yield
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


@pytest.mark.usefixtures("signals_as_before")
def test_a_worker_that_dies_while_it_is_asked_is_replaced_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(listen("127.0.0.1", 0)) as sock, ExitStack() as at_the_end:
        supervisor = Supervisor(server_config(Starlette, workers=2), sockets=[sock])
        at_the_end.callback(supervisor.join_all)
        at_the_end.callback(supervisor.terminate_all)
        supervisor.init_processes()
        first, second = supervisor.processes

        def found_alive_and_then_killed() -> bool:
            os.kill(first.process.pid or 0, signal.SIGKILL)
            os.waitid(os.P_PID, first.process.pid or 0, os.WEXITED | os.WNOWAIT)
            return True

        monkeypatch.setattr(first.process, "is_alive", found_alive_and_then_killed)
        supervisor.keep_subprocess_alive()  # or it would wait for STUCK_SECONDS
        assert first.exitcode == -signal.SIGKILL
        assert supervisor.processes[0].is_alive()
        assert supervisor.processes[1] is second


def test_workers_that_stop_end_their_streams_at_once(station: Station, url: str) -> None:
    set_up(station, url)
    headers = {"Authorization": f"Bearer {KEY}"}
    with serving(station, url) as process:
        address = f"{station.environ['HEADCOUNT_BACKEND__URL']}/live/events"
        with httpx.stream("GET", address, headers=headers, timeout=60) as answer:
            lines = answer.iter_lines()
            assert next(lines) == "retry: 2000"
            begin = time.monotonic()
            process.send_signal(signal.SIGTERM)
            for _ in lines:  # to its end
                pass
        process.wait(timeout=60)
        assert time.monotonic() - begin < GRACEFUL_SECONDS


def test_sqlite_has_one_process(station: Station) -> None:
    run = station.run("serve", "--workers", "2", "--port", "0", exit_code=2)
    assert "SQLite has one writer" in run.stderr
    assert "PostgreSQL" in run.stderr


def test_a_wrong_password_is_said_without_it(station: Station, cluster: Cluster, url: str) -> None:
    guarded = url.replace("postgres@", f"{GUARDED}:wrong-{PASSWORD}@")
    run = station.run("events", "list", "--database-url", guarded, exit_code=1)
    assert "password authentication failed" in run.stderr
    assert "PGPASSWORD" in run.stderr
    assert PASSWORD not in run.stdout + run.stderr
    station.environ["PGPASSWORD"] = PASSWORD
    known = url.replace("postgres@", f"{GUARDED}@")
    cluster.execute("ALTER DATABASE {} OWNER TO {}", str(make_url(url).database), GUARDED)
    station.run("events", "list", "--database-url", known)


def test_a_database_that_is_away_is_said(station: Station, tmp_path: Path) -> None:
    away = f"postgresql://somebody:{PASSWORD}@/headcount?host={tmp_path}"
    run = station.run("serve", "--port", "0", "--database-url", away, exit_code=1)
    assert "can't be reached" in run.stderr
    assert PASSWORD not in run.stdout + run.stderr
