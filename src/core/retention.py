"""What is kept for how long, and how sightings are folded so that a report stays what it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Retention:
    """Days; 0 keeps for ever."""

    sightings: int = 21
    """After the event's end."""
    trash: int = 30
    """After it was deleted."""
    audit: int = 365
    """After it was written."""


class Due(NamedTuple):
    """What a purge takes away together: one event's rows, or rows of no event (empty id)."""

    event_id: str
    rows: Mapping[str, int]
    """By table."""


class Archive(NamedTuple):
    """Where purged rows were written."""

    folder: str
    rows: Mapping[str, int]
    """By table; each is a file there."""


class Care(Protocol):
    """What is asked of the database."""

    def purge_plan(self, keep: Retention, *, now_ms: int, event_id: str = "") -> list[Due]:
        """What has outlived its time; of one event only if `event_id`. Raises EventNotFound."""

    def purge(self, due: Due, keep: Retention, folder: str, *, now_ms: int) -> Archive:
        """Archive into the new `folder`, verify, delete: one transaction.

        Raises UsageError if the archive can't be written; then nothing is deleted.
        """

    def expire(self, *, now_ms: int, idle_ms: int) -> dict[str, int]:
        """Delete sign-ins, tokens, codes and counts that are over; how many rows, by table."""


class Stretch(NamedTuple):
    """Sightings of one badge without a longer gap than the away time. Unix ms."""

    start: int
    end: int
    scanner: int
    """Of the first."""
    sightings: int
    corrected: int
    """The largest correction, ms, forward or back; 0 for none."""


class Heard(NamedTuple):
    """One sighting, or the first of a stretch that was kept of an earlier purge."""

    time: int
    scanner: int
    corrected: int


def stretches(
    heard: Iterable[Heard], *, opens: int, closes: int, away_ms: int, names: Mapping[int, str]
) -> list[Stretch]:
    """Fold one badge's sightings.

    Only those from `opens` to `closes` count for the status, so a stretch never crosses either:
    what counts of it afterwards is exactly what counted before.
    """
    ordered = sorted(heard, key=lambda one: (one.time, names[one.scanner]))
    parts: list[list[Heard]] = []
    for one in ordered:
        last = parts[-1][-1].time if parts else None
        if last is None or one.time - last > away_ms or _crosses(last, one.time, opens, closes):
            parts.append([])
        parts[-1].append(one)
    return [_stretch(part) for part in parts]


def spans(times: Sequence[int], opens: int, closes: int, away_ms: int) -> list[list[int]]:
    """As `stretches`, of one person's ascending times: begin, end and number of each."""
    found: list[list[int]] = []
    begin = last = times[0]
    count = 0
    for time in times:
        if time - last > away_ms or last < opens <= time or last <= closes < time:
            found.append([begin, last, count])
            begin, count = time, 0
        last = time
        count += 1
    return [*found, [begin, last, count]]


def _crosses(before: int, after: int, opens: int, closes: int) -> bool:
    return before < opens <= after or before <= closes < after


def _stretch(part: Sequence[Heard]) -> Stretch:
    corrected = max((one.corrected for one in part), key=abs)
    return Stretch(part[0].time, part[-1].time, part[0].scanner, len(part), corrected)


def times_of(stretch: Stretch) -> list[int]:
    """As many times as there were sightings, evenly spaced: no gap is longer than the longest was.

    So first and last seen, presence, status and the number of sightings stay what they were.
    """
    steps = max(1, stretch.sightings - 1)
    length = stretch.end - stretch.start
    return [stretch.start + length * step // steps for step in range(stretch.sightings)]
