"""The command line's side of registrations, as an admin."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from ..core.registrations import OwnRegistration, Ruling, RulingResult
from . import wire
from .care_client import CareClient
from .client import answer_as
from .shapes import RulingResults


class RegistrationClient(CareClient):
    """Registers, approves and rejects. Raises BackendError."""

    async def register(self, event_id: str, user_id: str) -> OwnRegistration:
        """Register somebody, approved."""
        body = msgspec.json.encode({"userId": user_id})
        return await self._ask("POST", _of(event_id), answer_as(OwnRegistration), body=body)

    async def decide_registrations(
        self, event_id: str, rulings: Sequence[Ruling]
    ) -> Sequence[RulingResult]:
        """Approve and reject, up to 1000 at once."""
        body = msgspec.json.encode({"registrations": wire.to_wire(rulings)})
        told = await self._ask("PATCH", _of(event_id), answer_as(RulingResults), body=body)
        return told.results


def _of(event_id: str) -> str:
    return f"/events/{quote(event_id, safe='')}/registrations"
