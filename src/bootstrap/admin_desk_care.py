"""The care of data over HTTP: `tui.admin.ports_care`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence

from ..api.admin_client import AdminClient
from ..api.wire import to_wire
from ..core.data_care import Drill, KeptBackup, Purged, PurgePlan
from ..core.errors import HeadcountError
from ..core.personal import Erasure, PersonalData
from .admin_desk_events import write_text
from .admin_follow import follow

LOOK_SECONDS = 10.0
"""Backups come every few hours: there is no live query of them, and this shows one in time."""


class HttpPersonal:
    """One person's data at one backend."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    async def export(self, user_id: str, file: str) -> str:
        """Write everything about a person to a new JSON file."""
        data = await self._client.personal_data(user_id)
        return await asyncio.to_thread(_write, data, file)

    async def erasure(self, user_id: str) -> Erasure:
        """What an erasure would take away."""
        return await self._client.erasure(user_id)

    async def erase(self, user_id: str) -> Erasure:
        """Make a person anonymous, for good."""
        return await self._client.erase(user_id)


def _write(data: PersonalData, file: str) -> str:
    """As `headcount users export-person` writes it."""
    return write_text(file, json.dumps(to_wire(data), indent=1))


class HttpCare:
    """One backend's own data."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def follow(self) -> AsyncGenerator[Sequence[KeptBackup] | HeadcountError, None]:
        """The backups, asked for again and again."""
        return follow(self._again)

    async def _again(self) -> AsyncGenerator[Sequence[KeptBackup], None]:
        while True:
            yield await self._client.backups()
            await asyncio.sleep(LOOK_SECONDS)

    async def back_up(self) -> KeptBackup:
        """Make a backup now."""
        return await self._client.back_up()

    async def drill(self, name: str) -> Drill:
        """Read a backup to its end."""
        return await self._client.drill(name)

    async def plan(self) -> AsyncGenerator[PurgePlan | HeadcountError, None]:
        """What has outlived its time, once."""
        async for came in follow(self._plan):
            yield came
            if isinstance(came, PurgePlan):
                return

    async def _plan(self) -> AsyncGenerator[PurgePlan, None]:
        yield await self._client.purge_plan()

    async def purge(self, digest: str) -> Purged:
        """Archive and delete it."""
        return await self._client.purge(digest)
