"""GET /live/{query} on a real server: the last state always comes, nothing piles up, rights end."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from tests.databases import Databases

from headcount.api.auth import SCANNERS, SHARED_KEY, Caller, token_hash
from headcount.api.live import Visitor
from headcount.api.problems import Code, Problem
from headcount.bootstrap.server import embedded
from headcount.config import Config, Server
from headcount.core.access import NewScanner, Status
from headcount.core.backend import Batch, DatabaseUnavailable, GapRecord, NewEvent, PersonRow
from headcount.core.feedback import NewFeedback
from headcount.store.server import Store, open_store

KEY, ADMIN = "scanner-key-of-the-tests", "admin-token-of-the-tests"
START, HOUR = 1_753_000_000_000, 3_600_000
SECONDS = 30
"""Until a test gives up; nothing waits that long unless something is wrong."""
REFUSED = (403, "SCANNER_EVENT_REFUSED")


class Backend(NamedTuple):
    url: str
    store: Store
    database: str


@pytest.fixture
def database(databases: Databases, filled: str) -> Iterator[str]:
    with databases.copy(filled) as url:
        yield url


@pytest.fixture
def backend(tmp_path: Path, database: str) -> Iterator[Backend]:
    config = Config(data_dir=str(tmp_path), server=Server(scanner_key=SecretStr(KEY)))
    with closing(open_store(database)) as store, embedded(config, store) as url:
        yield Backend(url, store, database)


class Message(NamedTuple):
    id: str
    data: Any


async def messages(answer: httpx.Response) -> AsyncIterator[Message]:
    """The events of a stream, without heartbeats."""
    identity = ""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            identity = value
        elif name == "data":
            yield Message(identity, json.loads(value))


def client(backend: Backend, secret: str = ADMIN) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.AsyncClient(base_url=backend.url, headers=headers, timeout=SECONDS)


@asynccontextmanager
async def stream(
    http: httpx.AsyncClient, path: str, **headers: str
) -> AsyncIterator[AsyncIterator[Message]]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with http.stream("GET", path, headers=given) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer)


def badge(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def batch(numbers: list[int], at: int = START) -> dict[str, Any]:
    records = [
        {"bleUuid": badge(number), "checkInTime": at + number, "scannerId": "Door"}
        for number in numbers
    ]
    return {"eventId": "e1", "records": records}


def post(backend: Backend, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = httpx.post(f"{backend.url}/batchCheckIn", json=body, headers=headers, timeout=SECONDS)
    assert answer.status_code == 200


def register(backend: Backend, count: int) -> None:
    rows = [PersonRow(n, f"P{n}", f"p{n}@example.org", badge(n)) for n in range(1, count + 1)]
    backend.store.import_people(rows, event_id="e1", now_ms=START)


SAME_AS = [
    ("events", "/events"),
    ("event?eventId=e1", "/events/e1"),
    ("registrations?eventId=e1", "/events/e1/registrations"),
    ("attendance?eventId=e1", "/events/e1/attendance"),
    ("users", "/users"),
    ("insights?eventId=e1", "/insights?eventId=e1"),
    ("feedback", "/feedback"),
]


@pytest.mark.parametrize(("query", "path"), SAME_AS)
async def test_a_query_answers_at_once_what_its_address_answers(
    backend: Backend, query: str, path: str
) -> None:
    async with client(backend) as http, stream(http, f"/live/{query}") as events:
        assert (await anext(events)).data == (await http.get(path)).json()


async def test_the_report_is_the_report(backend: Backend) -> None:
    async with client(backend) as http, stream(http, "/live/report?eventId=e1") as events:
        live, asked = (await anext(events)).data, (await http.get("/events/e1/report")).json()
        assert live | {"generatedAt": 0} == asked | {"generatedAt": 0}


async def test_recent_records_are_the_newest_first_with_their_people(backend: Backend) -> None:
    register(backend, 2)
    post(backend, batch([1, 2, 3]))
    path = f"/live/recentRecords?eventId=e1&limit=2&since={START + 2}"
    async with client(backend) as http, stream(http, path) as events:
        rows = (await anext(events)).data["records"]
        assert [(row["checkInTime"] - START, row["name"]) for row in rows] == [(3, ""), (2, "P2")]
        post(backend, batch([4]))
        rows = (await anext(events)).data["records"]
        assert [row["checkInTime"] - START for row in rows] == [4, 3]


CHANGES = [
    ("events", lambda b: b.store.create_event(NewEvent("New", 1, 2, id="e2"), now_ms=1)),
    ("registrations?eventId=e1", lambda b: register(b, 1)),
    ("users", lambda b: register(b, 1)),
    ("attendance?eventId=e1", lambda b: post(b, known_badge())),
    ("report?eventId=e1", lambda b: post(b, batch([77]))),
    ("recentRecords?eventId=e1", lambda b: post(b, batch([77]))),
    ("insights?eventId=e1", lambda b: find_deaf_minutes(b, "Door")),
    ("feedback", lambda b: b.store.add_feedback(NewFeedback("Cold."), by="u", now_ms=1)),
]


def find_deaf_minutes(backend: Backend, door: str) -> None:
    gap = GapRecord(door, START, START + 600_000, "silent")
    backend.store.merge_batch(Batch("e1", [], [gap]), received_ms=START)
    backend.store.generate_insights("e1", now_ms=START)


def known_badge() -> dict[str, Any]:
    record = {"bleUuid": "a1" * 16, "checkInTime": START, "scannerId": "Door"}
    return {"eventId": "e1", "records": [record]}


@pytest.mark.parametrize(("query", "change"), CHANGES, ids=[query for query, _ in CHANGES])
async def test_each_change_to_what_a_query_read_sends_the_whole_result_again(
    backend: Backend, query: str, change: Any
) -> None:
    async with client(backend) as http, stream(http, f"/live/{query}") as events:
        before = await anext(events)
        await asyncio.to_thread(change, backend)
        after = await anext(events)
        assert after.id != before.id
        assert after.data != before.data


async def test_what_a_query_did_not_read_does_not_disturb_it(backend: Backend) -> None:
    backend.store.create_event(NewEvent("Other", START, START + 1, id="e2"), now_ms=1)
    async with client(backend) as http, stream(http, "/live/attendance?eventId=e1") as events:
        await anext(events)
        await asyncio.to_thread(post, backend, batch([9]) | {"eventId": "e2"})
        await asyncio.to_thread(post, backend, known_badge())
        assert [row["name"] for row in (await anext(events)).data["page"]] == ["Ana"]


@pytest.mark.parametrize("turn", range(3))
async def test_the_last_state_always_comes_whatever_is_written_at_once(
    backend: Backend, turn: int
) -> None:
    people = 40
    register(backend, people)

    def door(number: int) -> None:
        for step in range(people // 4):
            post(backend, batch([1 + number * people // 4 + step], at=START + turn))

    async def last(http: httpx.AsyncClient) -> int:
        names: list[str] = []
        async with stream(http, "/live/attendance?eventId=e1") as events:
            async for message in events:
                seen = [row["name"] for row in message.data["page"]]
                assert len(seen) >= len(names), "an older state came after a newer one"
                names = seen
                if len(names) == people:
                    return len(names)
        return -1

    async with client(backend) as http, asyncio.timeout(SECONDS):
        readers = [asyncio.create_task(last(http)) for _ in range(5)]
        with ThreadPoolExecutor(4) as pool:
            await asyncio.gather(
                *(asyncio.get_running_loop().run_in_executor(pool, door, n) for n in range(4))
            )
        assert await asyncio.gather(*readers) == [people] * 5


async def test_a_client_that_reads_slowly_skips_to_the_newest_state(backend: Backend) -> None:
    register(backend, 1500)
    changes = 60
    address = httpx.URL(backend.url)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(SECONDS)
        slow.connect((address.host, address.port))
        request = (
            "GET /live/registrations?eventId=e1 HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {KEY}\r\n\r\n"
        )
        slow.sendall(request.encode())
        async with client(backend) as http:
            path = "/live/registrations?eventId=e1"
            async with stream(http, path) as quick:
                await anext(quick)
                for number in range(changes):  # one after the other: each is a state of its own
                    row = PersonRow(1, f"Late {number}", f"l{number}@x.org", "")
                    await asyncio.to_thread(
                        backend.store.import_people, [row], event_id="e1", now_ms=1
                    )
                    await anext(quick)
        seen, last = await asyncio.to_thread(read_until, slow, f"Late {changes - 1}")
    assert last
    assert seen.count("\nid: ") < changes // 2


def read_until(connection: socket.socket, word: str) -> tuple[str, bool]:
    """All that comes until the word; it is found, or the connection's time is over."""
    read = b""
    while word.encode() not in read[-1_000_000:]:
        piece = connection.recv(1 << 20)
        if not piece:
            return read.decode(), False
        read += piece
    return read.decode(errors="replace"), True


async def test_a_stream_that_is_taken_up_again_repeats_nothing_and_misses_nothing(
    backend: Backend,
) -> None:
    path = "/live/attendance?eventId=e1"
    async with client(backend) as http:
        async with stream(http, path) as events:
            first = await anext(events)
        async with stream(http, path, Last_Event_ID=first.id) as events:
            await asyncio.to_thread(post, backend, known_badge())
            second = await anext(events)
            assert [row["name"] for row in second.data["page"]] == ["Ana"]
        async with stream(http, path, Last_Event_ID=first.id) as events:
            assert await anext(events) == second
        async with stream(http, f"{path}&lastEventId={first.id}") as events:
            assert await anext(events) == second


async def test_a_change_by_another_process_is_noticed(backend: Backend) -> None:
    async with client(backend) as http, stream(http, "/live/events") as events:
        await anext(events)
        with closing(open_store(backend.database)) as other:
            other.create_event(NewEvent("Elsewhere", 1, 2, id="e2"), now_ms=1)
        assert "e2" in {row["id"] for row in (await anext(events)).data["page"]}


def forget_tokens(backend: Backend) -> None:
    with backend.store._database.write() as connection:
        connection.execute(text("DELETE FROM tokens"))


async def test_a_revoked_token_ends_its_stream_instead_of_the_next_result(backend: Backend) -> None:
    async with client(backend) as http, stream(http, "/live/users") as events:
        await anext(events)
        await asyncio.to_thread(forget_tokens, backend)  # nothing else changes
        assert [message async for message in events] == []


async def test_a_scanners_own_key_opens_streams_of_its_events_until_it_is_revoked(
    backend: Backend,
) -> None:
    backend.store.create_event(NewEvent("Other", START, START + HOUR, id="e2"), now_ms=START)
    until, key = START + HOUR, "a-key-for-e1"
    scanner = NewScanner("North", events=("e1",))
    backend.store.add_pairing_code("code", scanner, expires_at=until, now_ms=START)
    backend.store.redeem_code("code", name="", key_hash=token_hash(key), now_ms=START)
    async with client(backend, key) as http:
        async with stream(http, "/live/events") as events:
            shown = (await anext(events)).data["page"]
            assert [event["id"] for event in shown] == ["e1"]
            for path in ("/live/report?eventId=e2", "/scanSessions?eventId=e2"):
                refused = await http.get(path)
                assert (refused.status_code, refused.json()["code"]) == REFUSED
            await asyncio.to_thread(backend.store.revoke_scanner, "North", now_ms=START)
            assert [message async for message in events] == []
        assert (await http.get("/live/events")).status_code == 401
    async with client(backend) as admin, stream(admin, "/live/events") as events:
        assert len((await anext(events)).data["page"]) == 2


@pytest.mark.parametrize(
    "error", [DatabaseUnavailable("away"), Problem(Code.IDENTITY_PROVIDER_UNAVAILABLE, "away")]
)
async def test_a_right_that_nobody_can_look_at_is_none(error: Exception) -> None:
    async def identify() -> Caller:
        raise error

    assert not await Visitor(SHARED_KEY, identify, SCANNERS).may("e1")


async def test_a_rejected_person_is_sent_nothing_more(backend: Backend) -> None:
    backend.store.create_admin("Eve", "eve@x.org", token_hash=token_hash("eve"), now_ms=START)
    (eve,) = [user for user in backend.store.users(limit=9).items if user.name == "Eve"]
    async with client(backend, "eve") as http, stream(http, "/live/events") as events:
        await anext(events)
        reject = backend.store.set_status
        await asyncio.to_thread(reject, eve.id, Status.REJECTED, now_ms=START)
        assert [message async for message in events] == []


async def test_a_token_in_the_address_opens_streams_and_nothing_else(backend: Backend) -> None:
    async with client(backend) as admin, client(backend, "") as bare:
        made = await admin.post("/live/token")
        assert made.status_code == 201
        token = made.json()["token"]
        async with stream(bare, f"/live/users?token={token}") as events:
            assert (await anext(events)).data["isDone"]
            assert (await bare.get(f"/users?token={token}")).status_code == 401
            used = await bare.get("/users", headers={"Authorization": f"Bearer {token}"})
            assert used.status_code == 401
            forget_tokens(backend)
            await asyncio.to_thread(register, backend, 1)
            assert [message async for message in events] == []
        assert (await bare.get(f"/live/users?token={token}")).status_code == 401


async def test_a_token_in_the_address_is_over_after_a_minute(backend: Backend) -> None:
    options = {"parent_hash": token_hash(ADMIN), "now_ms": 1}
    backend.store.add_live_token(token_hash("old"), expires_at=START, **options)  # type: ignore[arg-type]
    async with client(backend, "") as bare:
        answer = await bare.get("/live/users?token=old")
        assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("path", "secret", "status", "code"),
    [
        ("/live/users", KEY, 403, "AUTH_FORBIDDEN"),
        ("/live/users", "wrong", 401, "AUTH_UNAUTHENTICATED"),
        ("/live/users?token=wrong", ADMIN, 401, "AUTH_UNAUTHENTICATED"),
        ("/live/nothing", ADMIN, 404, "NOT_FOUND"),
        ("/live/report", ADMIN, 400, "QUERY_INVALID"),
        ("/live/report?eventId=nobody", ADMIN, 404, "EVENT_NOT_FOUND"),
        ("/live/report?eventId=%00", ADMIN, 404, "EVENT_NOT_FOUND"),
        ("/live/report?eventId=e1&limit=1", ADMIN, 400, "QUERY_INVALID"),
        ("/live/users?limit=0", ADMIN, 400, "QUERY_INVALID"),
        ("/live/users?limit=10001", ADMIN, 400, "QUERY_INVALID"),
        ("/live/recentRecords?eventId=e1&since=-1", ADMIN, 400, "QUERY_INVALID"),
    ],
)
async def test_a_wrong_question_is_a_problem_and_no_stream(
    backend: Backend, path: str, secret: str, status: int, code: str
) -> None:
    async with client(backend, secret) as http:
        answer = await http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_head_of_a_stream_ends(backend: Backend) -> None:
    async with client(backend) as http:
        assert (await http.head("/live/events")).status_code == 200


def test_a_server_that_stops_ends_its_streams_at_once(tmp_path: Path, database: str) -> None:
    config = Config(data_dir=str(tmp_path), server=Server(scanner_key=SecretStr(KEY)))
    opened, lines = threading.Event(), list[str]()

    def read(url: str) -> None:
        headers = {"Authorization": f"Bearer {ADMIN}"}
        with httpx.stream("GET", f"{url}/live/events", headers=headers, timeout=SECONDS) as answer:
            for line in answer.iter_lines():
                lines.append(line)
                opened.set()

    with closing(open_store(database)) as store:
        with embedded(config, store) as url:
            reader = threading.Thread(target=read, args=(url,))
            reader.start()
            assert opened.wait(SECONDS)
            stopping = asyncio.new_event_loop()
            begin = stopping.time()
        took = stopping.time() - begin
        stopping.close()
        reader.join()
    assert lines
    assert took < 1.0 + 2.0  # a second, and what a loaded machine adds
