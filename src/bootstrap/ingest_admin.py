"""Seed files and insights, on the database itself or over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from ..api.seeding import SeedAnswer, SeedBody, seed
from ..core.insight_book import Generated, KeptInsight
from .access_admin import ALL, DatabaseAccess, every_row
from .local_audit import local


class IngestAdmin(Protocol):
    """What the commands ask, wherever it is answered."""

    async def seed(self, wanted: SeedBody) -> SeedAnswer:
        """Import files."""

    async def insights(self, event_id: str) -> Sequence[KeptInsight]:
        """The event's insights."""

    async def generate_insights(self, event_id: str) -> Generated:
        """Look at an event anew."""


class DatabaseIngest(DatabaseAccess):
    """Works on the database, each call in a thread."""

    async def seed(self, wanted: SeedBody) -> SeedAnswer:
        """Import files."""
        with local("seed"):
            return await asyncio.to_thread(seed, self._store, wanted, self._now())

    async def insights(self, event_id: str) -> Sequence[KeptInsight]:
        """The event's insights."""
        return await asyncio.to_thread(
            every_row, lambda at: self._store.insights(event_id, limit=ALL, cursor=at)
        )

    async def generate_insights(self, event_id: str) -> Generated:
        """Look at an event anew."""
        with local("insights.generate"):
            return await asyncio.to_thread(
                self._store.generate_insights, event_id, now_ms=self._now()
            )
