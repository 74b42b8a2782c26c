"""The part of the store that is about insights and feedback: each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable

from ...core.backend import Page
from ...core.feedback import Feedback, FeedbackFilter, FeedbackStatus, NewFeedback
from ...core.insight_book import Generated, InsightMessage, InsightStatus, KeptInsight
from ...core.insights import NEED_SIGHTINGS, find_insights, is_purged
from . import facts, feedback, insights
from .database import Database


class InsightStore:
    """Implements `core.insight_book.InsightBook` and `core.feedback.FeedbackBook`."""

    _database: Database
    _new_id: Callable[[], str]

    def generate_insights(self, event_id: str, *, now_ms: int) -> Generated:
        """Look at the event anew: read first, so that the look holds no writer up."""
        with self._database.read() as connection:
            doors = insights.doors(connection, event_id)
            known = facts.report_facts(connection, event_id)
        found = find_insights(known, doors, now_ms)
        unseen = NEED_SIGHTINGS if is_purged(known) else ()
        with self._database.write() as connection:
            return insights.keep_generated(connection, event_id, found, now_ms, unseen)

    def insights(
        self, event_id: str, *, limit: int, cursor: str = "", status: str = ""
    ) -> Page[KeptInsight]:
        """The event's insights. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return insights.list_insights(connection, event_id, limit, cursor, status)

    def set_insight_status(
        self, insight_id: str, status: InsightStatus, *, by: str, why: str, now_ms: int
    ) -> KeptInsight:
        """Dismiss or reopen. Raises InsightNotFound."""
        with self._database.write() as connection:
            return insights.set_status(connection, insight_id, status, by, why, now_ms)

    def comment_insight(self, insight_id: str, *, by: str, text: str, now_ms: int) -> KeptInsight:
        """Add a comment. Raises InsightNotFound."""
        with self._database.write() as connection:
            return insights.comment(connection, insight_id, by, text, now_ms)

    def take_insight(self, message: InsightMessage, *, now_ms: int) -> bool:
        """Keep what a message tells, once. Raises MessageReplayed, EventNotFound."""
        with self._database.write() as connection:
            return insights.take_message(connection, message, now_ms)

    def add_feedback(self, new: NewFeedback, *, by: str, now_ms: int) -> Feedback:
        """Keep it. Raises EventNotFound."""
        with self._database.write() as connection:
            return feedback.add(connection, new, by, self._new_id, now_ms)

    def feedback(self, wanted: FeedbackFilter, *, limit: int, cursor: str = "") -> Page[Feedback]:
        """Feedback, the oldest first. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return feedback.list_feedback(connection, wanted, limit, cursor)

    def moderate_feedback(
        self, feedback_id: str, status: FeedbackStatus, *, by: str, why: str, now_ms: int
    ) -> Feedback:
        """Decide. Raises FeedbackNotFound."""
        with self._database.write() as connection:
            return feedback.moderate(connection, feedback_id, status, by, why, now_ms)
