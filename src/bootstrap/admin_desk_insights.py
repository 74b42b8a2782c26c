"""Insights and feedback over HTTP: implements `tui.admin.ports_insights`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from ..api.admin_client import AdminClient
from ..api.wire import page_from_wire
from ..core.errors import HeadcountError
from ..core.feedback import Feedback, FeedbackStatus
from ..core.insight_book import Generated, KeptInsight
from ..core.report import Report
from .admin_follow import follow


class HttpInsights:
    """The insights of one backend."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def follow(self, event_id: str) -> AsyncGenerator[Sequence[KeptInsight] | HeadcountError, None]:
        """An event's, the oldest first."""
        return follow(
            lambda: self._client.live(
                "insights",
                lambda value: page_from_wire(value, KeptInsight).items,
                eventId=event_id,
            )
        )

    async def generate(self, event_id: str) -> Generated:
        """Look at the event anew."""
        return await self._client.generate_insights(event_id)

    async def report(self, event_id: str) -> Report:
        """The report as of now."""
        return await self._client.report(event_id)

    async def name_of(self, user_id: str) -> str:
        """A user's name, of the list of all: there is no other way to ask."""
        users = await self._client.users()
        return next((each.name for each in users if each.id == user_id), "")

    async def dismiss(self, insight_id: str, why: str) -> KeptInsight:
        """Dismiss it, with the reason."""
        return await self._client.dismiss_insight(insight_id, why)

    async def reopen(self, insight_id: str, why: str) -> KeptInsight:
        """Take a dismissal back."""
        return await self._client.reopen_insight(insight_id, why)

    async def comment(self, insight_id: str, text: str) -> KeptInsight:
        """Say something about it."""
        return await self._client.comment_insight(insight_id, text)


class HttpFeedback:
    """The feedback of one backend."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def follow(self) -> AsyncGenerator[Sequence[Feedback] | HeadcountError, None]:
        """Everybody's, the oldest first."""
        return follow(
            lambda: self._client.live(
                "feedback", lambda value: page_from_wire(value, Feedback).items
            )
        )

    async def moderate(self, feedback_id: str, status: FeedbackStatus, why: str) -> Feedback:
        """Publish, hide, or set back to new."""
        return await self._client.moderate(feedback_id, status, why)
