"""How often phones should send, and how many scanners hear them: a model of a crowded room.

Every phone sends each advertisement once on each of three channels, a scanner listens to one of
them at a time, and two frames that overlap are both lost (ALOHA without slots). With `people`
phones that send every `interval`, a frame is heard with the probability
exp(-2 * people * air time / interval); at best some 500 frames a second are received, of 1,360 that
are sent. 99 % of the phones have been heard after ln(100) * interval / that probability.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

AIR_SECONDS = 368e-6
"""An iBeacon's frame: 46 bytes at 1 Mbit/s (Bluetooth Core 5.4, Vol 6, Part B, 2.1)."""
QUICK_MS = (100, 250)
"""Advertising intervals that phones and beacons offer, for few people."""
CROWD = 300
"""Above this many people, once a second: what more frames would gain, collisions eat."""
CALM_MS = 1000
SOON_SECONDS = 20.0
"""A door is passed, and a hall is entered, more slowly than that."""
_MISSED = math.log(100)
"""99 % heard: one in a hundred missed."""


@dataclass(frozen=True, slots=True)
class RadioPlan:
    """An advice for an event."""

    people: int
    interval_ms: int
    """Between two advertisements of one phone."""
    scanners: int
    """So far apart that each hears its share of the people."""
    seconds: float
    """Until 99 % of the people within range of a scanner have been heard once."""


def seconds_to_find(people: int, interval_ms: int) -> float:
    """Until one scanner has heard 99 % of `people` phones within its range."""
    interval = interval_ms / 1000
    lost = 2 * people * AIR_SECONDS / interval
    return _MISSED * interval * math.exp(lost) if lost < _HOPELESS else math.inf


_HOPELESS = 100.0
"""Beyond, the time exceeds the age of the universe, and soon what a float holds."""


def plan(people: int) -> RadioPlan:
    """The advice for this many people at once (at least one)."""
    offered = [CALM_MS] if people > CROWD else QUICK_MS
    scanners = 1
    while True:
        share = -(-people // scanners)
        seconds, interval = min((seconds_to_find(share, each), each) for each in offered)
        if seconds <= SOON_SECONDS:
            return RadioPlan(people, interval, scanners, seconds)
        scanners += 1
