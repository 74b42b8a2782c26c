"""The backend and the client on a hostile network: a real server process, real sockets."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.conftest import serve
from tests.api.test_hostile_bodies import gzip_bomb, lying, zstd_bomb
from tests.e2e.conftest import KEY, Station

from headcount.api.app import create_app
from headcount.clock import ManualClock
from headcount.core.backend import NewEvent
from headcount.store.server import open_store

from .backend import Answer, ask, connect, head, peak_mib, post, send
from .hostile import BADGE, NOW

MIB = 1 << 20
GROWTH = 20
"""MiB that a hostile body may cost."""
QUICK = 5.0
"""Seconds, on a loaded machine; alone each takes less than 0.2."""

RECORD = {"bleUuid": BADGE % 1, "checkInTime": NOW, "scannerId": "door"}
BATCH = json.dumps({"eventId": "evening", "records": [RECORD]}).encode()
DEEP = b'{"eventId":"evening","records":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.fixture
def backend(station: Station) -> Iterator[subprocess.Popen[str]]:
    """`headcount serve` with an event; it has answered a batch, so that everything is imported."""
    station.set_up_event([BADGE % 1])
    with station.backend() as process:
        assert post(station, BATCH).status == 200
        yield process


def test_hostile_bodies_cost_a_real_server_little_memory_and_time(
    station: Station, backend: subprocess.Popen[str]
) -> None:
    before = peak_mib(backend.pid)
    bodies = {
        "gzip": (gzip_bomb(100 * MIB), {"Content_Encoding": "gzip"}),
        "gzip-lying": (lying(gzip_bomb(100 * MIB)), {"Content_Encoding": "gzip"}),
        "zstd": (zstd_bomb(100 * MIB), {"Content_Encoding": "zstd"}),
        "depth": (DEEP, {}),
        "100 MB": (bytes(100 * MIB), {}),
    }
    answers: dict[str, tuple[int, str]] = {}
    for name, (body, headers) in bodies.items():
        start = time.monotonic()
        answer = post(station, body, **headers)
        assert time.monotonic() - start < QUICK, name
        answers[name] = (answer.status, json.loads(answer.body)["code"])
    assert answers == {
        "gzip": (413, "BODY_TOO_LARGE"),
        "gzip-lying": (413, "BODY_TOO_LARGE"),
        "zstd": (413, "BODY_TOO_LARGE"),
        "depth": (400, "BODY_NOT_JSON"),
        "100 MB": (413, "BODY_TOO_LARGE"),
    }
    assert peak_mib(backend.pid) - before < GROWTH
    assert post(station, BATCH).status == 200


def test_without_the_key_no_byte_of_a_body_is_kept(
    station: Station, backend: subprocess.Popen[str]
) -> None:
    before = peak_mib(backend.pid)
    answer = post(station, bytes(60 * MIB), key="wrong")
    assert (answer.status, json.loads(answer.body)["code"]) == (403, "SCANNER_KEY_REFUSED")
    assert peak_mib(backend.pid) - before < GROWTH


def test_bodies_that_never_end_hold_nobody_up(
    station: Station, backend: subprocess.Popen[str]
) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(100):
            slow = stack.enter_context(connect(station))
            request = head("POST", "/batchCheckIn", Content_Length=MIB)
            send(slow, request[: 40 + number] if number % 2 else request + b'{"eventId":')
        start = time.monotonic()
        assert post(station, BATCH).status == 200
        assert ask(station, head("GET", "/health")).status == 200
        assert time.monotonic() - start < QUICK


def tell(answer: Answer) -> tuple[int, str, tuple[str, ...]]:
    """All that an attacker can compare, but for the request's id and the time of day."""
    names = tuple(sorted(answer.headers.keys() - {"date", "x-request-id"}))
    return answer.status, answer.body, names


@pytest.mark.parametrize(
    ("method", "path", "expected"), [("POST", "/batchCheckIn", 403), ("GET", "/users", 401)]
)
def test_a_hundred_wrong_keys_get_one_and_the_same_answer(
    station: Station, backend: subprocess.Popen[str], method: str, path: str, expected: int
) -> None:
    guesses = [KEY[:n] for n in range(1, len(KEY))] + [KEY + "x", KEY.upper(), "schlüssel"]
    guesses += [f"guess-{n}" for n in range(100 - len(guesses))]
    seen = {
        tell(ask(station, head(method, path, key=guess, Content_Length=0))) for guess in guesses
    }
    assert len(guesses) == 100
    assert len(seen) == 1
    assert seen.pop()[0] == expected
    assert post(station, BATCH).status == 200


INJECTED = "X-Injected"


@pytest.mark.parametrize(
    "path",
    [
        "/events/e%0d%0aX-Injected:%201",
        "/events/..%2f..%2f..%2fetc%2fpasswd",
        "/events/../../../../etc/passwd",
        "/events/%00",
        "/events/';DROP%20TABLE%20users;--/report",
        "/events/evening'%20OR%20'1'='1",
        "/events/%ed%a0%80",
        "/events/" + "x" * 60_000,
        "/users?limit=1%0d%0aX-Injected:%201",
        "/users?cursor=';DROP%20TABLE%20users;--",
        "/%2e%2e/%2e%2e/backend.sqlite3",
        "/backend.sqlite3",
        "//etc/passwd",
    ],
)
def test_paths_reach_no_file_no_header_and_no_database(
    station: Station, backend: subprocess.Popen[str], path: str
) -> None:
    answer = ask(station, head("GET", path))
    assert 400 <= answer.status < 500
    assert INJECTED.lower() not in answer.headers
    assert "root:" not in answer.body
    assert post(station, BATCH).status == 200


@pytest.mark.parametrize("given", ["a\x1b[2Jbbbbbbbb", "x" * 65, "<script>alert(1)</script>"])
def test_a_callers_header_comes_back_only_when_harmless(
    station: Station, backend: subprocess.Popen[str], given: str
) -> None:
    request = head("GET", "/health", X_Request_Id=given, X_Forwarded_Host="evil.example")
    answer = ask(station, request)
    assert given not in answer.headers.get("x-request-id", "")
    assert "evil.example" not in str(answer)


SQL = "x'); DROP TABLE users; DELETE FROM attendance; --"


def test_sql_in_ids_and_names_is_only_text(station: Station) -> None:
    station.set_up_event([BADGE % 1])
    people = station.folder / "sql.csv"
    people.write_text(f'name,email,bleUuid\n"{SQL}","sql\'--@x",{BADGE % 2}\n', encoding="utf-8")
    station.run("users", "import", people, "--event", "evening")
    bad = [{"eventId": SQL, "records": []}, {"eventId": "evening' OR 1=1 --", "records": []}]
    with station.backend():
        for document in bad:
            assert post(station, json.dumps(document).encode()).status == 404
        record = RECORD | {"scannerId": SQL, "bleUuid": BADGE % 2, "id": SQL, "kind": "sighting"}
        session = {"id": SQL, "scannerId": SQL, "startedAt": NOW, "coveredUntil": NOW}
        batch = {"eventId": "evening", "records": [record, RECORD], "sessions": [session]}
        answer = post(station, json.dumps(batch).encode())
        assert json.loads(answer.body)["checkedIn"] == 2
        names = {person["name"]: person["scannerId"] for person in station.report()["people"]}
    assert names == {"Person 0": "door", SQL: SQL}


class Proxy:
    """Counts who connects."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.asked = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.asked += 1
                connection.close()


def test_proxies_and_netrc_of_the_environment_are_not_used(
    station: Station, backend: subprocess.Popen[str]
) -> None:
    proxy = Proxy()
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        station.environ[name] = proxy.url
    netrc = station.folder / ".netrc"
    netrc.write_text("machine 127.0.0.1 login x password wrong\n", encoding="utf-8")
    netrc.chmod(0o600)
    assert station.report()["checkedIn"] == 1
    assert proxy.asked == 0


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 only, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the Debian package openssl")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    request = "req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
    names = ["-subj", "/CN=headcount", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(cert), "-keyout", str(key)]
    subprocess.run([openssl, *request.split(), *names, *files], check=True, capture_output=True)
    return cert, key


def test_a_private_authority_is_refused_then_accepted_with_its_file(
    station: Station, tmp_path: Path, authority: tuple[Path, Path]
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'tls.db'}")
    store.create_event(NewEvent("Evening", NOW, NOW + 1, id="evening"), now_ms=NOW)
    app = create_app(store, clock=ManualClock(NOW), scanner_key=KEY)
    station.environ["HEADCOUNT_SYNC__ATTEMPTS"] = "1"
    with serve(app, ssl_certfile=str(authority[0]), ssl_keyfile=str(authority[1])) as address:
        url = f"https://{address}"
        # what would turn verification off in other programs
        station.environ |= {"PYTHONHTTPSVERIFY": "0", "CURL_CA_BUNDLE": "", "SSL_NO_VERIFY": "1"}
        refused = station.run("sync", "--url", url, exit_code=4).stderr
        assert "certificate verify failed" in refused
        assert "ca_file" in refused
        station.environ["HEADCOUNT_BACKEND__CA_FILE"] = str(authority[0])
        assert "Events were fetched" in station.run("sync", "--url", url).stderr
        other = url.replace("127.0.0.1", "localhost")
        assert "certificate" in station.run("sync", "--url", other, exit_code=4).stderr
    store.close()


@pytest.mark.parametrize("name", ["verify", "insecure", "tls_verify", "verify_tls"])
def test_there_is_no_switch_to_turn_verification_off(station: Station, name: str) -> None:
    station.environ[f"HEADCOUNT_BACKEND__{name.upper()}"] = "false"
    assert "is no setting" in station.run("sync", exit_code=2).stderr
