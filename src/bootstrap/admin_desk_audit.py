"""The audit log over HTTP: implements `tui.admin.ports_audit.AuditDesk`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from ..api.admin_client import AdminClient
from ..core.audit import AuditFilter
from ..core.audit_csv import csv_lines
from ..core.errors import HeadcountError
from ..tui.admin.ports_audit import Entries
from .admin_desk_events import write_text
from .admin_follow import follow
from .care_admin import entries


class HttpAudit:
    """The audit log of one backend."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    async def latest(
        self, wanted: AuditFilter, most: int
    ) -> AsyncGenerator[Entries | HeadcountError, None]:
        """The newest entries, once."""
        async for came in follow(lambda: self._once(wanted, most)):
            yield came
            if isinstance(came, Entries):
                return

    async def _once(self, wanted: AuditFilter, most: int) -> AsyncGenerator[Entries, None]:
        rows = [row async for row in entries(self._client, wanted, most + 1)]
        yield Entries(rows[:most], len(rows) > most)

    async def export(self, wanted: AuditFilter, file: str) -> tuple[str, int]:
        """Write every entry that fits to a new CSV file."""
        rows = [row async for row in entries(self._client, wanted, 0)]
        text = "".join(csv_lines(rows))
        return await asyncio.to_thread(write_text, file, text), len(rows)
