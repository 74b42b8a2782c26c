"""Where the admin commands work: on the database itself, or on the backend over HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from typing import IO, Protocol, TypeVar
from urllib.parse import urlsplit

from ..clock import SystemClock
from ..config import Config
from ..core.backend import ImportResult, NewEvent, PersonRow, User
from ..core.badges import BadgePeriod
from ..core.errors import UsageError
from ..core.loopback import is_loopback
from ..core.model import Event
from ..core.report import Report, build_report
from ..exports.forms import Wish
from ..store.server import Store, open_store
from .access_admin import ALL, AccessAdmin, every_row
from .care_admin import CareAdmin, DatabaseCare
from .closing import Closer, DatabaseCloser
from .credentials import person_token, scanner_key
from .ingest_admin import DatabaseIngest, IngestAdmin
from .local_audit import downloaded, local
from .paths import database_url, default_database, make_data_dir
from .registration_admin import DatabaseRegistrations, RegistrationAdmin
from .report_files import LogWriter, log_from_store
from .sync import make_client
from .upgrading import upgrade_first

T = TypeVar("T")


class Admin(AccessAdmin, CareAdmin, Closer, IngestAdmin, LogWriter, RegistrationAdmin, Protocol):
    """What the commands ask, wherever it is answered."""

    async def events(self) -> Sequence[Event]:
        """Every event."""

    async def event(self, event_id: str) -> Event:
        """One event."""

    async def create_event(self, event: NewEvent) -> Event:
        """Create an event."""

    async def users(self) -> Sequence[User]:
        """Everybody."""

    async def badges(self, user_id: str) -> Sequence[BadgePeriod]:
        """A person's badges in the course of time."""

    async def import_people(self, rows: Sequence[PersonRow], event_id: str) -> ImportResult:
        """Create or update people; register them if `event_id` is not empty."""

    async def report(self, event_id: str) -> Report:
        """The event's report as of now."""


class DatabaseAdmin(DatabaseCloser, DatabaseRegistrations, DatabaseIngest, DatabaseCare):
    """Works on the database, each call in a thread."""

    async def events(self) -> Sequence[Event]:
        """Every event."""
        return await asyncio.to_thread(
            every_row, lambda at: self._store.events(limit=ALL, cursor=at)
        )

    async def event(self, event_id: str) -> Event:
        """One event."""
        return await asyncio.to_thread(self._store.event, event_id)

    async def create_event(self, event: NewEvent) -> Event:
        """Create an event."""
        with local("events.create"):
            return await asyncio.to_thread(self._store.create_event, event, now_ms=self._now())

    async def users(self) -> Sequence[User]:
        """Everybody."""
        return await asyncio.to_thread(
            every_row, lambda at: self._store.users(limit=ALL, cursor=at)
        )

    async def badges(self, user_id: str) -> Sequence[BadgePeriod]:
        """A person's badges in the course of time."""
        return await asyncio.to_thread(self._store.badges, user_id)

    async def import_people(self, rows: Sequence[PersonRow], event_id: str) -> ImportResult:
        """Create or update people; register them if `event_id` is not empty."""
        with local("users.import"):
            return await asyncio.to_thread(
                self._store.import_people, rows, event_id=event_id, now_ms=self._now()
            )

    async def report(self, event_id: str) -> Report:
        """The event's report as of now."""
        facts = await asyncio.to_thread(self._store.report_facts, event_id)
        subject = f"events/{event_id}"
        await asyncio.to_thread(downloaded, self._store, "report.read", subject)
        return build_report(facts, self._now())

    async def write_log(self, event_id: str, wish: Wish, out: IO[bytes]) -> None:
        """The event's full log."""
        await asyncio.to_thread(log_from_store, self._store, event_id, wish, out)


class Use(StrEnum):
    """What a command is going to do; a scanner key can't do all of it."""

    REPORT = "report"
    READ = "read"
    WRITE = "write"


@asynccontextmanager
async def open_admin(config: Config, use: Use) -> AsyncIterator[Admin]:
    """Where the commands work. Raises UsageError where no way is open."""
    if works_over_http(config, use):
        async with make_client(config) as client:
            yield client
        return
    if use is Use.REPORT and not (config.server.database_url or default_database(config).exists()):
        raise UsageError(
            f"There is no key for {config.backend.url}, and no backend's database here.",
            remedy="Set SCANNER_API_KEY, or name the database with --database-url.",
        )
    with open_database(config) as store:
        yield DatabaseAdmin(store)


def ask(config: Config, use: Use, question: Callable[[Admin], Awaitable[T]]) -> T:
    """Open the place where the commands work, ask one thing, and close it. Blocks."""

    async def run() -> T:
        async with open_admin(config, use) as admin:
            return await question(admin)

    return asyncio.run(run())


def works_over_http(config: Config, use: Use) -> bool:
    """A named database first, then a token, then this machine's database, then a scanner key.

    A report is asked with a scanner key before this machine's database: the station's operator
    wants the backend's word, not that of a database that happens to be here. Raises UsageError.
    """
    backend = config.backend
    if config.server.database_url:
        return False
    if person_token(config):
        return True
    has_key = bool(scanner_key(config))
    here = is_loopback(urlsplit(backend.url).hostname or "")
    if has_key and (use is Use.REPORT or (use is Use.READ and not here)):
        return True
    if here:
        return False
    raise UsageError(
        f"Nobody is signed in at {backend.url}.",
        remedy="Run headcount sign-in, or set HEADCOUNT_BACKEND__TOKEN to an admin's token, or "
        "work on the backend's machine with --database-url.",
    )


@contextmanager
def open_database(config: Config) -> Iterator[Store]:
    """The configured database, created and migrated if need be. Blocks.

    An older database is upgraded as by `headcount upgrade`: nothing fails half-way.
    """
    make_data_dir(config)
    if upgraded := upgrade_first(config, SystemClock().now().wall_ms):
        words = "the database was upgraded from version %s to %s; the one before is %s"
        kept = upgraded.kept or "not kept (server.backup_before_upgrade)"
        logging.getLogger(__name__).warning(words, upgraded.version, upgraded.newest, kept)
    store = open_store(database_url(config))
    try:
        yield store
    finally:
        store.close()
