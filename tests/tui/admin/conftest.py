"""A real backend on loopback, with an event, two people and an admin who has a password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.api.conftest import serve
from tests.databases import Databases, SqliteDatabases

from headcount.api.app import create_app
from headcount.api.auth import token_hash
from headcount.bootstrap.access_admin import set_password
from headcount.bootstrap.data_care import ServerCare
from headcount.clock import SystemClock
from headcount.config import Backend as Address
from headcount.config import Config, Retention, Server, Ui
from headcount.core.backend import NewEvent, PersonRow
from headcount.core.identity import from_bytes
from headcount.store.server import Store, open_store

ADA, PASSWORD = "ada@example.org", "four words for tests"
KEY = "scanner-key-of-the-tests"
HOUR = 3_600_000


@dataclass
class Backend:
    """What is behind the screens, to be looked into."""

    url: str
    store: Store
    config: Config
    now_ms: int
    end_streams: Callable[[], None]

    def station(self, folder: Path) -> Config:
        """Another station of the same backend."""
        return self.config.model_copy(update={"data_dir": str(folder)})


@contextmanager
def running(databases: Databases, filled: str, folder: Path) -> Iterator[Backend]:
    with databases.copy(filled) as url:
        store, clock = open_store(url), SystemClock()
        machine = Config(
            data_dir=str(folder / "machine"),
            server=Server(database_url=url),
            retention=Retention(archive_dir=str(folder / "archive")),
        )
        care = ServerCare(machine, store, clock)
        app = create_app(store, clock=clock, scanner_key=KEY, care=care)
        try:
            with serve(app, timeout_graceful_shutdown=1) as address:
                config = Config(
                    data_dir=str(folder / "data"),
                    backend=Address(url=f"http://{address}", timeout_seconds=5),
                    ui=Ui(bell=False, language="en"),
                )
                end_streams = app.state.end_streams
                yield Backend(config.backend.url, store, config, clock.now().wall_ms, end_streams)
                end_streams()
        finally:
            store.close()


def furnish(url: str) -> None:
    store, now = open_store(url), SystemClock().now().wall_ms
    store.create_event(
        NewEvent("Opening", now - HOUR, now + HOUR, "Europe/Berlin", "e1"), now_ms=now
    )
    people = [
        PersonRow(2, "Ana Lima", "ana@example.org", from_bytes(b"\xa1" * 16)),
        PersonRow(3, "Ben Ode", "ben@example.org", from_bytes(b"\xb2" * 16)),
    ]
    store.import_people(people, event_id="e1", now_ms=now)
    admin = store.create_admin("Ada Root", ADA, token_hash=token_hash("t"), now_ms=now)
    set_password(store, admin, PASSWORD)
    store.close()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> tuple[Databases, str]:
    databases = SqliteDatabases(tmp_path_factory.mktemp("admin"))
    url = databases.make()
    furnish(url)
    return databases, url


@pytest.fixture
def backend(sqlite: tuple[Databases, str], tmp_path: Path) -> Iterator[Backend]:
    with running(*sqlite, tmp_path) as started:
        yield started


@pytest.fixture
def either(database_url: str, databases: Databases, tmp_path: Path) -> Iterator[Backend]:
    """A backend on a new database, once of each kind."""
    furnish(database_url)
    with running(databases, database_url, tmp_path) as backend:
        yield backend
