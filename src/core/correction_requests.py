"""A participant says "this is wrong", and an admin decides; accepted, it becomes a correction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from .errors import HeadcountError

if TYPE_CHECKING:  # core.backend builds on this protocol
    from .backend import Page


class RequestNotFound(HeadcountError):
    """The event has no such request."""


class RequestDecided(HeadcountError):
    """Somebody decided about the request before."""


class RequestStatus(StrEnum):
    """What an admin made of it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What somebody finds wrong. The text is clean."""

    text: str
    came_at: int | None = None
    left_at: int | None = None
    """When they say they came and left, Unix ms."""


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """A request as it is kept. Times are Unix ms."""

    id: str
    event_id: str
    user_id: str
    name: str
    text: str
    came_at: int | None
    left_at: int | None
    status: RequestStatus
    created_at: int
    decided_at: int | None
    why: str
    """The answer to the person; empty while it is open."""
    record_id: str
    """The correction that it led to; empty for none."""


@dataclass(frozen=True, slots=True)
class RequestDecision:
    """What an admin makes of it. An acceptance is stored as a correction about the person."""

    status: Literal["accepted", "declined"]
    why: str = ""
    """Needed to decline: the person reads it."""
    kind: Literal["manual", "excused", "void"] = "manual"
    """Check the person in by hand, excuse them, or take a record back."""
    time: int | None = None
    """When the person came, Unix ms; None: as the request says."""
    record_id: str = ""
    """Of a void: the act to take back."""


class RequestBook(Protocol):
    """Requests in the database. All methods block; people are named by their public id."""

    def add_request(
        self, event_id: str, new: NewRequest, *, by: str, now_ms: int
    ) -> CorrectionRequest:
        """Keep it. Raises EventNotFound, UserNotFound."""

    def requests(
        self, event_id: str, *, limit: int, cursor: str = "", user_id: str = "", status: str = ""
    ) -> Page[CorrectionRequest]:
        """The oldest first; of every event if `event_id` is empty, of one person if `user_id`.

        Raises EventNotFound, UsageError for a cursor of another list.
        """

    def decide_request(
        self, event_id: str, request_id: str, decision: RequestDecision, *, by: str, now_ms: int
    ) -> CorrectionRequest:
        """Accept (and correct, in the same transaction) or decline.

        Raises EventNotFound, RequestNotFound, RequestDecided, RecordNotFound, AlreadyVoid, and
        UsageError where an acceptance lacks the time of a check-in.
        """
