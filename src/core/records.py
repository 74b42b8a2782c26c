"""Sightings as they came in: what staff look at while a door runs, and what one scan brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .errors import HeadcountError

if TYPE_CHECKING:
    from .backend import Page


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


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One run of one scanner, as its batches told. Unix ms."""

    id: str
    """Opaque; names the session among all events and scanners."""
    event_id: str
    scanner_id: str
    started_at: int
    covered_until: int
    ended_at: int | None
    received_at: int
    """When the backend last heard of it."""


class SessionNotFound(HeadcountError):
    """No scan session has this id."""


class Records(Protocol):
    """The part of the backend that shows single sightings."""

    def recent_records(
        self, event_id: str, *, limit: int, since: int = 0
    ) -> Sequence[RecentRecord]:
        """The newest sightings from `since` on, the newest first. Raises EventNotFound."""

    def scan_sessions(self, event_id: str, *, limit: int, cursor: str = "") -> Page[SessionRow]:
        """The event's scan sessions by start. Raises EventNotFound, UsageError (wrong cursor)."""

    def event_of_session(self, session_id: str) -> str:
        """The event that a session belongs to. Raises SessionNotFound."""

    def session_records(
        self, session_id: str, *, limit: int, cursor: str = "", since: int = 0
    ) -> Page[RecentRecord]:
        """What a session's scanner heard during it, from `since` on, by time.

        Raises SessionNotFound, UsageError (wrong cursor).
        """
