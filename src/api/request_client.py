"""Both sides of correction requests: whoever asks, and the admin who decides."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from ..core.correction_requests import CorrectionRequest, NewRequest, RequestDecision
from . import wire
from .access_client import AccessClient
from .client import answer_as


class RequestClient(AccessClient):
    """Asks for corrections, and decides about them. Raises BackendError."""

    async def ask_correction(self, event_id: str, new: NewRequest) -> CorrectionRequest:
        """Say that the record is wrong."""
        body = msgspec.json.encode(wire.to_wire(new))
        return await self._ask("POST", _of(event_id), answer_as(CorrectionRequest), body=body)

    async def requests(self, event_id: str) -> list[CorrectionRequest]:
        """One's own, and what became of them; everybody's for an operator or admin."""
        return await self._pages(_of(event_id), CorrectionRequest)

    async def decide_request(
        self, event_id: str, request_id: str, decision: RequestDecision
    ) -> CorrectionRequest:
        """Accept or decline, as an admin."""
        path = f"{_of(event_id)}/{quote(request_id, safe='')}"
        body = msgspec.json.encode(wire.to_wire(decision))
        return await self._ask("PATCH", path, answer_as(CorrectionRequest), body=body)


def _of(event_id: str) -> str:
    return f"/events/{quote(event_id, safe='')}/correctionRequests"
