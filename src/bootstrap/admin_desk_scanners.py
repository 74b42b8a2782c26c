"""Scanners over HTTP: implements `tui.admin.ports_scanners.ScannersDesk`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from ..api.admin_client import AdminClient
from ..api.wire import page_from_wire
from ..core.access import NewScanner, PairingCode, ScannerRow
from ..core.errors import HeadcountError
from ..core.fleet_values import PushedSettings
from ..core.theft import Coverage
from .admin_follow import follow
from .theft import missing_of


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

    async def settings_for_all(self) -> PushedSettings:
        """What every station is told."""
        return await self._client.settings_for_all()

    async def set_scanner(
        self, name: str, changes: Mapping[str, object], gate: str | None = None
    ) -> None:
        """Change what one station is told, or with an empty name all."""
        await self._client.set_scanner(name, changes, gate)

    async def coverage(self, name: str, stolen_at: int | None = None) -> Sequence[Coverage]:
        """What is in of a scanner's records."""
        return await missing_of(self._client, name, self._now_ms(), stolen_at)
