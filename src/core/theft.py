"""A scanner that is gone: which stretches of which events it may have heard and not sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .model import Event
from .records import SessionRow


class Coverage(NamedTuple):
    """One scanner at one event. Unix ms."""

    event: Event
    covered_until: int
    """Up to then its records are in."""
    missing_until: int | None
    """From `covered_until` up to then records may be missing; None: everything is in."""


def coverage(
    event: Event, sessions: Iterable[SessionRow], scanner_id: str, now_ms: int
) -> Coverage | None:
    """What is in of this scanner's records; None where it did not scan for the event.

    A session of which no end is known may have gone on until the event's end, or until now.
    """
    mine = [each for each in sessions if each.scanner_id == scanner_id]
    if not mine:
        return None
    newest = max(mine, key=lambda each: (each.started_at, each.covered_until))
    end = min(event.end, now_ms) if newest.ended_at is None else newest.ended_at
    covered = newest.covered_until
    return Coverage(event, covered, end if end > covered else None)


def looked_at(events: Sequence[Event], now_ms: int, most: int) -> list[Event]:
    """The events that have begun, the latest first, `most` of them."""
    begun = [each for each in events if each.start <= now_ms]
    return sorted(begun, key=lambda each: (-each.start, each.id))[:most]
