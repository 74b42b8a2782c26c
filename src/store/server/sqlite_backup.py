"""Backups of a SQLite database: taken while it is written, verified, and brought back.

A backup is one file, made under a temporary name, checked, flushed and renamed; beside it lies a
manifest with its SHA-256 and the number of rows of each table.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from ...core.errors import HeadcountError, UsageError
from ..log_segment import make_parents, sync_dir
from .filelock import FileLock

SUFFIX = ".sqlite3"
MANIFEST = ".json"
BLOCK = 1 << 20
"""Bytes hashed at once."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `created_at` is Unix ms, `size` bytes, `rows` by table."""

    created_at: int
    sha256: str
    size: int
    schema: str
    rows: dict[str, int]


class BackupDamaged(HeadcountError):
    """A backup is not what its manifest says, or no intact database."""


def back_up(database: Path, target: Path, now_ms: int) -> Manifest:
    """Copy the database as it is at this moment to the new file `target`, verified.

    Writers go on meanwhile. Raises UsageError if there is no database or the target exists,
    BackupDamaged if the copy is not sound; then no file is left.
    """
    if not database.is_file():
        raise UsageError(
            f"There is no database {database}.", remedy="Name it with --database-url sqlite:///FILE"
        )
    part = target.with_name(target.name + ".part")
    with made_whole(part, target):
        copy_database(database, part)
        manifest = describe(part, now_ms)
        document = msgspec.json.format(msgspec.json.encode(asdict(manifest)), indent=1)
        with private(manifest_of(target)) as file:
            file.write(document)
    return manifest


def verify(backup: Path) -> Manifest:
    """Check a backup against its manifest, and the database inside. Raises BackupDamaged."""
    return read_verified(backup, describe)


def read_verified(backup: Path, describe: Callable[[Path, int], Manifest]) -> Manifest:
    """The manifest of a backup that is as `describe` finds it. Raises BackupDamaged."""
    manifest = read_manifest(backup)
    if manifest is None:
        raise BackupDamaged(
            f"{backup} has no readable manifest ({manifest_of(backup).name}).",
            remedy="Use another backup, or look for the manifest where this one came from.",
        )
    try:
        found = describe(backup, manifest.created_at)
    except OSError as error:
        raise BackupDamaged(f"{backup} can't be read: {error.strerror}.") from None
    if found != manifest:
        raise BackupDamaged(
            f"{backup} is not what its manifest says: {_difference(manifest, found)}.",
            safe="The database in use was not touched.",
            remedy="Use another backup.",
        )
    return manifest


def restore(backup: Path, database: Path, *, aside: Path | None) -> Manifest:
    """Put a verified backup in the database's place.

    A database that is there is moved to `aside` first; without `aside` it is an error. Raises
    BackupDamaged, or UsageError if it exists or is in use; then nothing has changed.
    """
    manifest = verify(backup)
    make_parents(database)
    if database.exists():
        if aside is None:
            raise UsageError(
                f"The database {database} exists.",
                safe="It was not changed.",
                remedy="With --force it is kept under another name, and the backup used instead.",
            )
        settle(database)
    part = database.with_name(database.name + ".restoring")
    with FileLock(database.with_name(database.name + ".lock")), made_whole(part, database):
        with backup.open("rb") as source, private(part) as copy:
            shutil.copyfileobj(source, copy)
        if aside is not None:
            _set_aside(database, aside)
    return manifest


def backups(folder: Path, suffix: str = SUFFIX) -> list[Path]:
    """The backups in a folder, oldest first; their names begin with the time."""
    return sorted(folder.glob(f"*{suffix}"))


def read_manifest(backup: Path) -> Manifest | None:
    """A backup's manifest; None if it is missing or not readable."""
    try:
        return msgspec.json.decode(manifest_of(backup).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None


def rotate(folder: Path, keep: int, suffix: str = SUFFIX) -> list[Path]:
    """Delete all but the newest `keep` backups that this program named; what went."""
    old = backups(folder, suffix)[:-keep] if keep else []
    for backup in old:
        backup.unlink()
        manifest_of(backup).unlink(missing_ok=True)
    return old


def manifest_of(backup: Path) -> Path:
    """Where a backup's manifest lies."""
    return backup.with_name(backup.name + MANIFEST)


def copy_database(database: Path, part: Path) -> None:
    """Copy a database as it is at this moment, also while it is written, to a new private file.

    Raises BackupDamaged if it can't be read, or the disk is full.
    """
    private(part).close()
    try:
        with (
            closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            # All pages in one step: a writer between two steps would make it begin again.
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without side files
    except sqlite3.Error as error:
        raise BackupDamaged(
            f"{database} could not be copied: {error}.",
            safe="It was not changed.",
            remedy="Check the free space of the disk.",
        ) from None


def describe(backup: Path, created_at: int) -> Manifest:
    """Read a backup through. Raises BackupDamaged if it is no sound database of ours."""
    try:
        uri = f"{backup.resolve().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as copy:
            problems = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
            if problems != ["ok"]:
                raise sqlite3.DatabaseError("; ".join(problems))
            if orphan := copy.execute("PRAGMA foreign_key_check").fetchone():
                raise sqlite3.DatabaseError(f"a row of {orphan[0]} refers to one that is missing")
            (schema,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
            rows = {table: _count(copy, table) for table in _tables(copy)}
    except sqlite3.Error as error:
        raise BackupDamaged(
            f"{backup} is no sound database: {error}.",
            safe="The database in use was not touched.",
            remedy="Use another backup.",
        ) from None
    return Manifest(created_at, digest(backup), backup.stat().st_size, schema, rows)


def _tables(copy: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return sorted(row[0] for row in copy.execute(query))


def _count(copy: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(copy.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])  # noqa: S608


def digest(path: Path) -> str:
    """A file's SHA-256, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _difference(manifest: Manifest, found: Manifest) -> str:
    if manifest.sha256 != found.sha256:
        return f"it has {found.size:,} bytes of other content (SHA-256 {found.sha256[:16]}…)"
    return "its schema or numbers of rows differ"


def settle(database: Path) -> None:
    """Bring everything into the one file. Raises UsageError while somebody uses the database."""
    try:
        with closing(sqlite3.connect(database, timeout=1)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        mode = str(error)
    except sqlite3.DatabaseError:
        return  # it is damaged: that may be why somebody restores
    if mode != "delete":
        raise UsageError(
            f"The database {database} is in use ({mode}).",
            safe="It was not changed.",
            remedy="Stop the backend first.",
        )


@contextmanager
def made_whole(part: Path, target: Path) -> Iterator[None]:
    """Fill `part` inside; it becomes `target` durably at the end, or nothing is left of it."""
    try:
        make_parents(target)
        yield
        if target.exists():
            raise FileExistsError(errno.EEXIST, "it exists")
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(target)
        sync_dir(target.parent)
    except OSError as error:
        raise UsageError(
            f"{target} can't be written: {error.strerror}.",
            safe="What was there is unchanged.",
            remedy="Check the free space and the owner of the folder.",
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


def private(path: Path) -> BinaryIO:
    """Open for writing, for this user only; names are in it. An older file is overwritten."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _set_aside(database: Path, aside: Path) -> None:
    """Move the database away, with the side files that a damaged one may have left."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            database.with_name(database.name + suffix).rename(aside.with_name(aside.name + suffix))
