"""Backups of the backend's database: where they lie, how many are kept, when one is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, make_url

from ..config import Config
from ..core.errors import HeadcountError, UsageError
from ..core.ports import Clock
from ..store.server import pg_backup, sqlite_backup
from ..store.server.database import POSTGRESQL
from ..store.server.sqlite_backup import Manifest
from .paths import database_url

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup that is there."""

    file: Path
    manifest: Manifest


def backup_dir(config: Config) -> Path:
    """Where backups go."""
    configured = config.server.backup_dir
    return Path(configured).expanduser() if configured else config.data_path / "backups"


def new_file(config: Config, now_ms: int, why: str = "", folder: Path | None = None) -> Path:
    """A backup's name: it begins with the time, and may say why it was made."""
    suffix = sqlite_backup.SUFFIX if is_sqlite(config) else pg_backup.SUFFIX
    return (folder or backup_dir(config)) / f"{stamp(now_ms)}{why}{suffix}"


def let_go(config: Config) -> None:
    """Delete the oldest backups in the configured folder, beyond the number to keep."""
    suffix = sqlite_backup.SUFFIX if is_sqlite(config) else pg_backup.SUFFIX
    sqlite_backup.rotate(backup_dir(config), config.server.backups_kept, suffix)


def back_up(config: Config, now_ms: int, folder: Path | None = None, *, why: str = "") -> Backup:
    """Make and verify a backup, then let go of the oldest beyond the number to keep.

    Only backups in the configured folder are let go of, never those in a `folder` of the user's
    choice. Raises UsageError, BackupDamaged.
    """
    file = new_file(config, now_ms, why, folder)
    if is_sqlite(config):
        manifest = sqlite_backup.back_up(database_file(config), file, now_ms)
    else:
        manifest = pg_backup.back_up(_server(config), file, now_ms)
    if folder is None:
        let_go(config)
    return Backup(file, manifest)


def listed(config: Config) -> list[tuple[Path, Manifest | None]]:
    """The backups in the configured folder, oldest first; None for an unreadable manifest."""
    return [(file, sqlite_backup.read_manifest(file)) for file in _files(config)]


def verify(file: Path) -> Manifest:
    """Check one backup. Raises BackupDamaged, UsageError."""
    return pg_backup.verify(file) if _is_dump(file) else sqlite_backup.verify(file)


def restore(config: Config, file: Path, now_ms: int, *, force: bool) -> tuple[Manifest, str]:
    """Put a backup in the database's place; also says where the former database is kept, if any.

    Raises UsageError if there is a database and not `force`, or while it is in use, or for a backup
    of the other kind of database; BackupDamaged, DatabaseUnavailable.
    """
    if _is_dump(file) == is_sqlite(config):
        raise UsageError(
            f"{file.name} is a backup of another kind of database than the configured one.",
            safe="Nothing was changed.",
            remedy="Name the database with --database-url.",
        )
    if is_sqlite(config):
        database = database_file(config)
        aside = database.with_name(f"{database.name}.before-{stamp(now_ms)}")
        manifest = sqlite_backup.restore(file, database, aside=aside if force else None)
        return manifest, str(aside) if aside.exists() else ""
    schema = f"{pg_backup.ASIDE}{stamp(now_ms).lower()}"
    moved = pg_backup.restore(file, _server(config), aside=schema if force else None)
    return moved.manifest, f"the schema {schema}" if moved.aside else ""


def due(newest_ms: int | None, now_ms: int, every_hours: int) -> bool:
    """Whether a backup is due; one from the future (the clock went back) does not count."""
    if every_hours <= 0:
        return False
    return newest_ms is None or not 0 <= now_ms - newest_ms < every_hours * HOUR_MS


class Keeper:
    """Makes the scheduled backups of a running backend.

    What is due follows from the newest backup, so that a restart neither repeats nor skips one.
    """

    def __init__(self, config: Config, clock: Clock, on_trouble: Callable[[str], None]) -> None:
        self._config = config
        self._clock = clock
        self._on_trouble = on_trouble

    def look(self) -> Backup | None:
        """Make a backup if one is due. Trouble is told, and never stops the backend."""
        now = self._clock.now().wall_ms
        try:
            if not due(_newest(self._config), now, self._config.server.backup_every_hours):
                return None
            return back_up(self._config, now)
        except HeadcountError as error:
            self._on_trouble(f"The backup failed: {error}")
            return None


def _newest(config: Config) -> int | None:
    manifests = [manifest for _, manifest in listed(config) if manifest]
    return manifests[-1].created_at if manifests else None


def _files(config: Config) -> Sequence[Path]:
    """Of both kinds; their names begin with the time."""
    folder, suffixes = backup_dir(config), (sqlite_backup.SUFFIX, pg_backup.SUFFIX)
    return sorted(file for suffix in suffixes for file in sqlite_backup.backups(folder, suffix))


def is_sqlite(config: Config) -> bool:
    """Whether the backend's database is one file."""
    return database_url(config).startswith("sqlite:")


def _is_dump(file: Path) -> bool:
    return file.name.endswith(pg_backup.SUFFIX)


def database_file(config: Config) -> Path:
    """The SQLite file. Raises UsageError for a URL without one."""
    url = make_url(database_url(config))
    if not url.database:
        raise UsageError("The database URL names no file.", remedy="Use sqlite:///FILE.")
    return Path(url.database)


def _server(config: Config) -> URL:
    """The PostgreSQL database. Raises UsageError for any other."""
    url = make_url(database_url(config))
    if url.drivername not in POSTGRESQL or not url.database:
        raise UsageError(
            f"Backups of {url.drivername} are not made here.",
            remedy="Use --database-url sqlite:///FILE or postgresql://USER@HOST/DATABASE.",
        )
    return url


def stamp(now_ms: int) -> str:
    """A name that sorts by time: 20260721T090000Z."""
    return datetime.fromtimestamp(now_ms / 1000, tz=UTC).strftime("%Y%m%dT%H%M%SZ")
