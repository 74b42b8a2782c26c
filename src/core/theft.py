"""A scanner that is gone: which stretches of which events it may have heard and not sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .access import ScannerRow
from .model import Event
from .records import SessionRow


class Coverage(NamedTuple):
    """One scanner at one event. Unix ms."""

    event: Event
    covered_until: int
    """Up to then its records are in."""
    missing_until: int | None
    """From `covered_until` up to then records may be missing; None: everything is in."""
    gate: str = ""
    """Where it stood, as far as is known."""
    known: bool = True
    """Whether it is known to have scanned there; if not, nothing of it is in."""


def coverage(
    event: Event,
    sessions: Iterable[SessionRow],
    scanner_id: str,
    now_ms: int,
    *,
    scanner: ScannerRow | None = None,
    stolen_at: int | None = None,
) -> Coverage | None:
    """What is in of this scanner's records; None where it did not scan for the event.

    A session of which no end is known may have gone on until the event's end, until it was stolen,
    or until now. With `scanner`: an event since its last contact counts, too, where it may scan.
    """
    gate, until = scanner.gate if scanner else "", now_ms if stolen_at is None else stolen_at
    last = min(event.end, until, now_ms)
    mine = [each for each in sessions if each.scanner_id == scanner_id]
    if not mine:
        maybe = scanner is not None and stolen_at is not None and _may_have(event, scanner, last)
        return Coverage(event, event.start, last, gate, known=False) if maybe else None
    newest = max(mine, key=lambda each: (each.started_at, each.covered_until))
    end = last if newest.ended_at is None else newest.ended_at
    covered = newest.covered_until
    return Coverage(event, covered, end if end > covered else None, gate)


def _may_have(event: Event, scanner: ScannerRow, last: int) -> bool:
    """Whether it may have scanned and never told: the event was on since it was heard of last."""
    since = scanner.last_contact or scanner.paired_at
    in_scope = not scanner.events or event.id in scanner.events
    return since is not None and in_scope and event.start < last and since < event.end


def looked_at(events: Sequence[Event], now_ms: int, most: int) -> list[Event]:
    """The events that have begun, the latest first, `most` of them."""
    begun = [each for each in events if each.start <= now_ms]
    return sorted(begun, key=lambda each: (-each.start, each.id))[:most]
