"""The command line's side of seed files and insights."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..core.insight_book import Generated, KeptInsight
from . import wire
from .access_client import AccessClient
from .client import answer_as
from .seeding import SeedAnswer, SeedBody


class IngestClient(AccessClient):
    """Asks one backend as an admin."""

    async def seed(self, wanted: SeedBody) -> SeedAnswer:
        """Import files."""
        body = msgspec.json.encode(wire.to_wire(wanted))
        return await self._ask("POST", "/seed", answer_as(SeedAnswer), body=body)

    async def insights(self, event_id: str) -> Sequence[KeptInsight]:
        """The event's insights."""
        return await self._pages("/insights", KeptInsight, {"eventId": event_id})

    async def generate_insights(self, event_id: str) -> Generated:
        """Look at an event anew."""
        body = msgspec.json.encode({"eventId": event_id})
        return await self._ask("POST", "/insights/generate", answer_as(Generated), body=body)
