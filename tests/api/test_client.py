"""The client against a real server on loopback, and against what only looks like one."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from headcount.api.client import BackendClient
from headcount.clock import ManualClock
from headcount.core.backend import NewEvent, PersonRow
from headcount.core.errors import (
    BackendError,
    BackendRejected,
    BackendUnreachable,
    KeyRefused,
    UsageError,
)
from headcount.core.model import ScanSession

KEY, ADMIN = "scanner-key-of-the-tests", "admin-token-of-the-tests"
START, HOUR = 1_753_000_000_000, 3_600_000
ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"

Serve = Callable[..., AbstractContextManager[str]]


def line(ble_uuid: str = "a1" * 16, time: int = START + 5) -> bytes:
    record = {"bleUuid": ble_uuid, "checkInTime": time, "scannerId": "Door-1", "seq": 1}
    return json.dumps(record).encode()


@pytest.fixture
def url(app: ASGIApp, serving: Serve) -> Iterator[str]:
    with serving(app) as address:
        yield f"http://{address}"


async def test_a_station_sends_a_batch_and_reads_roster_and_report(url: str) -> None:
    async with BackendClient(url, key=KEY) as client:
        answer = await client.post_batch(
            "e1",
            [line(), line("c3" * 16), b"5"],
            [ScanSession("s1", "Door-1", START, START + HOUR, START + HOUR)],
        )
        assert (answer.received, answer.checked_in, answer.unknown) == (3, 1, 1)
        assert [(refusal.index, refusal.code) for refusal in answer.refused] == [
            (2, "RECORD_NOT_OBJECT")
        ]
        roster = await client.registrations("e1")
        assert (roster[0].name, roster[0].ble_uuids) == ("Ana", (ANA,))
        report = await client.report("e1")
        assert (report.event.name, report.totals.checked_in) == ("Opening", 1)
        assert report.scanners[0].covered_until == START + HOUR
        assert [event.id for event in await client.events()] == ["e1"]
        assert (await client.event("e1")).start == START


async def test_an_admin_creates_events_and_imports_people(url: str) -> None:
    async with BackendClient(url, token=ADMIN) as client:
        event = await client.create_event(NewEvent("Closing", START, START + HOUR, id="e2"))
        assert event.id == "e2"
        rows = [PersonRow(i, f"P{i:04}", f"p{i}@example.org", f"{i:032x}") for i in range(1, 1203)]
        result = await client.import_people([*rows, PersonRow(9999, "", "", "")], "e2")
        assert (result.created, result.registered) == (1202, 1202)
        assert [error.row for error in result.errors] == [9999]
        assert len(await client.registrations("e2")) == 1202
        assert len(await client.users()) == 1205


async def test_a_token_and_a_key_each_go_where_they_belong(url: str) -> None:
    async with BackendClient(url, key=KEY, token=ADMIN) as client:
        assert (await client.post_batch("e1", [line()])).checked_in == 1
        assert len(await client.users()) == 3


async def test_a_large_batch_goes_compressed(app: ASGIApp, serving: Serve) -> None:
    seen: list[tuple[bytes, bytes]] = []

    async def spy(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(scope["headers"])
        await app(scope, receive, send)

    with serving(spy) as address:
        async with BackendClient(f"http://{address}", key=KEY) as client:
            answer = await client.post_batch("e1", [line(time=START + i) for i in range(5000)])
    assert (answer.received, answer.checked_in, answer.duplicates) == (5000, 1, 4999)
    headers = dict(seen)
    assert headers[b"content-encoding"] == b"gzip"
    assert int(headers[b"content-length"]) * 3 < 5000 * len(line())


async def test_several_scanners_at_once_lead_to_the_earliest_sighting_of_each(url: str) -> None:
    chance = random.Random(1)
    badges = [f"{i:032x}" for i in range(1, 41)]
    people = [PersonRow(i, f"P{i}", f"p{i}@example.org", badge) for i, badge in enumerate(badges)]
    async with BackendClient(url, key=KEY, token=ADMIN) as client:
        await client.import_people(people, "e1")
        lines = [line(badge, START + minute) for badge in badges for minute in range(10)]
        lots = [chance.sample(lines, len(lines)) for _ in range(4)]
        pieces = [lot[at : at + 100] for lot in lots for at in range(0, len(lot), 100)]
        answers = await asyncio.gather(*(client.post_batch("e1", piece) for piece in pieces))
        report = await client.report("e1")
    assert sum(answer.checked_in for answer in answers) == report.totals.checked_in == 40
    present = [row for row in report.people if row.check_in_time is not None]
    assert [(row.check_in_time, row.sightings) for row in present] == [(START, 10)] * 40


@pytest.mark.parametrize("key", ["", "wrong-canary", "schlüssel-canary"])
async def test_a_wrong_key_is_said_without_naming_it(url: str, key: str) -> None:
    async with BackendClient(url, key=key) as client:
        with pytest.raises(KeyRefused) as caught:
            await client.post_batch("e1", [line()])
    assert url in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.remedy
    assert caught.value.safe


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 413, 500])
async def test_a_server_that_echoes_the_key_does_not_get_it_into_our_messages(
    serving: Serve, status: int
) -> None:
    echo = json.dumps({"code": "canary-key", "detail": "canary-key", "status": "canary-key"})
    with serving(canned(status, echo.encode())) as address:
        async with BackendClient(f"http://{address}", key="canary-key") as client:
            with pytest.raises(BackendError) as caught:
                await client.post_batch("e1", [line()])
    assert "canary" not in str(caught.value)


async def test_a_wrong_key_is_told_even_while_a_large_body_is_on_its_way(url: str) -> None:
    chance = [line(f"{i * 2654435761 % 2**128:032x}") for i in range(60_000)]
    async with BackendClient(url, key="wrong") as client:
        with pytest.raises(KeyRefused):
            await client.post_batch("e1", chance)


async def test_too_large_a_body_is_413_for_the_sender_to_split(url: str) -> None:
    async with BackendClient(url, key=KEY) as client:
        with pytest.raises(BackendRejected) as caught:
            await client.post_batch("e1", [line()] * 15_000)
    assert (caught.value.status, caught.value.code) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    ("event_id", "records", "status", "code"),
    [
        ("nobody", [line()], 404, "EVENT_NOT_FOUND"),
        ("../e1", [line()], 404, "EVENT_NOT_FOUND"),
        ("e1", [b"{"], 400, "BODY_NOT_JSON"),
    ],
)
async def test_a_rejected_request_carries_status_and_code(
    url: str, event_id: str, records: list[bytes], status: int, code: str
) -> None:
    async with BackendClient(url, key=KEY) as client:
        with pytest.raises(BackendRejected) as caught:
            await client.post_batch(event_id, records)
    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize("event_id", ["nobody", "..", "a/b", "a?b=c", "é"])
async def test_an_unknown_event_is_rejected_whatever_its_id(url: str, event_id: str) -> None:
    async with BackendClient(url, key=KEY) as client:
        with pytest.raises(BackendRejected) as caught:
            await client.report(event_id)
    assert caught.value.status == 404


async def test_nobody_listens(unused: str) -> None:
    async with BackendClient(unused, key="canary") as client:
        with pytest.raises(BackendUnreachable) as caught:
            await client.post_batch("e1", [line()])
    assert unused in caught.value.what
    assert "refused" in caught.value.what
    assert caught.value.exit_code == 4
    assert "canary" not in str(caught.value)


@pytest.fixture
def unused() -> Iterator[str]:
    """An address of this machine where nobody listens; held, so that nobody begins to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def canned(status: int, body: bytes, **headers: str) -> ASGIApp:
    """Answers every request with the same."""
    raw = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    return app


SUCCESS = {
    "status": "success",
    "received": 1,
    "checkedIn": 1,
    "duplicates": 0,
    "unknown": 0,
    "refused": [],
}
PORTAL = b"<html><body>Welcome to the conference centre! Please sign in.</body></html>"
PROBLEM = json.dumps({"code": "SOME_CODE", "detail": "some \x1b[31m words"}).encode()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, PORTAL),
        (200, b""),
        (200, b"null"),
        (200, b"{}"),
        (200, b"\xff\xfe"),
        (200, b"[" * 100_000),
        (200, json.dumps(SUCCESS | {"received": 0}).encode()),
        (200, json.dumps(SUCCESS | {"received": 2}).encode()),
        (200, json.dumps(SUCCESS | {"status": "failed"}).encode()),
        (200, json.dumps(SUCCESS).encode()[:-5]),
        (204, b""),
        (404, PORTAL),
        (511, PORTAL),
        (302, PORTAL),
    ],
)
async def test_what_is_no_backends_answer_acknowledges_nothing(
    serving: Serve, status: int, body: bytes
) -> None:
    with serving(canned(status, body)) as address:
        async with BackendClient(f"http://{address}", key=KEY) as client:
            with pytest.raises(BackendUnreachable) as caught:
                await client.post_batch("e1", [line()])
    assert address in caught.value.what
    assert caught.value.safe


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.events(),
        lambda client: client.report("e1"),
        lambda client: client.users(),
        lambda client: client.registrations("e1"),
    ],
    ids=["events", "report", "users", "registrations"],
)
async def test_a_sign_in_page_is_not_taken_for_a_list(
    serving: Serve, call: Callable[[BackendClient], Any]
) -> None:
    with serving(canned(200, PORTAL)) as address:
        async with BackendClient(f"http://{address}", key=KEY) as client:
            with pytest.raises(BackendUnreachable, match="not as a headcount backend"):
                await call(client)


async def test_a_list_that_never_ends_is_given_up(serving: Serve) -> None:
    page = json.dumps({"page": [], "continueCursor": "again", "isDone": False}).encode()
    with serving(canned(200, page)) as address:
        async with BackendClient(f"http://{address}", key=KEY) as client:
            with pytest.raises(BackendUnreachable, match="never ends"):
                await client.events()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, KeyRefused),
        (403, KeyRefused),
        (400, BackendRejected),
        (404, BackendRejected),
        (409, BackendRejected),
        (413, BackendRejected),
        (415, BackendRejected),
        (408, BackendUnreachable),
        (429, BackendUnreachable),
        (500, BackendUnreachable),
        (502, BackendUnreachable),
        (503, BackendUnreachable),
        (504, BackendUnreachable),
    ],
)
async def test_each_status_is_its_own_error(
    serving: Serve, status: int, kind: type[BackendError]
) -> None:
    with serving(canned(status, PROBLEM)) as address:
        async with BackendClient(f"http://{address}", key=KEY) as client:
            with pytest.raises(kind) as caught:
                await client.post_batch("e1", [line()])
    assert type(caught.value) is kind
    assert str(status) in caught.value.what
    assert "\x1b" not in str(caught.value)


async def test_a_proxys_413_without_a_problem_document_counts_as_too_large(serving: Serve) -> None:
    with serving(canned(413, PORTAL)) as address:
        async with BackendClient(f"http://{address}", key=KEY) as client:
            with pytest.raises(BackendRejected) as caught:
                await client.post_batch("e1", [line()])
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("999999999999", 86_400),
        ("soon", None),
        ("-1", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
async def test_the_servers_wish_when_to_come_back_is_passed_on(
    serving: Serve, header: str, seconds: float | None
) -> None:
    with serving(canned(503, PROBLEM, retry_after=header)) as address:
        async with BackendClient(f"http://{address}", key=KEY) as client:
            with pytest.raises(BackendUnreachable) as caught:
                await client.events()
    assert caught.value.retry_after == seconds


async def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else(serving: Serve) -> None:
    asked: list[str] = []

    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        await canned(200, b"{}")(scope, receive, send)

    with serving(elsewhere) as other:
        portal = canned(307, b"", location=f"http://{other}/batchCheckIn")
        with serving(portal) as address:
            async with BackendClient(f"http://{address}", key=KEY) as client:
                with pytest.raises(BackendUnreachable):
                    await client.post_batch("e1", [line()])
    assert asked == []


async def test_a_server_that_does_not_answer_in_time(serving: Serve) -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with serving(silent) as address:
        async with BackendClient(f"http://{address}", key=KEY, timeout_seconds=0.2) as client:
            with pytest.raises(BackendUnreachable, match="in time"):
                await client.events()


@pytest.mark.parametrize("cut_at", [0, 20, 60, 118])
async def test_a_connection_cut_in_the_answer_acknowledges_nothing(cut_at: int) -> None:
    body = json.dumps(SUCCESS).encode()
    whole = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(whole[:cut_at])
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with BackendClient(f"http://127.0.0.1:{port}", key=KEY) as client:
            with pytest.raises(BackendUnreachable):
                await client.post_batch("e1", [line()])


@pytest.mark.parametrize(
    "url",
    [
        "http://headcount.example.org",
        "http://10.0.0.5:8765",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "ftp://127.0.0.1",
        "127.0.0.1:8765",
        "",
        "https://",
        "https://user:canary@headcount.example.org",
        "https://headcount.example.org/?key=canary",
        "http://[::1",
        "https://h\x00st",
    ],
)
def test_an_address_that_would_expose_the_key_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        BackendClient(url, key="k")
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://127.0.0.1:8765/", "http://127.0.0.1:8765"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("https://example.org/headcount/", "https://example.org/headcount"),
    ],
)
def test_loopback_may_be_plain_and_anything_may_be_https(url: str, kept: str) -> None:
    assert BackendClient(url).url == kept


@pytest.mark.parametrize("key", ["a\nb", "a\r\nX-Evil: 1", "a\x00b"])
def test_a_key_that_is_no_single_line_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        BackendClient("http://127.0.0.1:1", key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_certificate_file_that_can_not_be_used_is_named(
    tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=r"ca\.pem"):
        BackendClient("https://127.0.0.1:1", ca_file=str(path))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the Debian package openssl")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    request = "req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
    names = ["-subj", "/CN=headcount test", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(cert), "-keyout", str(key)]
    subprocess.run([openssl, *request.split(), *names, *files], check=True, capture_output=True)
    return cert, key


async def test_an_unknown_authority_is_refused_and_accepted_with_its_file(
    app: ASGIApp, serving: Serve, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    with serving(app, ssl_certfile=str(cert), ssl_keyfile=str(key)) as address:
        async with BackendClient(f"https://{address}", key=KEY) as client:
            with pytest.raises(BackendUnreachable, match="certificate verify failed") as caught:
                await client.post_batch("e1", [line()])
        assert "ca_file" in caught.value.remedy
        async with BackendClient(f"https://{address}", key=KEY, ca_file=str(cert)) as client:
            assert (await client.post_batch("e1", [line()])).checked_in == 1


async def test_a_certificate_for_another_name_is_refused(
    app: ASGIApp, serving: Serve, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    with serving(app, ssl_certfile=str(cert), ssl_keyfile=str(key)) as address:
        port = address.rpartition(":")[2]
        async with BackendClient(f"https://localhost:{port}", ca_file=str(cert)) as client:
            with pytest.raises(BackendUnreachable, match="certificate"):
                await client.events()


def test_certificates_are_always_verified(certificate: tuple[Path, Path]) -> None:
    client = BackendClient("https://127.0.0.1:1", ca_file=str(certificate[0]))
    pool: Any = client._http._transport
    context: ssl.SSLContext = pool._pool._ssl_context
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


async def test_each_try_says_what_the_clocks_show_at_that_moment(
    clock: ManualClock, serving: Serve
) -> None:
    bodies: list[dict[str, Any]] = []

    async def remember(request: Request) -> Response:
        bodies.append(json.loads(await request.body()))
        answer = {"received": 0, "checkedIn": 0, "duplicates": 0, "unknown": 0, "refused": []}
        return JSONResponse({"status": "success", **answer})

    app = Starlette(routes=[Route("/batchCheckIn", remember, methods=["POST"])])
    with serving(app) as address:
        async with BackendClient(f"http://{address}", key=KEY, clock=clock) as client:
            await client.post_batch("e1", [])
            clock.set_wall(0)
            clock.advance(1.5)
            await client.post_batch("e1", [])
        async with BackendClient(f"http://{address}", key=KEY) as client:
            await client.post_batch("e1", [])
    assert [body.get("clock") for body in bodies] == [
        {"wall": START, "mono": 1_000_000, "boot": "manual"},
        {"wall": 1500, "mono": 1_001_500, "boot": "manual"},
        None,
    ]
