"""Insights as they are kept: who dismissed what and why, what others said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from .errors import HeadcountError
from .insights import InsightKind, RowRef, Severity
from .sentences import Said

if TYPE_CHECKING:  # core.backend builds on this protocol
    from .backend import Page


class InsightNotFound(HeadcountError):
    """No insight has this id."""


class InsightStatus(StrEnum):
    """Whether somebody has dealt with it."""

    OPEN = "open"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Comment:
    """What a person said of an insight."""

    user_id: str
    name: str
    """Empty where the person is gone."""
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class KeptInsight:
    """An insight with its history. Times are Unix ms."""

    id: str
    event_id: str
    kind: InsightKind
    severity: Severity
    sentence: str
    numbers: dict[str, int]
    rows: Sequence[RowRef]
    source: str
    """The program that told it; empty for one that was derived here."""
    holds: bool
    """Whether the newest look at the event still says so."""
    status: InsightStatus
    status_by: str
    """The user who dismissed or reopened it last; empty for nobody."""
    status_at: int | None
    why: str
    created_at: int
    updated_at: int
    comments: Sequence[Comment] = ()
    said: Said = field(default_factory=dict)
    """`sentence` as a code, and what is put in; empty for one that another program told."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What a new look at an event led to."""

    found: int
    """Insights that hold now."""
    new: int
    gone: int
    """Those that held before, and do not any more."""


@dataclass(frozen=True, slots=True)
class InsightMessage:
    """A verified message of another program. Texts are clean."""

    message_id: str
    sent_at: int
    """Unix ms: an older message changes nothing."""
    id: str
    """The insight's public id."""
    event_id: str
    source: str
    severity: Severity
    sentence: str
    numbers: dict[str, int]
    rows: Sequence[RowRef]
    withdrawn: bool = False
    """It holds no more."""


class InsightBook(Protocol):
    """Insights in the database. All methods block."""

    def generate_insights(self, event_id: str, *, now_ms: int) -> Generated:
        """Look at the event anew, and keep what is found; a dismissed one stays dismissed.

        Raises EventNotFound.
        """

    def insights(
        self, event_id: str, *, limit: int, cursor: str = "", status: str = ""
    ) -> Page[KeptInsight]:
        """The event's insights, the oldest first. Raises EventNotFound."""

    def set_insight_status(
        self, insight_id: str, status: InsightStatus, *, by: str, why: str, now_ms: int
    ) -> KeptInsight:
        """Dismiss or reopen. Raises InsightNotFound."""

    def comment_insight(self, insight_id: str, *, by: str, text: str, now_ms: int) -> KeptInsight:
        """Add a comment. Raises InsightNotFound."""

    def take_insight(self, message: InsightMessage, *, now_ms: int) -> bool:
        """Keep what a message tells, once; False: it was known.

        Raises MessageReplayed, EventNotFound.
        """
