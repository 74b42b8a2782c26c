"""What a participant may know of themselves at one event: status, rule, and where they were heard.

It costs a look at one person's rows, not the event's report: thousands of phones may ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .model import Event

NEWEST = 20
"""Sightings that are told: enough to see that a phone is heard, and at which door."""


@dataclass(frozen=True, slots=True)
class HeardAt:
    """One sighting that counts."""

    time: int
    """Unix ms."""
    scanner_id: str


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """One's own record. Times are Unix ms."""

    event: Event
    registration: str
    """pending, approved, rejected or cancelled; empty for none."""
    why: str
    """The reason that was given for the registration's status; empty for none."""
    status: str
    rule: str
    """What decided the status."""
    check_in_time: int | None
    scanner_id: str
    """Where; empty while there is no check-in."""
    sightings: int
    """How many count."""
    heard: Sequence[HeardAt]
    """The newest ones, the newest first; at most NEWEST."""
    generated_at: int
    provisional: bool = False
    """The event goes on, or a scanner is missing: nobody is absent yet."""


class OwnBook(Protocol):
    """What the database knows of one person."""

    def own_record(self, event_id: str, user_id: str, *, now_ms: int) -> OwnRecord:
        """One person's record. Raises EventNotFound, UserNotFound."""
