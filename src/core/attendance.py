"""From a person's sightings to an attendance status: one pure function, the same everywhere.

Facts are append-only, status is derived: changing a rule changes reports, never the log.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .presence import Interval, covered, fold_intervals
from .sentences import Said, english, said

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


DEFAULT_RULES = Rules()


class Status(StrEnum):
    """An attendance status, in the words of the product."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left early"
    PARTIAL = "partial"
    ABSENT = "absent"
    EXCUSED = "excused"
    NOT_EXPECTED = "not expected"


NOT_SEEN_YET = "not seen yet"
"""What people read in place of absent while a scanner is missing or the event goes on: there is no
absence before all records are in. Programs read the status."""


def status_word(status: str, *, provisional: bool) -> str:
    """The status as people read it; one that a newer backend knows stays as it is."""
    return NOT_SEEN_YET if provisional and status == Status.ABSENT else str(status)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status and the rule that decided it."""

    status: Status
    reason: Said
    intervals: tuple[Interval, ...] = ()
    present_ms: int = 0
    """Time present within the event's start and end."""

    @property
    def rule(self) -> str:
        """The reason in English."""
        return english(self.reason)


def derive_status(
    sightings_ms: Sequence[int],
    *,
    start: int,
    end: int,
    rules: Rules,
    registered: bool,
    by_hand_ms: Sequence[int] = (),
    excused: str | None = None,
) -> Verdict:
    """Derive one person's status from the times of the sightings (Unix ms, any order).

    Only sightings between the opening of check-in and the event's end (plus the away time) count;
    a check-in by hand always does. `excused`: the reason, or None.
    """
    opens = start - rules.check_in_opens_minutes * MINUTE_MS
    away_ms = rules.away_minutes * MINUTE_MS
    ordered = sorted(sightings_ms)
    counting = ordered[bisect_left(ordered, opens) : bisect_right(ordered, end + away_ms)]
    intervals = fold_intervals(counting, away_ms)
    present_ms = covered(intervals, start, end)
    if by_hand_ms:
        first = min([*by_hand_ms, *counting])
        status, reason = _by_hand(first, start, end, rules)
    elif counting:
        status, reason = _seen(intervals, present_ms, start, end, rules)
    else:
        return _unseen(bool(sightings_ms), excused, registered=registered)
    if not registered:
        reason = said("rule.unregistered", reason, status=status.value)
        status = Status.NOT_EXPECTED
    return Verdict(status, reason, intervals, present_ms)


def status_of_stay(stay: Interval, *, start: int, end: int, rules: Rules) -> Status:
    """The status of a registered person who was here without a break. Unix ms."""
    return _seen([stay], covered([stay], start, end), start, end, rules)[0]


def _by_hand(first: int, start: int, end: int, rules: Rules) -> tuple[Status, Said]:
    """Nobody asks how long: whoever is checked in by hand may have a phone that is not heard."""
    if start + rules.late_after_minutes * MINUTE_MS < first <= end:
        return Status.LATE, said("rule.byHandLate", minutes=_minutes(first - start))
    return Status.PRESENT, said("rule.byHand")


def _unseen(
    seen_at_another_time: bool,  # noqa: FBT001
    excused: str | None,
    *,
    registered: bool,
) -> Verdict:
    when = said("rule.otherTime" if seen_at_another_time else "rule.neverSeen")
    if not registered:
        return Verdict(Status.NOT_EXPECTED, said("rule.unregisteredUnseen", when))
    if excused is not None:
        why = said("rule.excusedWhy", why=excused) if excused else said("rule.excused")
        return Verdict(Status.EXCUSED, why)
    return Verdict(Status.ABSENT, when)


def _seen(
    intervals: Sequence[Interval], present_ms: int, start: int, end: int, rules: Rules
) -> tuple[Status, Said]:
    """Decide in this order: late, left early, partial, present."""
    first, last = intervals[0].start, intervals[-1].end
    if first > start + rules.late_after_minutes * MINUTE_MS:
        return Status.LATE, said("rule.late", minutes=_minutes(first - start))
    percent = 100 * present_ms // max(1, end - start)
    if percent < rules.minimum_presence_percent:
        least = rules.minimum_presence_percent
        if end - last > rules.away_minutes * MINUTE_MS:
            early = _minutes(end - last)
            reason = said("rule.leftEarly", minutes=early, percent=percent, least=least)
            return Status.LEFT_EARLY, reason
        return Status.PARTIAL, said("rule.partial", percent=percent, least=least)
    return Status.PRESENT, said("rule.present", percent=percent)


def _minutes(ms: int) -> int:
    """Minutes begun: 10 min and a second is more than 10."""
    return -(-ms // MINUTE_MS)
