"""A station's contact with its backend, and an admin's side of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from ..core.fleet import StationSettings
from ..core.fleet_values import PushedSettings, Versions
from ..core.records import SessionRow
from . import wire
from .client import answer_as
from .fleet_wire import changes_to_wire, settings_from_wire
from .registration_client import RegistrationClient

_NOT_MODIFIED = 304
_TAG_LIMIT = 100
"""Characters of an entity tag that are kept; the backend's have 26."""


class Told(NamedTuple):
    """What the backend decides for this station."""

    tag: str
    """The entity tag: the same one, the same decisions."""
    gate: str
    settings: Mapping[str, object]
    """By member of `PushedSettings`, as they came: not checked."""


class FleetClient(RegistrationClient):
    """Asks one backend. Raises BackendError."""

    async def tell_versions(self, scanner: str, versions: Versions) -> None:
        """Tell what runs here."""
        body = msgspec.json.encode({"scanner": scanner, **wire.to_wire(versions)})
        path = "/scannerVersions"
        await self._ask("PUT", path, lambda _: None, body=body, secret=self._key)

    async def told_settings(self, scanner: str, tag: str = "") -> Told | None:
        """What this station is told; None where the answer with this tag still holds."""
        query = {"scanner": scanner}
        request = await self._request("GET", "/scannerSettings", secret=self._key, query=query)
        if tag:
            request.headers["If-None-Match"] = tag
        response, answer = await self._send(request)
        if tag and response.status_code == _NOT_MODIFIED:
            return None
        new_tag = response.headers.get("ETag", "")[:_TAG_LIMIT]
        return await self._answered(
            request, response, answer, lambda body: _told(wire.decode(body), new_tag)
        )

    async def settings_for_all(self) -> PushedSettings:
        """What every station is told, as an admin."""
        answer = await self._ask("GET", "/scannerSettings", answer_as(StationSettings))
        return answer.settings

    async def set_scanner(
        self, name: str, changes: Mapping[str, object], gate: str | None = None
    ) -> None:
        """Change what one station is told, or with an empty name all, as an admin."""
        body: dict[str, Any] = {"settings": changes_to_wire(changes)}
        if gate is not None:
            body["gate"] = gate
        path = f"/scanners/{quote(name, safe='')}" if name else "/scanners"
        await self._ask("PATCH", path, lambda _: None, body=msgspec.json.encode(body))

    async def scan_sessions(self, event_id: str) -> list[SessionRow]:
        """The event's scan sessions by start."""
        return await self._pages("/scanSessions", SessionRow, {"eventId": event_id})


def _told(value: object, tag: str) -> Told:
    """Raises WireError."""
    if not isinstance(value, Mapping) or not isinstance(gate := value.get("gate"), str):
        raise wire.WireError("gate: expected a string")
    return Told(tag, gate, settings_from_wire(value.get("settings")))
