"""Which beacon is held close to the scanner, from a few seconds of what it hears."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from .model import Person

_HITS_KEPT = 16
"""Of one beacon: more than come within the time, and still small."""


@dataclass(frozen=True, slots=True)
class HoldRules:
    """When a beacon counts as held close."""

    hits: int = 3
    """One frame may be a reflection; three within the time are the beacon itself."""
    within: float = 5.0
    """Seconds; at one frame a second three fit twice over."""
    min_rssi: int = -60
    """dBm, the median: a beacon of usual power is heard so within an arm's length."""
    margin: int = 10
    """dB over the second strongest: about three times nearer than that one."""


class Verdict(StrEnum):
    """What to say of what is held."""

    NOTHING = "nothing"
    FAR = "far"
    """Something is heard, but nothing close."""
    UNCLEAR = "unclear"
    """Two are close: it can't be told which one is meant."""
    TAKEN = "taken"
    """The one that is held is somebody's already."""
    FOUND = "found"


class Held(NamedTuple):
    """What is held close now."""

    verdict: Verdict
    ble_uuid: str = ""
    rssi: int = 0
    """dBm, the median."""
    owner: Person | None = None
    """Whose it is, if that is known."""


class Holding:
    """Follows what is heard; times are monotonic seconds."""

    def __init__(self, rules: HoldRules | None = None) -> None:
        self._rules = rules or HoldRules()
        self._hits: dict[str, deque[tuple[float, int]]] = {}

    def heard(self, ble_uuid: str, rssi: int, mono: float) -> None:
        """A badge was heard; the same frame told again counts once."""
        hits = self._hits.setdefault(ble_uuid, deque(maxlen=_HITS_KEPT))
        if not hits or mono > hits[-1][0]:
            hits.append((mono, rssi))

    def forget(self) -> None:
        """Begin anew: the next beacon must be heard from now on."""
        self._hits.clear()

    def look(self, mono: float, owner: Callable[[str], Person | None]) -> Held:
        """What is held close at this time."""
        self._drop(mono - self._rules.within)
        ranked = sorted(
            ((median(rssi for _, rssi in hits), badge) for badge, hits in self._hits.items()),
            reverse=True,
        )
        sure = [each for each in ranked if len(self._hits[each[1]]) >= self._rules.hits]
        if not sure:
            return Held(Verdict.NOTHING)
        strength, badge = sure[0]
        if strength < self._rules.min_rssi:
            return Held(Verdict.FAR, badge, round(strength))
        second = max((each for each, other in ranked if other != badge), default=-127.0)
        if strength - second < self._rules.margin:
            return Held(Verdict.UNCLEAR, badge, round(strength))
        whose = owner(badge)
        return Held(Verdict.TAKEN if whose else Verdict.FOUND, badge, round(strength), whose)

    def _drop(self, before: float) -> None:
        for badge, hits in list(self._hits.items()):
            while hits and hits[0][0] < before:
                hits.popleft()
            if not hits:
                del self._hits[badge]
