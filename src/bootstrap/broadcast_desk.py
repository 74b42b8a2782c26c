"""This machine as a badge, for its screen: implements `tui.ports_broadcast.BroadcastDesk`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.badge import BadgeFormat, Broadcast, checked_badge
from ..core.errors import RadioError
from ..core.identity import canonical
from ..core.model import NIL_UUID
from ..core.ports import Clock
from ..tui.ports_broadcast import OnAir

if TYPE_CHECKING:
    from .badge import Schedule


@dataclass(frozen=True, slots=True)
class StationBroadcast:
    """On one adapter; empty for the first that can."""

    adapter: str
    clock: Clock

    async def broadcast(
        self, what: str, form: BadgeFormat, stop: asyncio.Event, tell: Callable[[OnAir], None]
    ) -> None:
        """Broadcast until `stop` is set. Raises UsageError, RadioError."""
        from .badge import broadcast  # a station that is no badge needs none of it

        schedule = await asyncio.to_thread(_schedule, what, Broadcast(NIL_UUID, form))
        watcher = _Teller(tell)
        await broadcast(
            schedule, adapter=self.adapter, clock=self.clock, stop=stop, watcher=watcher
        )


def _schedule(what: str, pattern: Broadcast) -> Schedule:
    """Of a bleUuid, or of a secret's file. Raises UsageError."""
    from .badge import always, read_secret, rotating

    path = Path(what).expanduser()
    if canonical(what) is None and ("/" in what or path.exists()):
        return rotating(read_secret(path), pattern)
    return always(replace(pattern, ble_uuid=checked_badge(what)))


@dataclass(frozen=True, slots=True)
class _Teller:
    """Implements bootstrap.badge.BadgeWatcher."""

    tell: Callable[[OnAir], None]

    def on_air(self, broadcast: Broadcast, adapter: str) -> None:
        """It is being broadcast."""
        self.tell(OnAir(broadcast, adapter))

    def lost(self, error: RadioError | None, wait: float) -> None:
        """It has ended without being asked to."""
        self.tell(OnAir(error=error, wait=wait))
