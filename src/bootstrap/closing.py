"""The close-out on the database itself; over HTTP the client has the same methods."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from ..core.close_out import CloseOut
from .access_admin import DatabaseAccess
from .local_audit import local

HERE = "an admin at the backend's machine"
"""Who acts where no sign-in says it."""


class Closer(Protocol):
    """What the commands ask of a close-out, wherever it is answered."""

    async def close_out(self, event_id: str) -> CloseOut:
        """Where the close-out stands."""

    async def accept(self, event_id: str, findings: Sequence[str], why: str) -> CloseOut:
        """Accept findings by id."""

    async def take_back(self, event_id: str, findings: Sequence[str]) -> CloseOut:
        """Take acceptances back."""

    async def seal(self, event_id: str, digest: str) -> CloseOut:
        """Seal what was seen."""


class DatabaseCloser(DatabaseAccess):
    """Works on the database, each call in a thread."""

    async def close_out(self, event_id: str) -> CloseOut:
        """Where the close-out stands."""
        return await asyncio.to_thread(self._store.close_out, event_id, now_ms=self._now())

    async def accept(self, event_id: str, findings: Sequence[str], why: str) -> CloseOut:
        """Accept findings by id."""
        now = self._now()
        with local("closeOut.accept"):
            return await asyncio.to_thread(
                self._store.accept, event_id, findings, by=HERE, why=why, now_ms=now
            )

    async def take_back(self, event_id: str, findings: Sequence[str]) -> CloseOut:
        """Take acceptances back."""
        with local("closeOut.takeBack"):
            return await asyncio.to_thread(
                self._store.take_back, event_id, findings, now_ms=self._now()
            )

    async def seal(self, event_id: str, digest: str) -> CloseOut:
        """Seal what was seen."""
        with local("closeOut.seal"):
            return await asyncio.to_thread(
                self._store.seal, event_id, digest, by=HERE, now_ms=self._now()
            )
