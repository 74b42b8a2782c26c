"""A person's time at an event as one line of symbols: heard, here, not heard, scanner deaf."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from ...core.attendance import MINUTE_MS
from ...core.person_record import PersonRecord
from ..look import Symbols


class Mark(StrEnum):
    """What a stretch of time was."""

    HEARD = "heard"
    HERE = "here"
    """Not heard just then, but before and after within the away time."""
    AWAY = "away"
    DEAF = "deaf"
    """A scanner heard nothing at all."""


def bounds(record: PersonRecord) -> tuple[int, int]:
    """What the line shows: from the opening of check-in to the end, Unix ms."""
    event = record.event
    return event.start - record.rules.check_in_opens_minutes * MINUTE_MS, event.end


def marks(record: PersonRecord, width: int) -> Sequence[Mark]:
    """`width` stretches of equal length."""
    begin, end = bounds(record)
    edges = [begin + (end - begin) * n // width for n in range(width + 1)]
    return [_mark(record, first, last) for first, last in pairwise(edges)]


def _mark(record: PersonRecord, first: int, last: int) -> Mark:
    at = bisect_left(record.seen, first)
    if at < len(record.seen) and record.seen[at] < last:
        return Mark.HEARD
    if any(stay.start < last and stay.end >= first for stay in record.stays):
        return Mark.HERE
    deaf = any(gap.start < last and gap.end > first for gap in record.gaps)
    return Mark.DEAF if deaf else Mark.AWAY


def symbol(mark: Mark, symbols: Symbols) -> str:
    """The symbol of a stretch."""
    return {
        Mark.HEARD: symbols.bars[-1],
        Mark.HERE: symbols.bars[4],
        Mark.DEAF: symbols.gap,
        Mark.AWAY: symbols.over,
    }[mark]
