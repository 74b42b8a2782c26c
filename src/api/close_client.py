"""The client's side of the close-out of events."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from ..core.close_out import CloseOut
from .client import answer_as
from .report_client import ReportClient


class CloseClient(ReportClient):
    """Closes events, as an admin. Raises BackendError."""

    async def close_out(self, event_id: str) -> CloseOut:
        """Where the close-out stands."""
        return await self._ask("GET", _of(event_id), answer_as(CloseOut))

    async def accept(self, event_id: str, findings: Sequence[str], why: str) -> CloseOut:
        """Accept findings by id."""
        return await self._tell(event_id, "accept", {"findings": list(findings), "why": why})

    async def take_back(self, event_id: str, findings: Sequence[str]) -> CloseOut:
        """Take acceptances back."""
        return await self._tell(event_id, "takeBack", {"findings": list(findings)})

    async def seal(self, event_id: str, digest: str) -> CloseOut:
        """Seal what was seen."""
        return await self._tell(event_id, "seal", {"digest": digest})

    async def _tell(self, event_id: str, act: str, members: dict[str, object]) -> CloseOut:
        body = msgspec.json.encode(members)
        return await self._ask("POST", f"{_of(event_id)}/{act}", answer_as(CloseOut), body=body)


def _of(event_id: str) -> str:
    return f"/events/{quote(event_id, safe='')}/closeOut"
