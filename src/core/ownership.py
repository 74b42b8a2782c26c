"""Whose a badge was at a time: people change phones, and badges change hands.

A claim is a person's from its time on; the first claim of a badge also reaches back, because what
was heard before anybody owned the badge was that person. A badge that was given out (not merely
imported) replaces the person's older ones: what they are heard with later is nobody's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple


class Claim(NamedTuple):
    """A badge is a person's from `time` (Unix ms) on; ties go by `id`, so that order is total."""

    time: int
    id: str
    user: int
    badge: bytes


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
        if place == 0:
            return claims[0].user if claims else None
        claim = claims[place - 1]
        ended = any(
            claim < other and other.time <= time and other.badge != badge
            for other in self._replacing[claim.user]
        )
        return None if ended else claim.user

    def owner(self, badge: bytes) -> Claim | None:
        """The last claim of the badge, or None."""
        claims = self._of_badge.get(badge)
        return claims[-1] if claims else None
