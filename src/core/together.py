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
    long = [track for track in tracks if len(track.times) >= LEAST_SIGHTINGS]
    long.sort(key=lambda track: (len(track.times), track.times[0], track.id))
    pairs = [
        pair
        for _, alike in itertools.groupby(long, key=lambda track: len(track.times))
        for pair in _pairs(list(alike))
    ]
    partners = Counter(each for pair in pairs for each in (pair.one, pair.other))
    return sorted(
        pair
        for pair in pairs
        if partners[pair.one] <= MOST_PARTNERS and partners[pair.other] <= MOST_PARTNERS
    )


def _pairs(tracks: Sequence[Track]) -> Iterator[Pair]:
    """Pairs among tracks with the same number of sightings, in the order of the first one.

    Of a track's partners only so many are looked for as show that it is one of a group.
    """
    for place, track in enumerate(tracks):
        latest, last = track.times[0] + TOLERANCE_MS, track.times[-1]
        found = 0
        for other in itertools.islice(tracks, place + 1, None):
            if other.times[0] > latest or found > MOST_PARTNERS:
                break
            if abs(other.times[-1] - last) <= TOLERANCE_MS and _alike(track.times, other.times):
                found += 1
                one, two = sorted((track.id, other.id))
                yield Pair(one, two, len(track.times))


def _alike(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether each sighting of one has its fellow, in order; both have as many."""
    return all(abs(a - b) <= TOLERANCE_MS for a, b in zip(one, other, strict=True))
