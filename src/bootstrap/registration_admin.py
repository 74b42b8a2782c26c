"""Registrations on the database itself; over HTTP the client has the same methods."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from ..core.backend import Registration
from ..core.registrations import OwnRegistration, Ruling, RulingResult
from .access_admin import ALL, DatabaseAccess, every_row
from .local_audit import local


class RegistrationAdmin(Protocol):
    """What the commands ask about registrations, wherever it is answered."""

    async def registrations(self, event_id: str) -> Sequence[Registration]:
        """All of an event, by name."""

    async def register(self, event_id: str, user_id: str) -> OwnRegistration:
        """Register somebody, approved."""

    async def decide_registrations(
        self, event_id: str, rulings: Sequence[Ruling]
    ) -> Sequence[RulingResult]:
        """Approve and reject."""


class DatabaseRegistrations(DatabaseAccess):
    """Works on the database, each call in a thread."""

    async def registrations(self, event_id: str) -> Sequence[Registration]:
        """All of an event, by name."""
        return await asyncio.to_thread(
            every_row, lambda at: self._store.registrations(event_id, limit=ALL, cursor=at)
        )

    async def register(self, event_id: str, user_id: str) -> OwnRegistration:
        """Register somebody, approved."""
        with local("registrations.create"):
            return await asyncio.to_thread(
                self._store.register, event_id, user_id, approved=True, now_ms=self._now()
            )

    async def decide_registrations(
        self, event_id: str, rulings: Sequence[Ruling]
    ) -> Sequence[RulingResult]:
        """Approve and reject."""
        with local("registrations.decide"):
            return await asyncio.to_thread(
                self._store.decide_registrations, event_id, rulings, now_ms=self._now()
            )
