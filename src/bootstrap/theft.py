"""After a loss or theft: what is in of a scanner's records, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..core.access import ScannerRow
from ..core.model import Event
from ..core.records import SessionRow
from ..core.theft import Coverage, coverage, looked_at

EVENTS = 20
"""The latest events that are looked at: what a station still has of older ones is long known."""


class Asked(Protocol):
    """What answers: a database or a client."""

    async def events(self) -> Sequence[Event]:
        """Every event."""

    async def scanners(self) -> Sequence[ScannerRow]:
        """Scanners by name."""

    async def scan_sessions(self, event_id: str) -> Sequence[SessionRow]:
        """The event's scan sessions."""


async def missing_of(
    asked: Asked, name: str, now_ms: int, stolen_at: int | None = None
) -> list[Coverage]:
    """For the latest events at which it scanned, or may have. Raises BackendError."""
    row = next((each for each in await asked.scanners() if each.name == name), None)
    found = []
    for event in looked_at(await asked.events(), now_ms, EVENTS):
        sessions = await asked.scan_sessions(event.id)
        known = coverage(event, sessions, name, now_ms, scanner=row, stolen_at=stolen_at)
        if known:
            found.append(known)
    return found
