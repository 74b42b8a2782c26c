"""Registrations as people and admins change them: asked for, cancelled, approved, rejected.

A status of attendance is derived from the registration as it is now, so a late approval counts for
what was heard before it, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .errors import HeadcountError


class RegistrationNotFound(HeadcountError):
    """The person never registered for the event."""


class RegistrationClosed(HeadcountError):
    """The event is over or archived: nobody registers for it by themselves any more."""


class Decision(StrEnum):
    """What an admin makes of a registration."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class OwnRegistration:
    """A registration as its owner may see it. Times are Unix ms."""

    event_id: str
    user_id: str
    status: str
    """pending, approved, rejected or cancelled."""
    why: str
    """The reason that was given for this status; empty for none."""
    created_at: int
    decided_at: int | None
    """When somebody decided about it last; None where nobody did by hand."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What to do with one person's registration. Texts are clean."""

    user_id: str
    status: Decision
    why: str = ""
    """Needed for a rejection: the person reads it."""


@dataclass(frozen=True, slots=True)
class RulingResult:
    """What became of one ruling."""

    user_id: str
    status: str
    """The registration's status now; empty for none."""
    problem: str
    """Why nothing was changed, in words; empty where it is as wanted."""


class Registrations(Protocol):
    """Registrations in the database. All methods block; people are named by their public id."""

    def register(
        self, event_id: str, user_id: str, *, approved: bool, now_ms: int
    ) -> OwnRegistration:
        """Register a person: approved, or as the person's own wish.

        A wish is pending; what was decided before stays, but a cancellation is taken back. Raises
        EventNotFound, UserNotFound, RegistrationClosed.
        """

    def cancel_registration(self, event_id: str, user_id: str) -> OwnRegistration:
        """A person's own cancellation; a rejection stays one.

        Raises EventNotFound, UserNotFound, RegistrationNotFound.
        """

    def registration(self, event_id: str, user_id: str) -> OwnRegistration:
        """One person's. Raises EventNotFound, UserNotFound, RegistrationNotFound."""

    def registrations_of(self, user_id: str) -> list[OwnRegistration]:
        """All of one person's, by the events' start. Raises UserNotFound."""

    def decide_registrations(
        self, event_id: str, rulings: Sequence[Ruling], *, now_ms: int
    ) -> list[RulingResult]:
        """Approve and reject; the results are in the order of the rulings. Raises EventNotFound."""
