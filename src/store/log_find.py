"""Finds the lines of a log that a filter lets through, from the newest to the oldest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..core.review import LogFilter, Place, RecordState
from .log_blocks import Block, blocks_backwards
from .log_index import LogFile, LogIndex, Numbered
from .log_match import Search, matching, rules_out, tests_for

_KEPT = frozenset({RecordState.REFUSED, RecordState.DISCARDED})


def find(
    index: LogIndex, search: Search, found: Numbered, cancelled: Callable[[], bool]
) -> Iterator[float]:
    """Add what fits to `found`, newest first; yields the part of the bytes that was looked at."""
    total, done = max(1, sum(file.end for file in index.files)), 0
    for number, file in reversed(list(enumerate(index.files))):
        tests = tests_for(search, number)
        for block in _blocks(index, search, number):
            if cancelled():
                return
            if not rules_out(search.wish, block):
                found.older(number, matching(block, tests))
            yield min(1.0, (done + file.end - block.start) / total)
        done += file.end


def find_newer(index: LogIndex, search: Search, found: Numbered, count: int) -> None:
    """Test the `count` newest lines, which came since, and add those that fit."""
    first = index.lines.first
    for number in reversed(range(first, first + count)):
        place = index.lines.place(number)
        block = _line_block(index, place)
        found.newer(place.file, matching(block, tests_for(search, place.file)))


def _blocks(index: LogIndex, search: Search, number: int) -> Iterator[Block]:
    """Only the part of the file that can hold what is looked for."""
    states, file, standing = search.wish.states, index.files[number], search.standings[number]
    if states and states <= _KEPT:
        for start in sorted(standing.refused, reverse=True):
            yield _line_block(index, Place(number, start))
        return
    acked = min(standing.acked_bytes, file.end)
    begin = acked if states == {RecordState.UNSENT} else 0
    end = acked if states == {RecordState.SENT} else file.end
    if end == file.end and (tail := file.tail()) is not None:
        yield _line_block(index, Place(number, tail))
    yield from _unsure(file, begin, end, search.wish)


def _unsure(file: LogFile, begin: int, end: int, wish: LogFilter) -> Iterator[Block]:
    """The blocks of [begin, end) but for those that are known to hold nothing of what is wanted."""
    at = end
    for summary in list(file.summaries):
        if summary.start < begin:
            break
        if summary.end > at or not summary.rules_out(wish):
            continue
        yield from blocks_backwards(file.fd, summary.end, at)
        at = summary.start
    yield from blocks_backwards(file.fd, begin, at)


def _line_block(index: LogIndex, place: Place) -> Block:
    line = index.read(place)
    return Block(place.start, line, place.start + len(line))
