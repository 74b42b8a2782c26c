"""Whose a badge was at a time: people change phones, and badges change hands.

A claim is a person's from its time on, up to its end if it has one; the first claim of a badge also
reaches back, because what was heard before anybody owned the badge was that person, unless it says
from when it holds. A badge that an operator gave out replaces the person's older ones: what they
are heard with later is nobody's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from .rotation import BY_ROTATION

FOREVER = 2**63 - 1
"""The end of what has none."""


class Claim(NamedTuple):
    """A badge is a person's from `time` (Unix ms) on; ties go by `id`, so that order is total."""

    time: int
    id: str
    user: int
    badge: bytes
    until: int = FOREVER
    """From then on it is not the person's (Unix ms)."""
    strict: bool = False
    """It does not reach back, even if it is the first."""
    by: str = ""
    """Who said so."""


class Stretch(NamedTuple):
    """A badge is a person's from `start` up to, and without, `end` (Unix ms; 0 and FOREVER)."""

    start: int
    end: int
    user: int
    by: str


class Ownership:
    """Folded from all claims of some badges, and all claims by which their people replaced one."""

    def __init__(self, claims: Iterable[Claim], replacing: Iterable[Claim]) -> None:
        self._of_badge: dict[bytes, list[Claim]] = defaultdict(list)
        self._replacing: dict[int, list[Claim]] = defaultdict(list)
        for claim in sorted(set(claims)):
            self._of_badge[claim.badge].append(claim)
        for claim in replacing:
            self._replacing[claim.user].append(claim)

    @property
    def people(self) -> set[int]:
        """Everybody who ever claimed one of the badges."""
        return {claim.user for claims in self._of_badge.values() for claim in claims}

    def owner_at(self, badge: bytes, time: int) -> int | None:
        """Whose the badge was, or None."""
        claims = self._of_badge.get(badge, [])
        place = bisect_right(claims, time, key=lambda claim: claim.time)
        if not claims or (place == 0 and claims[0].strict):
            return None
        claim = claims[max(place - 1, 0)]
        return claim.user if time < self._end(claim) else None

    def owner(self, badge: bytes) -> Claim | None:
        """The last claim of the badge, if it has no end of its own, or None."""
        claims = self._of_badge.get(badge)
        return claims[-1] if claims and claims[-1].until == FOREVER else None

    def rotates(self, badge: bytes) -> bool:
        """Whether the badge is an id that a phone showed for ten minutes only."""
        return any(claim.by == BY_ROTATION for claim in self._of_badge.get(badge, ()))

    def stretches(self, badge: bytes) -> list[Stretch]:
        """Whose the badge was, and when, in order."""
        found: list[Stretch] = []
        claims = self._of_badge.get(badge, [])
        for place, claim in enumerate(claims):
            following = claims[place + 1].time if place + 1 < len(claims) else FOREVER
            start = claim.time if place or claim.strict else 0
            end = min(following, self._end(claim))
            if found and (found[-1].end, found[-1].user) == (start, claim.user):
                start = found.pop().start
            if start < end:
                found.append(Stretch(start, end, claim.user, claim.by))
        return found

    def _end(self, claim: Claim) -> int:
        """When a claim ends by itself, or because its person was given another badge."""
        replaced = (
            other.time
            for other in self._replacing[claim.user]
            if claim < other and other.badge != claim.badge
        )
        return min(claim.until, min(replaced, default=FOREVER))
