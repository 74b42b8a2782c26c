"""What is asked of the backend's database about rotating identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .rotation import DayKey

if TYPE_CHECKING:
    from .backend import Page


@dataclass(frozen=True, slots=True)
class NewRotation:
    """A person's rotation secret, told once: to whoever asked for it."""

    user_id: str
    secret: bytes
    """32 random bytes."""
    created_at: int
    """From then on, Unix ms, the ids that follow from it are the person's."""


class RotationBook(Protocol):
    """The part of the backend that keeps rotation secrets."""

    def add_rotation(self, user_id: str, secret: bytes, *, now_ms: int) -> NewRotation:
        """Give a person a secret; the one before ends now. Raises UserNotFound."""

    def day_keys(self, event_id: str, *, limit: int, cursor: str = "", now_ms: int) -> Page[DayKey]:
        """The keys of the event's days, of `limit` secrets of those who are registered.

        None for an event without rotating ids, or that is over; of a long one those of the next
        days only. Raises EventNotFound, UsageError (wrong cursor).
        """
