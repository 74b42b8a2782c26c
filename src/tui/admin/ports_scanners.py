"""Scanners and their keys, for whoever administers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from ...core.access import PairingCode, ScannerRow
from ...core.errors import HeadcountError
from ...core.fleet_values import PushedSettings
from ...core.theft import Coverage


class ScannersDesk(Protocol):
    """Scanners. Asynchronous methods raise HeadcountError."""

    def follow(self) -> AsyncGenerator[Sequence[ScannerRow] | HeadcountError, None]:
        """Scanners by name, at once and after each change; errors as in `EventsDesk.follow`."""

    async def code(self, name: str, gate: str) -> PairingCode:
        """A one-time code; without a name the station's own word is the name."""

    async def revoke(self, name: str) -> None:
        """Take a scanner's key back, from its next request on."""

    async def settings_for_all(self) -> PushedSettings:
        """What every station is told."""

    async def set_scanner(
        self, name: str, changes: Mapping[str, object], gate: str | None = None
    ) -> None:
        """Change what one station is told, or with an empty name all; None takes one back."""

    async def coverage(self, name: str, stolen_at: int | None = None) -> Sequence[Coverage]:
        """What is in of a scanner's records, for the latest events at which it scanned.

        `stolen_at`: Unix ms; it scanned no longer, and events of which nothing came count, too.
        """
