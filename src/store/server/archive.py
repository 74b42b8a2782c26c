"""Rows that are about to be deleted, as CSV files with a manifest: written, flushed, read again.

A folder gets its name when everything in it is on the disk, so an archive with a name is whole.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ...core.errors import HeadcountError, UsageError
from ...core.identity import clean_text
from ...core.spreadsheet import defuse
from ..log_segment import make_parents, sync_dir

MANIFEST = "manifest.json"
CELL_LIMIT = 100_000
"""Characters: more than anything that is stored as text here."""


class ArchiveDamaged(HeadcountError):
    """An archive is not what its manifest says."""


class ArchiveWriter:
    """One folder while it is filled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, dict[str, object]] = {}

    def add(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Write one table; the number of its rows."""
        count, digest = 0, hashlib.sha256()
        with _private(self._folder / f"{name}.csv") as file:
            for cells in _lines(columns, rows):
                digest.update(cells)
                file.write(cells)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        self._files[f"{name}.csv"] = {"rows": count - 1, "sha256": digest.hexdigest()}
        return count - 1

    def close(self, about: dict[str, object]) -> None:
        """Write the manifest."""
        document = msgspec.json.encode({**about, "files": self._files})
        with _private(self._folder / MANIFEST) as file:
            file.write(msgspec.json.format(document, indent=1))
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def new_archive(folder: Path, about: dict[str, object]) -> Iterator[ArchiveWriter]:
    """Fill a new folder; at the end it is verified and has its name.

    Raises UsageError if it can't be written, ArchiveDamaged if it can't be read again as written.
    """
    part = folder.with_name(folder.name + ".part")
    try:
        make_parents(folder)
        shutil.rmtree(part, ignore_errors=True)  # a purge was killed here
        part.mkdir(mode=0o700)
        writer = ArchiveWriter(part)
        yield writer
        writer.close(about)
        verify(part)
        sync_dir(part)
        part.rename(folder)
        sync_dir(folder.parent)
    except OSError as error:
        raise UsageError(
            f"The archive {folder} can't be written: {error.strerror}.",
            safe="Nothing was deleted.",
            remedy="Check the free space and the owner of retention.archive_dir.",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def verify(folder: Path) -> None:
    """Read an archive again. Raises ArchiveDamaged, OSError."""
    files = msgspec.json.decode((folder / MANIFEST).read_bytes())["files"]
    for name, expected in files.items():
        with (folder / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with (folder / name).open(encoding="utf-8", newline="") as text:
            rows = sum(1 for _ in csv.reader(text)) - 1
        if (rows, digest) != (expected["rows"], expected["sha256"]):
            raise ArchiveDamaged(
                f"{folder / name} is not what was written.",
                safe="Nothing was deleted.",
                remedy="Check the disk, then purge again.",
            )


def _lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    stream = io.StringIO()
    writer = csv.writer(stream)
    for row in (columns, *()):
        writer.writerow(row)
    for row in rows:
        yield stream.getvalue().encode()
        stream.seek(0)
        stream.truncate()
        writer.writerow([_cell(value) for value in row])
    yield stream.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return defuse(clean_text(value, CELL_LIMIT)) if isinstance(value, str) else value


def _private(path: Path) -> io.BufferedWriter:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    return io.BufferedWriter(io.FileIO(os.open(path, flags, 0o600), "wb"))
