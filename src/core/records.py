"""Sightings as they came in: what staff look at while a door runs, and what one scan brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .errors import HeadcountError
from .rotation import Assurance

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
    assurance: Assurance = Assurance.LOW
    """How much it says about who was there."""


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
    deleted_at: int | None = None
    """When it was moved to the trash; None for one that counts."""
    deleted_by: str = ""
    why: str = ""
    """Why it was moved to the trash."""


TRASH_DAYS = 30
"""How long a session can be taken out of the trash again: product.md's default."""


class SessionNotFound(HeadcountError):
    """No scan session has this id."""


class TrashExpired(HeadcountError):
    """What was in the trash for so long can't be taken out again."""


class Records(Protocol):
    """The part of the backend that shows single sightings, and takes those of a session back."""

    def recent_records(
        self, event_id: str, *, limit: int, since: int = 0
    ) -> Sequence[RecentRecord]:
        """The newest sightings from `since` on, the newest first. Raises EventNotFound."""

    def scan_sessions(
        self, event_id: str, *, limit: int, cursor: str = "", trash: bool = False
    ) -> Page[SessionRow]:
        """The event's scan sessions by start: those that count, or those in the trash.

        Raises EventNotFound, UsageError (wrong cursor).
        """

    def delete_session(self, session_id: str, *, by: str, why: str, now_ms: int) -> SessionRow:
        """Move a session's sightings to the trash, and derive attendance without them.

        A station that sends them again changes nothing. Raises SessionNotFound, also for one that
        is in the trash already.
        """

    def restore_session(self, session_id: str, *, now_ms: int) -> SessionRow:
        """Take a session's sightings out of the trash. Raises SessionNotFound, TrashExpired."""

    def event_of_session(self, session_id: str) -> str:
        """The event that a session belongs to. Raises SessionNotFound."""

    def session_records(
        self, session_id: str, *, limit: int, cursor: str = "", since: int = 0
    ) -> Page[RecentRecord]:
        """What a session's scanner heard during it, from `since` on, by time.

        Raises SessionNotFound, UsageError (wrong cursor).
        """
