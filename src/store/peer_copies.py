"""Copies of other stations' logs, as they told them on the LAN: one file each, line for line.

They lie in `peers/` beside the own log and never count as own records: neither as unsent, nor for
the sync, the report or the archive of the own log.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ..core.errors import LogInUse
from ..core.lan import CopyRefused, Position
from ..core.model import Kind, LogLine
from ..core.sealing import SEALED
from .log_reader import count_lines, read_log
from .log_segment import Segment, make_parents
from .log_tail import read_tail
from .logline import LINE_LIMIT, LogEntry, check_line, decode, is_own

FOLDER: Final = "peers"
COPY_LIMIT: Final = 64 << 20
"""Bytes of a copy: some 200,000 records, more than a door writes in a week."""
MOST_COPIES: Final = 32
"""Files of an event: each door, and its second log after a change of disk."""
FREE_LIMIT: Final = 256 << 20
"""Bytes that stay free: the own records go before any copy."""
_ID_LIMIT: Final = 128
_KINDS: Final = frozenset({*Kind, SEALED})
_READABLE: Final = 40
"""Characters of the scanner's name in the file's: enough to know it by."""


def peers_folder(log: Path) -> Path:
    """Where the copies of other stations' logs are, for the own log at `log`."""
    return log.parent / FOLDER


def copies_of(log: Path) -> list[Path]:
    """The copies, by name; those set aside too."""
    return sorted(peers_folder(log).glob("*.jsonl"))


class PeerCopies:
    """Implements core.lan.Copies, for the copies beside one log."""

    def __init__(self, log: Path) -> None:
        self._folder = peers_folder(log)
        self._open: dict[Path, PeerCopy] = {}

    def open(self, scanner_id: str, log: str) -> PeerCopy:
        """The copy of one log. Raises CopyRefused."""
        path = self._folder / copy_name(scanner_id, log)
        if path not in self._open:
            if not path.exists() and len(list(self._folder.glob("*.jsonl"))) >= MOST_COPIES:
                raise CopyRefused(f"There are {MOST_COPIES} copies already.")
            self._open[path] = PeerCopy(path)
        return self._open[path]

    def entries(self) -> Iterator[LogEntry]:
        """Every intact line of every copy. Raises OSError."""
        for path in sorted(self._folder.glob("*.jsonl")):
            for item in read_log(path):
                if isinstance(item, LogLine) and (entry := entry_of(item.raw)):
                    yield entry

    def close(self) -> None:
        """Close the files."""
        for copy in self._open.values():
            copy.close()
        self._open.clear()


def copy_name(scanner_id: str, log: str) -> str:
    """A file's name: readable as far as it is harmless, and one for each log."""
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", scanner_id)[:_READABLE]
    digest = hashlib.sha256(f"{scanner_id}\0{log}".encode()).hexdigest()
    return f"{readable}.{digest[:12]}.jsonl"


def entry_of(raw: bytes) -> LogEntry | None:
    """What a line of a copy says; None for one that is no intact line of a station's log."""
    if len(raw) > LINE_LIMIT or not raw.isascii() or not is_own(raw):
        return None
    try:
        if check_line(raw):
            return None
        entry = decode(raw)
    except (ValueError, KeyError, RecursionError, AttributeError):
        return None  # the checksum fits, but somebody made it so
    known = entry.kind in _KINDS and entry.check_in_time is not None
    return entry if known and entry.seq and 0 < len(entry.id) <= _ID_LIMIT else None


class PeerCopy:
    """The copy of one log, open for appending. Implements core.lan.Copy."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._segment = self._opened()
        self._take_stock()

    def _opened(self) -> Segment:
        """Raises CopyRefused."""
        try:
            make_parents(self._path)
            return Segment.open(self._path)
        except LogInUse as error:
            raise CopyRefused(f"Another process writes {self._path.name}.") from error
        except OSError as error:
            raise _not_written(error) from None

    def _take_stock(self) -> None:
        """Where it ends. A half line at the end, of a power cut, goes: it is told again."""
        with self._path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - LINE_LIMIT - 1))
            tail = file.read()
            half = len(tail) - tail.rfind(b"\n") - 1
            if half > LINE_LIMIT:
                raise CopyRefused("Its copy is damaged.")
            if half:
                self._segment.cut(size - half)
            file.seek(0)
            self.records = count_lines(file, size - half)
        last = read_tail(self._path, 1) if self.records else []
        self.position = Position(last[0].seq or 0, last[0].id) if last else Position()

    def add(self, lines: Sequence[bytes]) -> None:
        """Append lines that follow. Raises CopyRefused for any that is no line, or does not.

        Not flushed: what a power cut takes is told again by the station that has it.
        """
        position = self.position
        for raw in lines:
            entry = entry_of(raw)
            if entry is None:
                raise CopyRefused("It told something that is no intact line of a log.")
            if (entry.seq or 0) <= position.seq:
                raise CopyRefused("It told a line again, or out of order.")
            position = Position(entry.seq or 0, entry.id)
        self._write(b"".join(raw + b"\n" for raw in lines))
        self.position = position
        self.records += len(lines)

    def _write(self, data: bytes) -> None:
        if self._segment.size + len(data) > COPY_LIMIT:
            raise CopyRefused(f"Its copy has reached {COPY_LIMIT >> 20} MiB.")
        try:
            if shutil.disk_usage(self._path.parent).free < FREE_LIMIT:
                raise CopyRefused("The disk is nearly full: what is left is for the own records.")
            self._segment.write(data)
        except OSError as error:
            raise _not_written(error) from None

    def set_aside(self) -> None:
        """Keep the old copy under another name, and begin anew. Raises CopyRefused."""
        self.close()
        names = (self._path.with_suffix(f".old{n}.jsonl") for n in range(1, MOST_COPIES))
        free = next((name for name in names if not name.exists()), None)
        if free is None:
            raise CopyRefused("There are too many old copies of it.")
        try:
            self._path.rename(free)
        except OSError as error:
            raise _not_written(error) from None
        self._segment = self._opened()
        self._take_stock()

    def close(self) -> None:
        """Close the file."""
        self._segment.close()


def _not_written(error: OSError) -> CopyRefused:
    return CopyRefused(f"Its copy can't be written: {error.strerror}.")
