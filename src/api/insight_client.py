"""The admin's side of insights and feedback: what people make of them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from ..core.feedback import Feedback, FeedbackStatus
from ..core.insight_book import KeptInsight
from .client import answer_as
from .close_client import CloseClient


class InsightClient(CloseClient):
    """Judges insights and feedback, as an admin. Raises BackendError."""

    async def dismiss_insight(self, insight_id: str, why: str) -> KeptInsight:
        """Dismiss it, with the reason."""
        return await self._insight(insight_id, "dismiss", {"why": why})

    async def reopen_insight(self, insight_id: str, why: str) -> KeptInsight:
        """Take a dismissal back."""
        return await self._insight(insight_id, "reopen", {"why": why})

    async def comment_insight(self, insight_id: str, text: str) -> KeptInsight:
        """Say something about it."""
        return await self._insight(insight_id, "comments", {"text": text})

    async def moderate(self, feedback_id: str, status: FeedbackStatus, why: str) -> Feedback:
        """Publish feedback, hide it, or set it back to new."""
        body = msgspec.json.encode({"status": status.value, "why": why})
        path = f"/feedback/{quote(feedback_id, safe='')}"
        return await self._ask("PATCH", path, answer_as(Feedback), body=body)

    async def _insight(self, insight_id: str, act: str, members: Mapping[str, str]) -> KeptInsight:
        path, body = f"/insights/{quote(insight_id, safe='')}/{act}", msgspec.json.encode(members)
        return await self._ask("POST", path, answer_as(KeptInsight), body=body)
