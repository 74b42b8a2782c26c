"""The admin screens' side of the care of data: backups, drills, the purge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from ..core.data_care import Drill, KeptBackup, Purged, PurgePlan
from . import wire
from .client import BackendClient, answer_as

T = TypeVar("T")

JOB_SECONDS = 1800.0
"""A backup is answered when it is done: of a large database on a small machine, some minutes."""


class DataCareClient(BackendClient):
    """Asks one backend, as an admin."""

    async def backups(self) -> list[KeptBackup]:
        """The backups, the newest first."""
        return await self._pages("/backups", KeptBackup)

    async def back_up(self) -> KeptBackup:
        """Make a backup now."""
        return await self._job("/backups", answer_as(KeptBackup))

    async def drill(self, name: str) -> Drill:
        """Read a backup to its end, and count."""
        return await self._job(f"/backups/{quote(name, safe='')}/verify", answer_as(Drill))

    async def purge_plan(self) -> PurgePlan:
        """What has outlived its time."""
        return await self._ask("GET", "/purge", answer_as(PurgePlan))

    async def purge(self, digest: str) -> Purged:
        """Archive and delete what the plan of this digest says."""
        body = msgspec.json.encode({"digest": digest})
        return await self._job("/purge", answer_as(Purged), body)

    async def _job(self, path: str, parse: Callable[[Any], T], body: bytes = b"") -> T:
        """As `_ask`, with more patience."""
        request = await self._request("POST", path, body=body)
        usual = request.extensions["timeout"]
        request.extensions["timeout"] = {**usual, "read": JOB_SECONDS}
        return await self._answered(
            request, *await self._send(request), lambda answer: parse(wire.decode(answer))
        )
