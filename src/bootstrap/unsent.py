"""How many lines of an event's log the backend has not acknowledged, counted cheaply."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..store.log_segment import segments
from ..store.station import StationStore

BLOCK = 1 << 20


@dataclass(slots=True)
class _Counted:
    acked: int
    size: int
    lines: int


class UnsentCount:
    """Counts the lines behind what was acknowledged; what was counted once is not read again."""

    def __init__(self, store: StationStore, server: str, event_id: str, log: Path) -> None:
        self._store = store
        self._server = server
        self._event_id = event_id
        self._log = log
        self._counted: dict[Path, _Counted] = {}

    def count(self) -> int:
        """The lines that wait, in all files of the log."""
        return sum(self._of(file) for file in segments(self._log))

    def _of(self, file: Path) -> int:
        receipt = self._store.receipt(str(file.resolve()), self._server, self._event_id)
        acked, size = receipt.acked_bytes if receipt else 0, file.stat().st_size
        before = self._counted.get(file)
        if before is None or before.acked != acked or before.size > size:
            before = _Counted(acked, behind_newline(file, acked), 0)
        before.lines += count_lines(file, before.size, size)
        before.size = size
        self._counted[file] = before
        return before.lines


def behind_newline(file: Path, acked: int) -> int:
    """What was acknowledged ends with a record, whose own newline stands behind it."""
    with file.open("rb") as opened:
        opened.seek(acked)
        return acked + (acked > 0 and opened.read(1) == b"\n")


def count_lines(file: Path, start: int, end: int) -> int:
    """Line ends in the bytes [start, end)."""
    lines, left = 0, end - start
    with file.open("rb") as opened:
        opened.seek(start)
        while left > 0 and (block := opened.read(min(BLOCK, left))):
            lines += block.count(b"\n")
            left -= len(block)
    return lines
