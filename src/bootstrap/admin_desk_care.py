"""The care of data over HTTP, and on a database on this machine: `tui.admin.ports_care`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from ..api.admin_client import AdminClient
from ..api.wire import to_wire
from ..clock import SystemClock
from ..config import Config
from ..core.loopback import is_loopback
from ..core.personal import Erasure, PersonalData
from ..core.retention import Due
from .admin import open_database
from .admin_desk_events import write_text
from .paths import default_database
from .retention import purge_plan


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


class LocalCare:
    """What only the machine with the database can tell."""

    def __init__(self, config: Config, *, own: bool) -> None:
        self._config = config
        self._own = own
        """The backend is the one that this machine is configured for."""

    async def plan(self) -> Sequence[Due] | None:
        """What a purge would take away now; None where the database is elsewhere."""
        if not self._own or not is_loopback(urlsplit(self._config.backend.url).hostname or ""):
            return None
        if not self._config.server.database_url and not default_database(self._config).exists():
            return None
        return await asyncio.to_thread(self._plan)

    def _plan(self) -> Sequence[Due]:
        with open_database(self._config) as store:
            return purge_plan(self._config, store, SystemClock().now().wall_ms)
