"""Brings a SQLite database to the newest schema: on a copy, which then takes its place at once.

Whatever fails, the database in use is the one that was there. The one before stays beside it, with
its manifest, until the next upgrade.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ...core.errors import HeadcountError, UsageError
from ..log_segment import sync_dir
from . import schema
from .filelock import FileLock
from .migrate import migrate
from .sqlite import SqliteDatabase
from .sqlite_backup import back_up, copy_database, describe, manifest_of, settle, verify

PREVIOUS = ".before-upgrade"
DRAFT = ".upgrading"
"""A folder: SQLite puts files of its own beside the copy."""


class UpgradeFailed(HeadcountError):
    """A database could not be upgraded, and is as it was."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """From which version to which, and the rows of each table before."""

    before: str
    after: str
    rows: Mapping[str, int]


def version_of(database: Path) -> str | None:
    """The schema's version; None where there is no readable database of ours."""
    if not database.is_file():
        return None
    try:
        uri = f"{database.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else None


def is_due(database: Path) -> bool:
    """Whether the database is older than this program."""
    version = version_of(database)
    return version is not None and version < schema.HEAD


def previous_of(database: Path) -> Path:
    """Where the database of before the last upgrade lies."""
    return database.with_name(database.name + PREVIOUS)


def rehearse(database: Path) -> Upgrade:
    """Upgrade a copy and throw it away; the database may be in use. Raises UpgradeFailed."""
    before = str(version_of(database))
    with TemporaryDirectory(prefix=f"{database.name}.", dir=database.parent) as folder:
        rows = _migrated(database, Path(folder) / database.name)
    return Upgrade(before, schema.HEAD, rows)


def upgrade(database: Path, backup: Path, now_ms: int) -> Upgrade | None:
    """Back the database up to the new file `backup`, and upgrade it; None if it is not due.

    Raises UpgradeFailed, BackupDamaged, or UsageError while it is in use; then it is as it was, and
    no backup is left: a service that is started again and again would fill the disk with them.
    """
    database = database.resolve()  # a link goes on leading to it
    with FileLock(_lock(database)):
        if not is_due(database):
            return None
        before = str(version_of(database))
        settle(database)
        back_up(database, backup, now_ms)
        try:
            with _drafted(database) as draft:
                rows = _migrated(backup, draft)
                _keep(backup, database)
                _put(draft, database)
        except BaseException:
            backup.unlink()
            manifest_of(backup).unlink(missing_ok=True)
            raise
    return Upgrade(before, schema.HEAD, rows)


def roll_back(database: Path, aside: Path) -> Upgrade:
    """Put the database of before the last upgrade back; the present one is kept as `aside`.

    Raises UsageError if there is nothing to go back to, or it is in use; BackupDamaged.
    """
    database = database.resolve()
    previous = previous_of(database)
    with FileLock(_lock(database)):
        now, manifest = version_of(database), verify(previous) if previous.exists() else None
        if now is None or manifest is None or manifest.schema >= now:
            raise UsageError(
                f"There is no earlier version of {database} to go back to.",
                safe="Nothing was changed.",
                remedy="Look for one among the backups: headcount backup list",
            )
        settle(database)
        with _drafted(database) as draft:
            copy_database(previous, draft)
            _link(database, aside)
            _put(draft, database)
    return Upgrade(now, manifest.schema, manifest.rows)


def _lock(database: Path) -> Path:
    """The one that every writer of the database holds."""
    return database.with_name(database.name + ".lock")


def _migrated(source: Path, draft: Path) -> dict[str, int]:
    """Make `draft` a migrated, checked copy of `source`; the source's rows by table."""
    try:
        copy_database(source, draft)
        rows = describe(draft, 0).rows
        database = SqliteDatabase(draft)
        with closing(database):
            migrate(database)
        settle(draft)
        describe(draft, 0)  # sound, and no row refers to a missing one
    except Exception as error:  # whatever a migration does wrong
        why = error.what if isinstance(error, HeadcountError) else getattr(error, "orig", error)
        raise UpgradeFailed(
            f"The upgrade from version {version_of(source)} to {schema.HEAD} failed: {why}",
            safe="It was tried on a copy: the database in use is as it was.",
            remedy="Check the disk's free space. Or go on with the program's version before this "
            "one, and report the fault.",
        ) from error
    return rows


@contextmanager
def _drafted(database: Path) -> Iterator[Path]:
    """A place for a copy on the same file system; what a killed upgrade left there goes."""
    folder = database.with_name(database.name + DRAFT)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
        yield folder / database.name
    except OSError as error:
        raise UpgradeFailed(
            f"The upgraded copy could not be put in place: {error.strerror}.",
            safe="The database in use is as it was.",
            remedy=f"Check the free space and the owner of {database.parent}.",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(draft: Path, database: Path) -> None:
    """The draft becomes the database, in one step, with its owner and mode."""
    _own_as(draft, database)
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(database)
    sync_dir(database.parent)


def _keep(backup: Path, database: Path) -> None:
    """The backup also lies beside the database: backups are let go of in time."""
    previous = previous_of(database)
    _link(backup, previous)
    _link(manifest_of(backup), manifest_of(previous))
    for file in (previous, manifest_of(previous)):
        _own_as(file, database)


def _link(file: Path, name: Path) -> None:
    """A second name for a file; a copy where the file systems can't."""
    name.unlink(missing_ok=True)
    with suppress(OSError):
        name.hardlink_to(file)
        return
    shutil.copy2(file, name)


def _own_as(file: Path, database: Path) -> None:
    """Root may upgrade what a service's user owns."""
    wanted, found = database.stat(), file.stat()
    if (found.st_uid, found.st_gid) != (wanted.st_uid, wanted.st_gid):
        os.chown(file, wanted.st_uid, wanted.st_gid)
    file.chmod(wanted.st_mode & 0o777)
