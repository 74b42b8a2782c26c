"""The badges of a person in the course of time: a phone that was replaced keeps its past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .errors import HeadcountError


class BadgeTaken(HeadcountError):
    """Somebody holds the badge at a time for which it was asked."""


class BadgeNotFound(HeadcountError):
    """The person does not hold this badge now."""


@dataclass(frozen=True, slots=True)
class NewBadge:
    """A badge to be given to a person. Unix ms."""

    ble_uuid: str
    valid_from: int | None = None
    """None: ever since, or from now on if somebody held it before."""
    valid_to: int | None = None
    """None: until further notice."""


@dataclass(frozen=True, slots=True)
class BadgePeriod:
    """A badge is a person's from `valid_from` up to, and without, `valid_to` (Unix ms)."""

    ble_uuid: str
    valid_from: int | None
    """None: ever since; also what was heard before it was known whose the badge is."""
    valid_to: int | None
    """None: until further notice."""
    added_by: str


class Badges(Protocol):
    """The part of the backend that knows whose a badge was, and when."""

    def badges(self, user_id: str) -> Sequence[BadgePeriod]:
        """A person's badges in the course of time. Raises UserNotFound."""

    def add_badge(self, user_id: str, badge: NewBadge, *, by: str, now_ms: int) -> BadgePeriod:
        """Give a person one more badge; the same again is no error. What was heard becomes theirs.

        Raises UserNotFound, BadgeTaken.
        """

    def end_badge(self, user_id: str, ble_uuid: str, *, valid_to: int) -> BadgePeriod:
        """Take a badge back from then on; what was heard before stays the person's.

        Raises UserNotFound, BadgeNotFound.
        """
