"""Insights and feedback, for whoever administers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from ...core.errors import HeadcountError
from ...core.feedback import Feedback, FeedbackStatus
from ...core.insight_book import Generated, KeptInsight
from ...core.report import Report
from .ports_events import EventsDesk


class InsightsDesk(Protocol):
    """An event's insights. Asynchronous methods raise HeadcountError."""

    def follow(self, event_id: str) -> AsyncGenerator[Sequence[KeptInsight] | HeadcountError, None]:
        """The oldest first, at once and after each change; errors as in `EventsDesk.follow`."""

    async def generate(self, event_id: str) -> Generated:
        """Look at the event anew."""

    async def report(self, event_id: str) -> Report:
        """The report, whose rows insights name."""

    async def name_of(self, user_id: str) -> str:
        """A user's name; empty where nobody has this id any more."""

    async def dismiss(self, insight_id: str, why: str) -> KeptInsight:
        """Dismiss it, with the reason."""

    async def reopen(self, insight_id: str, why: str) -> KeptInsight:
        """Take a dismissal back."""

    async def comment(self, insight_id: str, text: str) -> KeptInsight:
        """Say something about it."""


class FeedbackDesk(Protocol):
    """What people say. Asynchronous methods raise HeadcountError."""

    def follow(self) -> AsyncGenerator[Sequence[Feedback] | HeadcountError, None]:
        """The oldest first, at once and after each change; errors as in `EventsDesk.follow`."""

    async def moderate(self, feedback_id: str, status: FeedbackStatus, why: str) -> Feedback:
        """Publish, hide (with the reason, which its author reads), or set back to new."""


class HasInsights(Protocol):
    """Who hands them out."""

    def now_ms(self) -> int:
        """The time."""

    def insights(self) -> InsightsDesk:
        """The insights, once somebody is signed in."""

    def events(self) -> EventsDesk:
        """The events, once somebody is signed in."""

    def feedback(self) -> FeedbackDesk:
        """The feedback, once somebody is signed in."""
