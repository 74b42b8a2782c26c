"""Backups of the backend's database: where they lie, how many are kept, when one is due."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from ..config import Config
from ..core.errors import HeadcountError, UsageError
from ..core.ports import Clock
from ..store.server import sqlite_backup
from ..store.server.sqlite_backup import Manifest
from .paths import database_url

HOUR_MS = 3_600_000
LOOK_SECONDS = 60.0
"""How often a running backend looks whether a backup is due."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup that is there."""

    file: Path
    manifest: Manifest


def backup_dir(config: Config) -> Path:
    """Where backups go."""
    configured = config.server.backup_dir
    return Path(configured).expanduser() if configured else config.data_path / "backups"


def back_up(config: Config, now_ms: int, folder: Path | None = None) -> Backup:
    """Make and verify a backup, then let go of the oldest beyond the number to keep.

    Only backups in the configured folder are let go of, never those in a `folder` of the user's
    choice. Raises UsageError, BackupDamaged.
    """
    file = (folder or backup_dir(config)) / f"{_stamp(now_ms)}{sqlite_backup.SUFFIX}"
    manifest = sqlite_backup.back_up(_database(config), file, now_ms)
    if folder is None:
        sqlite_backup.rotate(file.parent, config.server.backups_kept)
    return Backup(file, manifest)


def listed(config: Config) -> list[tuple[Path, Manifest | None]]:
    """The backups in the configured folder, oldest first; None for an unreadable manifest."""
    return [(file, sqlite_backup.read_manifest(file)) for file in _files(config)]


def verify(file: Path) -> Manifest:
    """Check one backup. Raises BackupDamaged."""
    return sqlite_backup.verify(file)


def restore(config: Config, file: Path, now_ms: int, *, force: bool) -> tuple[Manifest, Path]:
    """Put a backup in the database's place; also says where the former database is kept.

    Raises UsageError if there is a database and not `force`, or while it is in use; BackupDamaged.
    """
    database = _database(config)
    aside = database.with_name(f"{database.name}.before-{_stamp(now_ms)}")
    manifest = sqlite_backup.restore(file, database, aside=aside if force else None)
    return manifest, aside


def due(newest_ms: int | None, now_ms: int, every_hours: int) -> bool:
    """Whether a backup is due; one from the future (the clock went back) does not count."""
    if every_hours <= 0:
        return False
    return newest_ms is None or not 0 <= now_ms - newest_ms < every_hours * HOUR_MS


class Keeper:
    """Makes the scheduled backups of a running backend on SQLite, in a thread of its own.

    What is due follows from the newest backup, so that a restart neither repeats nor skips one.
    """

    def __init__(self, config: Config, clock: Clock, on_trouble: Callable[[str], None]) -> None:
        self._config = config
        self._clock = clock
        self._on_trouble = on_trouble
        self._stop = threading.Event()

    def look(self) -> Backup | None:
        """Make a backup if one is due. Trouble is told, and never stops the backend."""
        now = self._clock.now().wall_ms
        try:
            if not _is_sqlite(self._config):
                return None
            if not due(_newest(self._config), now, self._config.server.backup_every_hours):
                return None
            return back_up(self._config, now)
        except HeadcountError as error:
            self._on_trouble(f"The backup failed: {error}")
            return None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look now and then while the block runs."""
        thread = threading.Thread(target=self._run, name="backups", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self.look()


def _newest(config: Config) -> int | None:
    manifests = [manifest for _, manifest in listed(config) if manifest]
    return manifests[-1].created_at if manifests else None


def _files(config: Config) -> Sequence[Path]:
    return sqlite_backup.backups(backup_dir(config))


def _is_sqlite(config: Config) -> bool:
    return database_url(config).startswith("sqlite:")


def _database(config: Config) -> Path:
    """The SQLite file. Raises UsageError for another database."""
    url = make_url(database_url(config))
    if not _is_sqlite(config) or not url.database:
        raise UsageError(
            f"Backups of {url.drivername} are not made here.",
            remedy="Use that database's own tools: docs/backup.md names them.",
        )
    return Path(url.database)


def _stamp(now_ms: int) -> str:
    """A name that sorts by time: 20260721T090000Z."""
    return datetime.fromtimestamp(now_ms / 1000, tz=UTC).strftime("%Y%m%dT%H%M%SZ")
