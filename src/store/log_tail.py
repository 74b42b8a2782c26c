"""The newest lines of a log, found from its end: a scanner that starts again knows who was here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from .log_segment import segments
from .logline import LogEntry, check_line, decode, is_own

_BLOCK: Final = 256 * 1024


def read_tail(path: Path, lines: int = 10_000) -> list[LogEntry]:
    """The last intact lines of a log, over all its files, oldest first; each record once.

    Damaged lines count too, and are left out. Line numbers are not known (0). Raises OSError.
    """
    newest_first: list[LogEntry] = []
    seen: set[str] = set()
    left = lines
    for segment in reversed(segments(path)):
        raws = _last_lines(segment, left)
        left -= len(raws)
        for raw in reversed(raws):
            if not raw.strip() or check_line(raw):
                continue
            entry = decode(raw)
            if not is_own(raw):
                newest_first.append(entry)
            elif entry.id not in seen:
                newest_first.append(entry)
                seen.add(entry.id)
        if left <= 0:
            break
    return newest_first[::-1]


def _last_lines(path: Path, lines: int) -> list[bytes]:
    """Up to `lines` lines from the end of one file, without their newlines."""
    with path.open("rb") as file:
        start = file.seek(0, 2)
        blocks: list[bytes] = []
        newlines = 0
        while start > 0 and newlines <= lines:
            size = min(_BLOCK, start)
            start -= size
            file.seek(start)
            blocks.append(file.read(size))
            newlines += blocks[-1].count(b"\n")
    found = b"".join(reversed(blocks)).split(b"\n")
    if not found[-1]:
        found.pop()
    return found[-lines:] if lines > 0 else []
