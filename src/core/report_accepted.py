"""What accepted findings of a close-out do to a report. Facts stay; statuses follow."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .report import EventFacts, GapFacts


def gap_id(gap: GapFacts) -> str:
    """The finding of a gap."""
    return f"gap:{gap.scanner_id}:{gap.start}"


def minimum_id(user_id: str) -> str:
    """The finding of a person below the minimum presence."""
    return f"minimum:{user_id}"


def scanner_id(name: str) -> str:
    """The finding of a scanner that has not told its end."""
    return f"scanner:{name}"


def accepted_ids(facts: EventFacts) -> frozenset[str]:
    """The findings that were accepted."""
    return frozenset(each.finding for each in facts.acceptances)


def bridges(facts: EventFacts, accepted: frozenset[str]) -> list[GapFacts]:
    """The gaps in which people count as present."""
    return [gap for gap in facts.gaps if gap_id(gap) in accepted] if accepted else []


def bridged(sightings: Sequence[int], gaps: Sequence[GapFacts], away_ms: int) -> Sequence[int]:
    """Ascending sightings, and stand-ins within the gaps for whoever was heard around them.

    Heard around: within the away time before the gap began and after it ended.
    """
    more: list[int] = []
    for gap in gaps:
        before = bisect_right(sightings, gap.start) - 1
        after = bisect_left(sightings, gap.end)
        heard_before = before >= 0 and gap.start - sightings[before] <= away_ms
        if heard_before and after < len(sightings) and sightings[after] - gap.end <= away_ms:
            more.extend(range(gap.start, gap.end, max(1, away_ms)))
            more.append(gap.end)
    return sorted([*sightings, *more]) if more else sightings
