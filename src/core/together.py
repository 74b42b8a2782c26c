"""Two badges that always move as one: found by when they were seen."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

TOLERANCE_MS = 5_000
"""Badges in one pocket are logged within seconds of one another: each counts when it was heard
twice, and phones send about once a second."""

LEAST_SIGHTINGS = 6
"""Half an hour with the default dedupe window. Two who came through the door together, and no
more, have fewer in common."""

MOST_PARTNERS = 2
"""Whoever has more partners came with a group: that says nothing."""


class Track(NamedTuple):
    """When one person's badges were seen."""

    id: str
    times: Sequence[int]
    """Unix ms, ascending."""


class Pair(NamedTuple):
    """Two that were always seen together; `one` is the smaller id."""

    one: str
    other: str
    times: int
    """How often."""


def pairs_as_one(tracks: Sequence[Track]) -> list[Pair]:
    """Pairs whose every sighting has one of the other within TOLERANCE_MS, by ids.

    Only tracks that begin together are compared, so the work grows with how many people come in
    within a few seconds, not with the square of all.
    """
    long = sorted(
        (track for track in tracks if len(track.times) >= LEAST_SIGHTINGS),
        key=lambda track: (track.times[0], track.id),
    )
    pairs = list(_pairs(long))
    partners = Counter(each for pair in pairs for each in (pair.one, pair.other))
    return sorted(
        pair
        for pair in pairs
        if partners[pair.one] <= MOST_PARTNERS and partners[pair.other] <= MOST_PARTNERS
    )


def _pairs(tracks: Sequence[Track]) -> Iterator[Pair]:
    for place, track in enumerate(tracks):
        for other in itertools.islice(tracks, place + 1, None):
            if other.times[0] - track.times[0] > TOLERANCE_MS:
                break
            if _alike(track.times, other.times):
                one, two = sorted((track.id, other.id))
                yield Pair(one, two, len(track.times))


def _alike(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether each sighting of one has its fellow, in order."""
    if len(one) != len(other) or abs(one[-1] - other[-1]) > TOLERANCE_MS:
        return False
    return all(abs(a - b) <= TOLERANCE_MS for a, b in zip(one, other, strict=True))
