"""Scanners over HTTP: implements `tui.admin.ports_scanners.ScannersDesk`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence

from ..api.admin_client import AdminClient
from ..api.wire import page_from_wire
from ..core.access import NewScanner, PairingCode, ScannerRow
from ..core.errors import HeadcountError
from ..core.theft import Coverage, coverage, looked_at
from .admin_follow import follow

EVENTS = 20
"""The latest events that are looked at: what a station still has of older ones is long known."""


class HttpScanners:
    """The scanners of one backend."""

    def __init__(self, client: AdminClient, now_ms: Callable[[], int]) -> None:
        self._client = client
        self._now_ms = now_ms

    def follow(self) -> AsyncGenerator[Sequence[ScannerRow] | HeadcountError, None]:
        """Scanners by name."""
        return follow(
            lambda: self._client.live(
                "scanners", lambda value: page_from_wire(value, ScannerRow).items
            )
        )

    async def code(self, name: str, gate: str) -> PairingCode:
        """A one-time code."""
        return await self._client.add_pairing_code(NewScanner(name, gate))

    async def revoke(self, name: str) -> None:
        """Take a scanner's key back."""
        await self._client.revoke_scanner(name)

    async def coverage(self, name: str) -> Sequence[Coverage]:
        """What is in of a scanner's records."""
        now_ms = self._now_ms()
        found = []
        for event in looked_at(await self._client.events(), now_ms, EVENTS):
            sessions = await self._client.scan_sessions(event.id)
            if known := coverage(event, sessions, name, now_ms):
                found.append(known)
        return found
