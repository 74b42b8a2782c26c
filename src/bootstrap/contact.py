"""A contact with the backend: the station says what it runs, and asks what is decided for it."""

from __future__ import annotations

import asyncio
import logging

from ..api.fleet_client import FleetClient
from ..config import Config
from ..core.errors import BackendError
from ..core.ports import Clock
from ..store.pushed import LATEST, ToldSettings, load_told, save_told
from .paths import state_dir
from .scan import scanner_name
from .versions import versions

_log = logging.getLogger(__name__)


class Contact:
    """The contacts of one process. Nothing here is in the way of a sync: it raises nothing."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._told_versions = False

    async def __call__(self, client: FleetClient) -> None:
        """Tell the versions once, and fetch what is decided, if it is something else than before.

        An older backend knows neither, and a station without a key is not listened to.
        """
        try:
            await self._fetch(client)
            if not self._told_versions:
                runs = await asyncio.to_thread(versions)
                await client.tell_versions(scanner_name(self._config), runs)
                self._told_versions = True
        except BackendError as error:
            _log.debug("no contact: %s", error)
        except OSError as error:
            _log.warning("the backend's settings could not be kept: %s", error)

    async def _fetch(self, client: FleetClient) -> None:
        name, folder = scanner_name(self._config), state_dir(self._config)
        known = await asyncio.to_thread(load_told, folder, LATEST)
        is_same = known and (known.server, known.scanner) == (self._config.backend.url, name)
        told = await client.told_settings(name, known.tag if known and is_same else "")
        if told is None:
            return
        now = self._clock.now().wall_ms
        url = self._config.backend.url
        kept = ToldSettings(url, name, told.tag, told.gate, dict(told.settings), now)
        await asyncio.to_thread(save_told, folder, LATEST, kept)
