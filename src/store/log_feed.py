"""The own log as it is told to other stations: durable, intact lines, each once, in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..core.lan import Position
from .log_segment import segments
from .logline import LINE_LIMIT, check_line, decode, is_own

_LINES: Final = 1_000
"""Lines read at once on the way to a position."""


class LogFeed:
    """Implements core.lan.Feed. `safe` may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._safe: dict[Path, int] = {}
        self._name = ""

    def safe(self, file: Path, size: int) -> None:
        """The first `size` bytes of this file of the log are on the medium."""
        self._safe[file] = size

    def files(self) -> list[tuple[Path, int]]:
        """The log's files, each with the bytes that may be told: all but of the newest."""
        found = segments(self._path)
        old = [(file, file.stat().st_size) for file in found[:-1]]
        return old + [(file, self._safe.get(file, 0)) for file in found[-1:]]

    def name(self) -> str:
        """The id of the log's first line; empty while it has none."""
        if not self._name:
            first = FeedCursor(self).read(1, LINE_LIMIT)
            self._name = decode(first[0]).id if first else ""
        return self._name

    def cursor(self, after: Position) -> FeedCursor | None:
        """Where the lines after this one are; None where this log has no such line."""
        cursor = FeedCursor(self)
        if after.seq == 0:
            return cursor
        while cursor.position.seq < after.seq:
            left = after.seq - cursor.position.seq
            if not cursor.read(min(left, _LINES), LINE_LIMIT):
                return None
        return cursor if cursor.position == after else None


class FeedCursor:
    """One listener's place. Implements core.lan.Cursor."""

    def __init__(self, feed: LogFeed) -> None:
        self._feed = feed
        self._file = 0
        self._offset = 0
        self.position = Position()
        """The last line that was read."""

    def read(self, lines: int, size: int) -> Sequence[bytes]:
        """The next lines, up to these limits; none at the end. Raises OSError."""
        found: list[bytes] = []
        files = self._feed.files()
        while self._file < len(files) and len(found) < lines:
            path, end = files[self._file]
            if self._offset < end:
                size -= self._read_file(path, end, found, (lines, size))
            if self._offset < end or self._file == len(files) - 1:
                break
            self._file, self._offset = self._file + 1, 0
        return found

    def _read_file(self, path: Path, end: int, found: list[bytes], limits: tuple[int, int]) -> int:
        """Read on in one file; how many bytes of lines were found."""
        lines, size = limits
        used = 0
        with path.open("rb") as file:
            file.seek(self._offset)
            while self._offset < end and len(found) < lines:
                raw = file.readline(LINE_LIMIT + 1)
                if used + len(raw) > size and used:
                    break
                self._offset += len(raw)
                if not raw.endswith(b"\n"):  # the rest of an endless line, damage
                    continue
                if self._is_next(raw[:-1]):
                    found.append(raw[:-1])
                    used += len(raw)
        return used

    def _is_next(self, raw: bytes) -> bool:
        """Not damage, nor another program's line, nor a rescued one that came before."""
        if not is_own(raw) or check_line(raw):
            return False
        entry = decode(raw)
        if entry.seq is None or entry.seq <= self.position.seq:
            return False
        self.position = Position(entry.seq, entry.id)
        return True
