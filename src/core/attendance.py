"""From a person's sightings to an attendance status: one pure function, the same everywhere.

Facts are append-only, status is derived: changing a rule changes reports, never the log.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .presence import Interval, covered, fold_intervals

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Rules:
    """An event's rules; the defaults are product.md's. Minutes and per cent."""

    check_in_opens_minutes: int = 15
    """Sightings earlier than this before the start do not count as presence."""
    late_after_minutes: int = 10
    minimum_presence_percent: int = 75
    away_minutes: int = 10
    """Longer gaps between sightings end a presence interval."""


class Status(StrEnum):
    """An attendance status, in the words of the product."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left early"
    PARTIAL = "partial"
    ABSENT = "absent"
    EXCUSED = "excused"
    NOT_EXPECTED = "not expected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status and the rule that decided it, in words."""

    status: Status
    rule: str
    intervals: tuple[Interval, ...] = ()
    present_ms: int = 0
    """Time present within the event's start and end."""


def derive_status(
    sightings_ms: Sequence[int], *, start: int, end: int, rules: Rules, registered: bool
) -> Verdict:
    """Derive one person's status from the times of the sightings (Unix ms, any order).

    Only sightings between the opening of check-in and the event's end (plus the away time) count.
    """
    opens = start - rules.check_in_opens_minutes * MINUTE_MS
    away_ms = rules.away_minutes * MINUTE_MS
    ordered = sorted(sightings_ms)
    counting = ordered[bisect_left(ordered, opens) : bisect_right(ordered, end + away_ms)]
    if not counting:
        return _unseen(bool(sightings_ms), registered=registered)
    intervals = fold_intervals(counting, away_ms)
    present_ms = covered(intervals, start, end)
    status, rule = _seen(intervals, present_ms, start, end, rules)
    if not registered:
        status, rule = Status.NOT_EXPECTED, f"no approved registration; otherwise {status}: {rule}"
    return Verdict(status, rule, intervals, present_ms)


def _unseen(seen_at_another_time: bool, *, registered: bool) -> Verdict:  # noqa: FBT001
    when = "seen only outside the event's time" if seen_at_another_time else "never seen"
    if registered:
        return Verdict(Status.ABSENT, when)
    return Verdict(Status.NOT_EXPECTED, f"no approved registration; {when}")


def _seen(
    intervals: Sequence[Interval], present_ms: int, start: int, end: int, rules: Rules
) -> tuple[Status, str]:
    """Decide in this order: late, left early, partial, present."""
    first, last = intervals[0].start, intervals[-1].end
    if first > start + rules.late_after_minutes * MINUTE_MS:
        return Status.LATE, f"first seen {_minutes(first - start)} min after the start"
    percent = 100 * present_ms // max(1, end - start)
    if percent < rules.minimum_presence_percent:
        shortfall = f"present {percent} %, minimum {rules.minimum_presence_percent} %"
        if end - last > rules.away_minutes * MINUTE_MS:
            return (
                Status.LEFT_EARLY,
                f"last seen {_minutes(end - last)} min early; {shortfall}",
            )
        return Status.PARTIAL, shortfall
    return Status.PRESENT, f"present {percent} %"


def _minutes(ms: int) -> int:
    """Minutes begun: 10 min and a second is more than 10."""
    return -(-ms // MINUTE_MS)
