"""Reads files of lines from the end: whole lines in blocks, the newest block first."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from .logline import LINE_LIMIT

BLOCK: Final = 1 << 20
"""Bytes of a block: about 4,000 lines, so that the first screen needs one, and other threads get
their turn every few milliseconds."""


_NEWLINES: Final = re.compile(rb"\n").finditer


class Block(NamedTuple):
    """Whole lines, each with its newline; or the beginning of one endless line."""

    start: int
    data: bytes
    end: int
    """Offset after its last newline; beyond `data` when the line is endless."""


def blocks_backwards(fd: int, begin: int, end: int) -> Iterator[Block]:
    """Blocks of [begin, end), the last one first. Both must be where a line begins.

    A line that is longer than a block is never held in memory: its block has only the beginning of
    it. Raises OSError.
    """
    while end > begin:
        start = max(begin, end - BLOCK)
        data = os.pread(fd, end - start, start)
        cut = 0 if start == begin else data.find(b"\n", 0, end - start - 1) + 1
        if start > begin and cut == 0:
            start = after_newline(fd, begin, start)
            yield Block(start, os.pread(fd, min(LINE_LIMIT + 1, end - start), start), end)
        else:
            start += cut
            yield Block(start, data[cut:], end)
        end = start


def after_newline(fd: int, begin: int, end: int) -> int:
    """The offset after the last newline in [begin, end); `begin` if there is none."""
    while end > begin:
        start = max(begin, end - BLOCK)
        if newline := os.pread(fd, end - start, start).rfind(b"\n") + 1:
            return start + newline
        end = start
    return begin


def line_starts(block: Block) -> list[int]:
    """The offsets at which the block's lines begin, ascending."""
    if block.end > block.start + len(block.data):
        return [block.start]
    starts = [block.start, *(block.start + newline.end() for newline in _NEWLINES(block.data))]
    if starts[-1] == block.end:
        starts.pop()
    return starts


def read_line(fd: int, start: int) -> bytes:
    """The line at `start` with its newline; `LINE_LIMIT` + 1 bytes of an endless one.

    Raises OSError.
    """
    data = os.pread(fd, 1024, start)  # ours have about 250 bytes
    newline = data.find(b"\n")
    if newline < 0 and len(data) == 1024:  # noqa: PLR2004
        data = os.pread(fd, LINE_LIMIT + 1, start)
        newline = data.find(b"\n")
    return data if newline < 0 else data[: newline + 1]
