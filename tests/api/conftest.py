from __future__ import annotations

import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.databases import Databases

from headcount.api.app import create_app
from headcount.api.auth import token_hash
from headcount.bootstrap.data_care import ServerCare
from headcount.clock import ManualClock
from headcount.config import Config, Retention, Server
from headcount.core.backend import NewEvent, PersonRow
from headcount.core.identity import from_bytes
from headcount.keys import BackendKeys
from headcount.store.server import Store, open_store

KEY = "scanner-key-of-the-tests"
ADMIN = "admin-token-of-the-tests"
START = 1_753_000_000_000
HOUR = 3_600_000
MAX_BODY = 1 << 20
KEYS = BackendKeys(b"1" * 32, b"2" * 32)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture(scope="session")
def filled(databases: Databases) -> Iterator[str]:
    """A database with event `e1`, Ana and Ben registered with their badges, and one admin."""
    with databases.new() as url:
        _fill(url)
        yield url


def _fill(url: str) -> None:
    store = open_store(url)
    store.create_event(NewEvent("Opening", START, START + HOUR, id="e1"), now_ms=START)
    people = [
        PersonRow(2, "Ana", "ana@example.org", from_bytes(b"\xa1" * 16)),
        PersonRow(3, "Ben", "ben@example.org", from_bytes(b"\xb2" * 16)),
    ]
    store.import_people(people, event_id="e1", now_ms=START)
    store.create_admin("Ada", "ada@example.org", token_hash=token_hash(ADMIN), now_ms=START)
    store.close()


@pytest.fixture
def copied(databases: Databases, filled: str) -> Iterator[str]:
    with databases.copy(filled) as url:
        yield url


@pytest.fixture
def store(copied: str) -> Iterator[Store]:
    """The real database, one for each test."""
    store = open_store(copied)
    yield store
    store.close()


@pytest.fixture
def config(copied: str, tmp_path: Path) -> Config:
    """Of the backend's machine."""
    return Config(
        data_dir=str(tmp_path),
        server=Server(database_url=copied, backups_kept=3),
        retention=Retention(archive_dir=str(tmp_path / "archive")),
    )


@pytest.fixture
def app(store: Store, clock: ManualClock, config: Config) -> ASGIApp:
    return create_app(
        store,
        clock=clock,
        scanner_key=KEY,
        max_body_bytes=MAX_BODY,
        keys=KEYS,
        care=ServerCare(config, store, clock),
    )


@pytest.fixture
async def http(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """An admin's client of the application, in process."""
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://backend", headers=headers
    ) as client:
        yield client


Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def post(http: httpx.AsyncClient) -> Post:
    """POST /batchCheckIn with the scanner's key: a document, or bytes as they are."""

    async def send(body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {KEY}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await http.post("/batchCheckIn", content=content, headers=given)

    return send


@contextmanager
def serve(app: ASGIApp, **options: Any) -> Iterator[str]:
    """A real server on a free port of this machine; yields host and port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="critical", ws="none", lifespan="off", **options)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


Serve = Callable[..., AbstractContextManager[str]]


class Mounts:
    """Applications under prefixes of one server: starting one for each test takes too long."""

    def __init__(self) -> None:
        self._apps: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _, prefix, path = scope["path"].split("/", 2)
        raw_path = scope["raw_path"].removeprefix(f"/{prefix}".encode())
        inner = {**scope, "path": f"/{path}", "raw_path": raw_path}
        await self._apps[prefix](inner, receive, send)

    def add(self, app: ASGIApp) -> str:
        prefix = f"app{len(self._apps)}"
        self._apps[prefix] = app
        return prefix


@pytest.fixture(scope="session")
def mounts() -> Iterator[tuple[Mounts, str]]:
    mounts = Mounts()
    with serve(mounts) as address:
        yield mounts, address


@pytest.fixture
def serving(mounts: tuple[Mounts, str]) -> Serve:
    """Serve an application: on the shared server, or with options on one of its own."""

    @contextmanager
    def serving(app: ASGIApp, **options: Any) -> Iterator[str]:
        if options:
            with serve(app, **options) as address:
                yield address
        else:
            yield f"{mounts[1]}/{mounts[0].add(app)}"

    return serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who may do what is decided before a database is asked: a thousand cases on one are enough."""
    items[:] = [
        item
        for item in items
        if item.path.name != "test_access.py" or "[postgresql" not in item.name
    ]
