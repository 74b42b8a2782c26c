"""What the screen that makes this machine a badge needs. `bootstrap.broadcast_desk` has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..core.badge import BadgeFormat, Broadcast
from ..core.errors import RadioError


@dataclass(frozen=True, slots=True)
class OnAir:
    """What is on the air, or why nothing is."""

    broadcast: Broadcast | None = None
    """None: it has ended without being asked to."""
    adapter: str = ""
    error: RadioError | None = None
    """Why; None where the Bluetooth service ended it and did not say."""
    wait: float = 0.0
    """Seconds until the next try."""


class BroadcastDesk(Protocol):
    """Broadcasts one bleUuid at a time."""

    async def broadcast(
        self, what: str, form: BadgeFormat, stop: asyncio.Event, tell: Callable[[OnAir], None]
    ) -> None:
        """Broadcast until `stop` is set; what is on the air is taken back then.

        `what`: a bleUuid, or the path of a file with a rotation secret. Raises UsageError for
        neither, RadioError when it can't begin. Later trouble is told, and tried again.
        """
