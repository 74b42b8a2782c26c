"""The care of data, on the database itself or over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from ..clock import SystemClock
from ..core.audit import AuditFilter, AuditRow
from ..core.backend import Page
from ..core.personal import Erasure, PersonalData
from ..store.server import Store
from .local_audit import downloaded, local

PAGE = 1000
"""Entries asked for at once."""


class CareAdmin(Protocol):
    """What the commands ask, wherever it is answered."""

    async def audit_log(
        self, wanted: AuditFilter, *, limit: int, cursor: str = ""
    ) -> Page[AuditRow]:
        """A page of the audit log, the newest entries first."""

    async def personal_data(self, user_id: str) -> PersonalData:
        """Everything that is stored about a person."""

    async def erasure(self, user_id: str) -> Erasure:
        """What an erasure would take away."""

    async def erase(self, user_id: str) -> Erasure:
        """Make a person anonymous, for good."""


class DatabaseCare:
    """Works on the database, each call in a thread."""

    _store: Store

    async def audit_log(
        self, wanted: AuditFilter, *, limit: int, cursor: str = ""
    ) -> Page[AuditRow]:
        """A page of the audit log, the newest entries first."""
        return await asyncio.to_thread(self._store.audit_log, wanted, limit=limit, cursor=cursor)

    async def personal_data(self, user_id: str) -> PersonalData:
        """Everything that is stored about a person."""
        now_ms = SystemClock().now().wall_ms
        data = await asyncio.to_thread(self._store.personal_data, user_id, now_ms=now_ms)
        await asyncio.to_thread(downloaded, self._store, "users.export", f"users/{user_id}")
        return data

    async def erasure(self, user_id: str) -> Erasure:
        """What an erasure would take away."""
        return await asyncio.to_thread(self._store.erasure, user_id)

    async def erase(self, user_id: str) -> Erasure:
        """Make a person anonymous, for good."""
        with local("users.erase"):
            return await asyncio.to_thread(self._store.erase, user_id)


async def entries(admin: CareAdmin, wanted: AuditFilter, most: int) -> AsyncIterator[AuditRow]:
    """The newest entries, at most so many (0: every one)."""
    cursor, left = "", most
    while True:
        page = await admin.audit_log(wanted, limit=min(left or PAGE, PAGE), cursor=cursor)
        for row in page.items:
            yield row
        left -= len(page.items) if most else 0
        cursor = page.cursor
        if not cursor or (most and left <= 0):
            return
