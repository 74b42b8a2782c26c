"""Sightings as they came in: what staff look at while a door runs, and what one scan brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RecentRecord:
    """One sighting, with its person."""

    ble_uuid: str
    check_in_time: int
    """Unix ms."""
    scanner_id: str
    user_id: str
    """Empty for a badge that nobody owns."""
    name: str


class Records(Protocol):
    """The part of the backend that shows single sightings."""

    def recent_records(
        self, event_id: str, *, limit: int, since: int = 0
    ) -> Sequence[RecentRecord]:
        """The newest sightings from `since` on, the newest first. Raises EventNotFound."""
