"""What happens to a log before a scanner goes on in it.

A line that only lacks its newline gets it. Any other half line at the end was never acknowledged:
it is copied aside, and cut off. Damage elsewhere stays as it is, and writing goes on in a new file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..core.model import Damage, LogLine
from .log_reader import CUT_OFF, count_lines, read_log, salvage
from .log_segment import Segment, next_segment, segments, sync_dir
from .logline import LINE_LIMIT, check_line, decode, is_own, link_of

_BLOCK: Final = 64 * 1024


@dataclass(slots=True)
class Recovery:
    """What was found when the log was opened, in all its files."""

    lines: int = 0
    """Intact ones."""
    last_seq: int = 0
    """The highest sequence number; 0 in an empty log."""
    chain: str = ""
    """The chain's value in that line; empty where an older version wrote it."""
    damages: list[tuple[Path, Damage]] = field(default_factory=list)
    set_aside: list[Path] = field(default_factory=list)
    """Copies of half lines that were cut off."""


def recover(path: Path, base: Segment) -> tuple[Segment, Recovery]:
    """Mend the log at `path`, whose first file is `base`; return the file to go on in.

    Raises OSError.
    """
    found = Recovery()
    current = base
    try:
        for file in segments(path):
            segment = base if file == path else Segment.open(file)
            _close_old(current, base)
            current = segment
            damages = _recover_segment(segment, found)
            found.damages.extend((file, damage) for damage in damages)
        if current.path in {file for file, _ in found.damages}:
            _close_old(current, base)
            current = base
            current = Segment.open(next_segment(path), new=True)
        current.flush()
        sync_dir(path.parent)
    except BaseException:
        _close_old(current, base)
        raise
    return current, found


def _close_old(segment: Segment, base: Segment) -> None:
    """Close a file that is done with; the first one carries the lock."""
    if segment is not base:
        segment.close()


def _recover_segment(segment: Segment, found: Recovery) -> list[Damage]:
    """Look through one file and mend its end; return the damage that is left in it."""
    damages: list[Damage] = []
    last_own: LogLine | None = None
    for item in read_log(segment.path):  # it is locked, so the tail is left out
        if isinstance(item, Damage):
            damages.append(item)
            continue
        found.lines += 1
        if is_own(item.raw):
            last_own = item
    reported = bool(damages) and damages[-1].end == segment.size  # an endless line
    if not reported and (tail := _read_tail(segment)):
        last_own = _mend_tail(segment, tail, damages, found) or last_own
    if last_own is not None and (seq := decode(last_own.raw).seq or 0) >= found.last_seq:
        link = link_of(last_own.raw)
        found.last_seq, found.chain = seq, link.chain if link else ""
    return damages


def _read_tail(segment: Segment) -> bytes:
    """The bytes after the last newline."""
    pieces: list[bytes] = []
    for block in _blocks_backwards(segment.fileno(), segment.size):
        before, newline, after = block.rpartition(b"\n")
        pieces.append(after if newline else before + after)
        if newline:
            break
    return b"".join(reversed(pieces))


def _blocks_backwards(fd: int, end: int) -> Iterator[bytes]:
    while end > 0:
        start = max(0, end - _BLOCK)
        yield os.pread(fd, end - start, start)
        end = start


def _mend_tail(
    segment: Segment, tail: bytes, damages: list[Damage], found: Recovery
) -> LogLine | None:
    """Complete, cut or report a line without newline; return it if it is intact."""
    start = segment.size - len(tail)
    if len(tail) <= LINE_LIMIT and not check_line(tail):
        segment.write(b"\n")
        segment.flush()
        found.lines += 1
        return LogLine(0, start, tail) if is_own(tail) else None
    number = _line_number(segment, start)
    intact = [each for each in salvage(number, start, tail, "") if isinstance(each, LogLine)]
    if damages or intact:  # it is more than half a line: nothing of it is cut off
        damages.append(Damage(number, start, segment.size, CUT_OFF))
        found.lines += len(intact)
        return intact[-1] if intact else None
    found.set_aside.append(_copy_aside(segment.path, start, tail))
    segment.cut(start)
    return None


def _line_number(segment: Segment, start: int) -> int:
    with segment.path.open("rb") as file:
        return count_lines(file, start) + 1


def _copy_aside(path: Path, start: int, tail: bytes) -> Path:
    """Save the bytes in `<name>.torn-<offset>`, durably, before they are cut off."""
    aside = unused_name(path.with_name(f"{path.name}.torn-{start}"))
    copy = Segment.open(aside, new=True)
    try:
        copy.write(tail)
        copy.flush()
    finally:
        copy.close()
    sync_dir(path.parent)
    return aside


def unused_name(path: Path) -> Path:
    """The path itself, or with `-2`, `-3` … before the suffix until no such file exists."""
    number, candidate = 1, path
    while os.path.lexists(candidate):
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate
