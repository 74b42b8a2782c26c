"""Reads a log, line by line: intact lines, and where there is something else, how much and why."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ..core.model import Damage, LogLine
from .log_segment import is_locked, segments
from .logline import LINE_LIMIT, check_line, decode, is_own

_BLOCK: Final = 1 << 20
"""Bytes read at once where lines don't matter."""

_BOM: Final = b"\xef\xbb\xbf"
BLANK: Final = b" \t\r\n"
"""What JSON allows between lines (RFC 8259, 2). Any other byte, a vertical tab too, is damage."""

_BEGIN: Final = re.compile(rb'(?=\{"bleUuid":)')
_OWN_LINE: Final = re.compile(rb'\{"bleUuid":.*?,"crc":"[0-9a-f]{8}"\}')
CUT_OFF: Final = "the line was cut off"


def read_log(path: Path, start: int = 0) -> Iterator[LogLine | Damage]:
    """Read one file from a byte offset (where a line begins). The file is never changed.

    A tail without a newline is damage, unless a scanner has the file open: then it is a line in
    the making, and left out. Raises OSError.
    """
    with path.open("rb") as file:
        number = count_lines(file, start) + 1
        while raw := file.readline(LINE_LIMIT + 1):
            end = start + len(raw)
            if raw.endswith(b"\n"):
                yield from framed(number, start, raw)
            elif len(raw) > LINE_LIMIT:
                end = _skip_line(file, end)
                yield Damage(number, start, end, f"longer than {LINE_LIMIT} bytes")
            else:
                yield from _last_line(file, number, start)
                return
            number += 1
            start = end


def read_all(path: Path) -> Iterator[LogLine | Damage]:
    """Read all files of a log, one after the other; lines and offsets count in each file anew."""
    for segment in segments(path):
        yield from read_log(segment)


def distinct(items: Iterable[LogLine | Damage]) -> Iterator[LogLine | Damage]:
    """Leave out lines whose record id came before: a rescued record is in two files of a log."""
    seen: set[str] = set()
    for item in items:
        if isinstance(item, LogLine) and is_own(item.raw):
            record_id = decode(item.raw).id
            if record_id in seen:
                continue
            seen.add(record_id)
        yield item


def prefix_digest(path: Path, end: int) -> str:
    """SHA-256 (hex) of the first `end` bytes: proves that a file is still the one it was.

    Raises OSError.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while end > 0 and (block := file.read(min(end, _BLOCK))):
            digest.update(block)
            end -= len(block)
    return digest.hexdigest()


def count_lines(file: BinaryIO, end: int) -> int:
    """Count the newlines in the next `end` bytes, and stay behind them."""
    lines = 0
    while end > 0 and (block := file.read(min(end, _BLOCK))):
        lines += block.count(b"\n")
        end -= len(block)
    return lines


def _skip_line(file: BinaryIO, offset: int) -> int:
    """Read on to the end of an endless line; return the offset after it."""
    while piece := file.readline(LINE_LIMIT):
        offset += len(piece)
        if piece.endswith(b"\n"):
            break
    return offset


def framed(number: int, start: int, line: bytes) -> Iterator[LogLine | Damage]:
    """What one line with its newline holds: a record, damage with records in it, or nothing."""
    raw = line[:-1]
    why = check_line(raw)
    if not why:
        yield LogLine(number, start, raw)
        return
    if start == 0 and raw.startswith(_BOM):  # some editors and scripts begin a file so
        yield from framed(number, len(_BOM), line[len(_BOM) :])
    elif raw.strip(BLANK):
        yield from salvage(number, start, raw, why)


def _last_line(file: BinaryIO, number: int, start: int) -> Iterator[LogLine | Damage]:
    """Read a line without a newline, once it is sure that nobody is still writing it."""
    if is_locked(file.fileno()):
        return
    file.seek(start)  # the scanner may have finished the line, and gone, between our two looks
    raw = file.readline(LINE_LIMIT)
    if raw.endswith(b"\n"):
        yield from framed(number, start, raw)
    else:
        yield from unended(number, start, raw)


def unended(number: int, start: int, raw: bytes) -> Iterator[LogLine | Damage]:
    """What a file's last line holds, when nobody will write its newline any more."""
    if check_line(raw):
        yield from salvage(number, start, raw, CUT_OFF)
    else:
        yield LogLine(number, start, raw)


def salvage(number: int, start: int, raw: bytes, why: str) -> Iterator[LogLine | Damage]:
    """Find intact records within a damaged line: a lost newline must not cost its neighbours.

    `start` is the line's byte offset; what lies between the records is damage, because of `why`.
    """
    damage = 0
    begins = [match.start() for match in _BEGIN.finditer(raw)]
    for begin, limit in itertools.pairwise([*begins, len(raw)]):
        own = _OWN_LINE.match(raw, begin, limit)
        if own is None or check_line(own[0]):
            continue
        if begin > damage:
            yield Damage(number, start + damage, start + begin, why)
        yield LogLine(number, start + begin, own[0])
        damage = own.end()
    if raw[damage:].strip(BLANK):
        yield Damage(number, start + damage, start + len(raw), why)
