"""Correction requests over HTTP: implements `tui.admin.ports_requests`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from ..api.admin_client import AdminClient
from ..api.wire import page_from_wire
from ..core.correction_requests import CorrectionRequest, RequestDecision
from ..core.errors import HeadcountError
from ..core.model import Event
from .admin_follow import follow


class HttpRequests:
    """The requests of one backend."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def follow(self) -> AsyncGenerator[Sequence[CorrectionRequest] | HeadcountError, None]:
        """Every event's, the oldest first."""
        return follow(
            lambda: self._client.live(
                "correctionRequests",
                lambda value: page_from_wire(value, CorrectionRequest).items,
            )
        )

    async def event(self, event_id: str) -> Event:
        """The event that a request is about."""
        return await self._client.event(event_id)

    async def decide(
        self, request: CorrectionRequest, decision: RequestDecision
    ) -> CorrectionRequest:
        """Accept or decline, once."""
        return await self._client.decide_request(request.event_id, request.id, decision)
