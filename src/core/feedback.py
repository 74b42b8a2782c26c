"""What people say about an event, or about the whole, and its moderation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from .errors import HeadcountError

if TYPE_CHECKING:  # core.backend builds on this protocol
    from .backend import Page


class FeedbackNotFound(HeadcountError):
    """No feedback has this id."""


class FeedbackStatus(StrEnum):
    """What an admin made of it."""

    NEW = "new"
    PUBLISHED = "published"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """What somebody says. Texts are clean."""

    text: str
    event_id: str = ""
    """Empty: about no event."""
    rating: int | None = None
    """1 to 5, 5 the best."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """Feedback as it is kept. Times are Unix ms."""

    id: str
    event_id: str
    user_id: str
    name: str
    """Of its author; empty where the person is gone."""
    rating: int | None
    text: str
    status: FeedbackStatus
    created_at: int
    moderated_by: str
    """The admin who decided last; empty for nobody."""
    moderated_at: int | None
    why: str


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """Which feedback is wanted; an empty member is no condition."""

    user_id: str = ""
    event_id: str = ""
    status: str = ""


class FeedbackBook(Protocol):
    """Feedback in the database. All methods block."""

    def add_feedback(self, new: NewFeedback, *, by: str, now_ms: int) -> Feedback:
        """Keep it. Raises EventNotFound."""

    def feedback(self, wanted: FeedbackFilter, *, limit: int, cursor: str = "") -> Page[Feedback]:
        """Feedback, the oldest first. Raises EventNotFound."""

    def moderate_feedback(
        self, feedback_id: str, status: FeedbackStatus, *, by: str, why: str, now_ms: int
    ) -> Feedback:
        """Publish, hide or set back to new. Raises FeedbackNotFound."""
