"""From advertisements to sightings: hits and signal threshold, dedupe window, who is in range.

All times are monotonic seconds: the wall clock may jump.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

_HITS_KEPT = 32
"""Hits of one candidate that are kept: more than `min_hits` may be, and still small."""


@dataclass(frozen=True, slots=True)
class IdentifyRules:
    """When an identifier counts. The defaults are product.md's."""

    min_hits: int = 2
    hits_within: float = 10.0
    """Seconds in which the hits must fall."""
    min_rssi: int = -80
    """dBm, the median of the hits at least; -127 for any."""
    dedupe: float = 300.0
    """Seconds within which a bleUuid is not logged again."""
    away: float = 600.0
    """Seconds without a sighting after which a badge has departed."""


class LastSeen(NamedTuple):
    """When a badge was heard last."""

    ble_uuid: str
    last_seen: float
    logged: float
    """When its last sighting was logged."""


class _Badge:
    """A badge in range. Mutable and slotted: touched at every advertisement."""

    __slots__ = ("last_seen", "logged", "rssi")

    def __init__(self, last_seen: float, logged: float, rssi: int) -> None:
        self.last_seen = last_seen
        self.logged = logged
        self.rssi = rssi


class Tracker:
    """Which badges are in range, and which of their advertisements are sightings to be logged."""

    def __init__(self, rules: IdentifyRules) -> None:
        self._rules = rules
        self._present: dict[str, _Badge] = {}
        self._candidates: dict[str, deque[tuple[float, int]]] = {}
        self._logged: dict[str, float] = {}  # of badges not in range, while the window lasts

    @property
    def in_range(self) -> int:
        """Badges that count as here now."""
        return len(self._present)

    @property
    def candidates(self) -> int:
        """Ids heard, but not often or strongly enough yet."""
        return len(self._candidates)

    def heard(self, ble_uuid: str, rssi: int, mono: float) -> bool:
        """Take an advertisement in; True if a sighting is to be logged now."""
        badge = self._present.get(ble_uuid)
        if badge is None:
            return self._candidate(ble_uuid, rssi, mono)
        badge.last_seen = mono
        badge.rssi = rssi
        if mono - badge.logged < self._rules.dedupe:
            return False
        badge.logged = mono
        return True

    def remember(self, ble_uuid: str, logged: float) -> None:
        """Refill the dedupe window after a restart, from the log's tail."""
        self._logged[ble_uuid] = max(logged, self._logged.get(ble_uuid, logged))

    def unlog(self, ble_uuid: str) -> None:
        """The log could not take the sighting: the next advertisement tries again."""
        if badge := self._present.get(ble_uuid):
            badge.logged = float("-inf")

    def present(self) -> list[LastSeen]:
        """The badges in range."""
        return [
            LastSeen(ble_uuid, badge.last_seen, badge.logged)
            for ble_uuid, badge in self._present.items()
        ]

    def signals(self) -> Iterator[tuple[str, int, float]]:
        """The badges in range: bleUuid, the last signal in dBm, and when it was heard."""
        for ble_uuid, badge in self._present.items():
            yield ble_uuid, badge.rssi, badge.last_seen

    def sweep(self, mono: float) -> list[LastSeen]:
        """Forget what is over; return who has departed. To be called about once a second."""
        rules = self._rules
        gone = [badge for badge in self.present() if mono - badge.last_seen > rules.away]
        for departed in gone:
            del self._present[departed.ble_uuid]
            self._logged[departed.ble_uuid] = departed.logged
        for key in [key for key, at in self._logged.items() if mono - at >= rules.dedupe]:
            del self._logged[key]
        since = mono - rules.hits_within
        for key in [key for key, hits in self._candidates.items() if hits[-1][0] < since]:
            del self._candidates[key]
        return gone

    def _candidate(self, ble_uuid: str, rssi: int, mono: float) -> bool:
        hits = self._candidates.setdefault(ble_uuid, deque(maxlen=_HITS_KEPT))
        hits.append((mono, rssi))
        while mono - hits[0][0] > self._rules.hits_within:
            hits.popleft()
        enough = len(hits) >= self._rules.min_hits
        if not enough or median(strength for _, strength in hits) < self._rules.min_rssi:
            return False
        del self._candidates[ble_uuid]
        return self._arrive(ble_uuid, rssi, mono)

    def _arrive(self, ble_uuid: str, rssi: int, mono: float) -> bool:
        logged = self._logged.pop(ble_uuid, None)
        fresh = logged is None or mono - logged >= self._rules.dedupe
        self._present[ble_uuid] = _Badge(mono, mono if logged is None or fresh else logged, rssi)
        return fresh
