"""Which lines of a block a filter lets through.

A log has a million lines, so each test works on a block's lines at once, and looks at bytes where
our own lines have them; only lines that were written another way are parsed.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate
from typing import NamedTuple

from ..core.identity import canonical
from ..core.review import LogFilter, RecordState, Standing
from .log_blocks import Block
from .log_index import is_compact, time_of
from .logline import LINE_LIMIT, LogEntry, check_line, decode

Line = tuple[int, bytes]
"""A line's offset, and the line without its newline."""
Narrow = Callable[[list[Line]], list[Line]]

_TIME_HEAD = b'","checkInTime":'
_USER = b',"user":"'
"""In an operator's act: it may be about a person without a badge."""
_DIGITS = slice(64, 77)
"""Where a compact line has the 13 digits of any time from 2001 to 2286."""


class Search(NamedTuple):
    """What is looked for, and what is known of the log beside its lines."""

    wish: LogFilter
    standings: Sequence[Standing]
    """One for each file of the log."""
    voided: AbstractSet[str] = frozenset()
    """Ids of records that were taken back."""


def rules_out(wish: LogFilter, block: Block) -> bool:
    """Quick: whether no line of the block can be of the kinds that are asked for."""
    data = block.data
    return (
        bool(wish.kinds)
        and not any(mark in data for mark in _marks(wish.kinds))
        and data.count(b'"kind":') >= data.count(b"\n")
    )


def matching(block: Block, tests: Sequence[Narrow]) -> list[int]:
    """Offsets of the block's lines that pass all tests, ascending."""
    found = lines_of(block)
    for test in tests:
        if not found:
            break
        found = test(found)
    return [start for start, _line in found]


def lines_of(block: Block) -> list[Line]:
    """The block's lines with their offsets."""
    lines = block.data.removesuffix(b"\n").split(b"\n")
    starts = accumulate((len(line) + 1 for line in lines[:-1]), initial=block.start)
    return list(zip(starts, lines, strict=True))


def tests_for(search: Search, file: int) -> list[Narrow]:
    """The tests for the lines of one file, the quickest first."""
    wish = search.wish
    tests: list[Narrow] = []
    if wish.badges is not None or wish.prefix:
        tests.append(_badges(wish))
    if wish.since_ms is not None or wish.until_ms is not None:
        tests.append(_times(wish))
    if wish.kinds:
        tests.append(_kinds(wish.kinds))
    if wish.states:
        tests.append(_states(wish.states, search.standings[file], search.voided))
    return tests


def _compact(lines: Sequence[Line]) -> bool:
    return {line[48:64] for _start, line in lines} == {_TIME_HEAD}


def _badges(wish: LogFilter) -> Narrow:
    badges = frozenset(badge.encode() for badge in wish.badges or ())
    prefix = wish.prefix.encode()

    def wanted(line: bytes) -> bool:
        if is_compact(line) and _USER not in line:
            badge = line[12:48].lower()
            return badge in badges or (bool(prefix) and badge.startswith(prefix))
        entry = entry_of(line)
        if entry is None:
            return False
        by_user = wish.badges is not None and bool(entry.user) and entry.user in wish.badges
        return by_user or wish.wants_badge(canonical(entry.ble_uuid) or entry.ble_uuid)

    def narrow(lines: list[Line]) -> list[Line]:
        if prefix or not _compact(lines):
            return [each for each in lines if wanted(each[1])]
        return [
            each
            for each in lines
            if each[1][12:48].lower() in badges or (_USER in each[1] and wanted(each[1]))
        ]

    return narrow


def _times(wish: LogFilter) -> Narrow:
    since = b"%013d" % max(0, wish.since_ms or 0)
    until = b"%013d" % wish.until_ms if wish.until_ms is not None else b":"  # above all digits

    def narrow(lines: list[Line]) -> list[Line]:
        times = [line[_DIGITS] for _start, line in lines]
        ends = {line[_DIGITS.stop : _DIGITS.stop + 1] for _start, line in lines}
        if ends == {b","} and _compact(lines) and b"".join(times).isdigit():
            return [each for each, time in zip(lines, times, strict=True) if since <= time <= until]
        return [each for each in lines if wish.wants_time(time_of(each[1]))]

    return narrow


def _marks(kinds: frozenset[str]) -> list[bytes]:
    return [f'"kind":"{kind}"'.encode() for kind in sorted(kinds)]


def _kinds(kinds: frozenset[str]) -> Narrow:
    marks = _marks(kinds)

    def wanted(line: bytes) -> bool:
        if any(mark in line for mark in marks):
            return True
        if b'"kind":' in line and is_compact(line):
            return False
        entry = entry_of(line)
        return entry is not None and entry.kind in kinds

    def narrow(lines: list[Line]) -> list[Line]:
        return [each for each in lines if wanted(each[1])]

    return narrow


def _states(states: frozenset[RecordState], standing: Standing, voided: AbstractSet[str]) -> Narrow:
    def narrow(lines: list[Line]) -> list[Line]:
        if states == {RecordState.DAMAGED}:
            lines = [each for each in lines if not _seal_fits(each[1])]
        return [
            (start, line)
            for start, line in lines
            if state_of(line, start, standing, voided) in states
        ]

    return narrow


def _seal_fits(line: bytes) -> bool:
    """Quick: whether it ends like an intact line of ours. What does not is looked at closely."""
    return (
        line[-10:-2] == b"%08x" % zlib.crc32(line[:-18])
        and line[-18:-10] == b',"crc":"'
        and line[:12] == b'{"bleUuid":"'
        and line[-2:] == b'"}'
    )


def state_of(
    line: bytes, start: int, standing: Standing, voided: AbstractSet[str] = frozenset()
) -> RecordState | None:
    """A line's place in the sync; None for a blank one."""
    if not line.strip():
        return None
    if check_line(line):
        return RecordState.DAMAGED
    if voided and decode(line).id in voided:
        return RecordState.VOID
    return standing.state(start)


def entry_of(line: bytes) -> LogEntry | None:
    """What an intact line says, or None."""
    if len(line) > LINE_LIMIT or not line.strip() or check_line(line):
        return None
    return decode(line)
