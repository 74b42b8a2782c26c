"""Where each line of a log begins, found from the end: the newest lines are there at once.

A line is known by a number that never changes: 0 is the newest at opening, 1 the one before it, and
-1, -2, … are those that came later. Eight bytes of memory a line.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ..core.review import Place
from .log_blocks import Block, after_newline, blocks_backwards, line_starts, read_line
from .log_segment import is_locked, segments
from .log_summary import Summary, summed_up
from .logline import check_line, decode

_SHIFT: Final = 40
"""Bits of an offset in a packed place: files of up to a terabyte."""
_VOID: Final = b'"kind":"void"'
_MASK: Final = (1 << _SHIFT) - 1


class Sample(NamedTuple):
    """The times (Unix ms) between which a block's lines lie, as far as its ends tell."""

    low: int
    high: int
    first: int
    """The number of its newest line."""
    last: int
    """The number of its oldest line."""


class Numbered:
    """Places by number. One thread may add while others read."""

    def __init__(self) -> None:
        self._older = array("Q")
        """Packed, descending: from number 0 up."""
        self._newer = array("Q")
        """Packed, ascending: from number -1 down."""

    @property
    def first(self) -> int:
        """The number of the newest line: 0, or below."""
        return -len(self._newer)

    @property
    def last(self) -> int:
        """One above the number of the oldest line that is known."""
        return len(self._older)

    def __len__(self) -> int:
        return len(self._older) + len(self._newer)

    def place(self, number: int) -> Place:
        """Where this line is. Raises IndexError."""
        packed = self._older[number] if number >= 0 else self._newer[-1 - number]
        return Place(packed >> _SHIFT, packed & _MASK)

    def older(self, file: int, starts: Sequence[int]) -> None:
        """Add lines before all others; `starts` are ascending."""
        base = file << _SHIFT
        self._older.extend([base + start for start in reversed(starts)])

    def newer(self, file: int, starts: Sequence[int]) -> None:
        """Add lines after all others; `starts` are ascending."""
        base = file << _SHIFT
        self._newer.extend([base + start for start in starts])

    def newest(self) -> int:
        """The packed place of the newest line; -1 for none."""
        if self._newer:
            return self._newer[-1]
        return self._older[0] if self._older else -1

    def nearest(self, place: Place) -> int | None:
        """The number of the newest line that is not after this place; else the oldest; or None."""
        packed = (place.file << _SHIFT) + place.start
        if self._newer and (at := bisect_right(self._newer, packed)):
            return -at
        if not self._older:
            return -1 if self._newer else None
        return min(bisect_left(self._older, -packed, key=_negative), len(self._older) - 1)

    def count(self, file: int, start: int) -> int:
        """How many lines of this file begin before `start`."""
        low, high = file << _SHIFT, (file << _SHIFT) + start
        return _below(self._older, low, high) + (
            bisect_left(self._newer, high) - bisect_left(self._newer, low)
        )


def _below(descending: array[int], low: int, high: int) -> int:
    """How many values of [low, high) there are."""
    return bisect_left(descending, -low + 1, key=_negative) - bisect_left(
        descending, -high + 1, key=_negative
    )


def _negative(value: int) -> int:
    return -value


class LogFile:
    """One file of a log, open for reading; `begin` and `end` are where whole lines are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.end = after_newline(self.fd, 0, os.fstat(self.fd).st_size)
        self.left = self.end
        """Bytes before which the index does not know the lines yet."""
        self.summaries: list[Summary] = []
        """Of the blocks that are indexed, the newest first."""

    @property
    def size(self) -> int:
        """Bytes now."""
        return os.fstat(self.fd).st_size

    def tail(self) -> int | None:
        """Where a last line without a newline begins, if nobody is writing it any more."""
        return self.end if self.size > self.end and not is_locked(self.fd) else None


class LogIndex:
    """The lines of all files of a log. `open` it, then run `build` in a thread.

    Both raise OSError; a log that does not exist is empty.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self.files: list[LogFile] = []
        self.lines = Numbered()
        self.samples: list[Sample] = []
        self.voided: set[str] = set()
        """Ids of records that a later line takes back."""
        self._total: int | None = None

    def open(self) -> None:
        """Open the files; nothing but the last line is read."""
        self.files = [LogFile(path) for path in segments(self._log)]
        self._total = sum(file.end for file in self.files)
        for number, file in reversed(list(enumerate(self.files))):
            if number == len(self.files) - 1 and (tail := file.tail()) is not None:
                self.lines.older(number, [tail])

    def close(self) -> None:
        """Close the files."""
        for file in self.files:
            os.close(file.fd)
        self.files = []

    @property
    def complete(self) -> bool:
        """Whether every line is known."""
        return self._total is not None and not any(file.left for file in self.files)

    @property
    def progress(self) -> float:
        """The part of the bytes that is known, 0 to 1."""
        if self._total is None:
            return 0.0
        return 1 - sum(file.left for file in self.files) / max(1, self._total)

    def build(self, cancelled: Callable[[], bool] = lambda: False) -> Iterator[int]:
        """Go through all files from the end; yields how many lines are known, block by block."""
        for number, file in reversed(list(enumerate(self.files))):
            for block in blocks_backwards(file.fd, 0, file.left):
                if cancelled():
                    return
                starts = line_starts(block)
                before = self.lines.last
                self.lines.older(number, starts)
                file.left = block.start
                file.summaries.append(summed_up(block))
                self._sample(block, before)
                self.voided.update(_taken_back(block))
                yield len(self.lines)

    def _sample(self, block: Block, before: int) -> None:
        lines = (block.data[: block.data.find(b"\n")], block.data[:-1].rpartition(b"\n")[2])
        times = [time for line in lines if (time := time_of(line)) is not None]
        if times:
            self.samples.append(Sample(min(times), max(times), before, self.lines.last))

    def follow(self) -> int:
        """Take up what was written since; how many lines that is."""
        before = self.lines.first
        for path in segments(self._log)[len(self.files) :]:
            fresh = LogFile(path)
            fresh.end = fresh.left = 0
            self.files.append(fresh)
        for number, file in enumerate(self.files):
            self._grow(number, file)
        return before - self.lines.first

    def _grow(self, number: int, file: LogFile) -> None:
        """The lines behind `end`; an unended one, that was known before, is not new."""
        end = after_newline(file.fd, file.end, file.size)
        known = self.lines.newest()
        blocks = list(blocks_backwards(file.fd, file.end, end))
        for block in reversed(blocks):
            starts = line_starts(block)
            self.voided.update(_taken_back(block))
            self.lines.newer(number, [s for s in starts if (number << _SHIFT) + s > known])
        file.end = end

    def read(self, place: Place) -> bytes:
        """The line at this place, with its newline if it has one."""
        return read_line(self.files[place.file].fd, place.start)

    def number_of(self, place: Place) -> int | None:
        """The line's number in its file, from 1; None until the file was counted."""
        if self.files[place.file].left:
            return None
        return self.lines.count(place.file, place.start) + 1

    def at_time(self, time_ms: int) -> int | None:
        """The line whose time is nearest; of equals the newest. None for a log without times.

        The clock may have jumped: every block is asked, and the newest of those that fit is read.
        """
        if not self.samples:
            return None
        best = min(self.samples, key=lambda sample: _distance(sample, time_ms))
        numbers = range(best.first, best.last)
        return min(numbers, key=lambda number: self._apart(number, time_ms))

    def _apart(self, number: int, time_ms: int) -> float:
        time = time_of(self.read(self.lines.place(number)).rstrip(b"\n"))
        return float("inf") if time is None else abs(time - time_ms)


def _taken_back(block: Block) -> Iterator[str]:
    """Ids that the block's voids name; a block without one costs a search for four bytes."""
    if _VOID in block.data:
        for line in block.data.split(b"\n"):
            if _VOID in line and not check_line(line):
                yield decode(line).of


def _distance(sample: Sample, time_ms: int) -> int:
    return max(0, sample.low - time_ms, time_ms - sample.high)


def is_compact(line: bytes) -> bool:
    """Whether bleUuid and checkInTime stand where our own lines have them."""
    return line[48:64] == b'","checkInTime":' and line.startswith(b'{"bleUuid":"')


def time_of(line: bytes) -> int | None:
    """A line's checkInTime, Unix ms; None where it has none. The checksum is not looked at."""
    if is_compact(line):
        digits = line[64 : line.find(b",", 64, 90)]
        if digits.isdigit():
            return int(digits)
    try:
        return decode(line).check_in_time
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
