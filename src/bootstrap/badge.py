"""`headcount badge`: this machine stands in for a participant's phone."""

from __future__ import annotations

import asyncio
import base64
import stat
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from ..ble.advertise import BadgeRadio
from ..core.badge import Broadcast, OnAir
from ..core.errors import RadioError, UsageError
from ..core.identity import from_bytes
from ..core.ports import Clock
from ..core.rotation import WINDOW_MS, window_of
from ..rotating import SECRET_BYTES, id_at

CALL_SECONDS = 10.0
"""For one D-Bus call: a daemon that is well answers in milliseconds."""
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 30.0

Schedule = Callable[[int], Broadcast]
"""What to broadcast at a time in Unix ms."""

Shown = TypeVar("Shown", bound=OnAir)
_Told_contra = TypeVar("_Told_contra", bound=OnAir, contravariant=True)


class AirWatcher(Protocol[_Told_contra]):
    """Who is told what goes on the air; called on the event loop."""

    def on_air(self, broadcast: _Told_contra, adapter: str) -> None:
        """This is being broadcast from now on."""

    def lost(self, error: RadioError | None, wait: float) -> None:
        """The broadcast ended without being asked to; the next try is in `wait` seconds."""


BadgeWatcher = AirWatcher[Broadcast]


def always(broadcast: Broadcast) -> Schedule:
    """A fixed id."""
    return lambda _now_ms: broadcast


def rotating(secret: bytes, pattern: Broadcast) -> Schedule:
    """The id of each ten minutes, otherwise as in `pattern`."""

    def at(now_ms: int) -> Broadcast:
        window = window_of(now_ms)
        return replace(
            pattern,
            ble_uuid=from_bytes(id_at(secret, window)),
            until_ms=(window + 1) * WINDOW_MS,
        )

    return at


def read_secret(path: Path) -> bytes:
    """A person's rotation secret: base64 in a file of mode 0600. Raises UsageError."""
    try:
        mode = path.stat().st_mode
        secret = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The rotation secret can't be read from {path}: {error}",
            remedy="Save what the backend shows the participant once, base64, into that file.",
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise UsageError(f"{path} can be read by others.", remedy=f"chmod 600 {path}")
    if len(secret) != SECRET_BYTES:
        raise UsageError(
            f"The rotation secret in {path} has {len(secret)} bytes, not {SECRET_BYTES}.",
            remedy="Save it again as the backend shows it.",
        )
    return secret


async def broadcast(
    schedule: Callable[[int], Shown],
    *,
    adapter: str,
    clock: Clock,
    stop: asyncio.Event,
    watcher: AirWatcher[Shown],
) -> None:
    """Broadcast until `stop` is set; what is on the air ends with it.

    Raises RadioError when the first try fails. Later trouble (a restarted daemon, a dongle pulled
    out) is told to the watcher and tried again for ever.
    """
    begun, wait = False, _FIRST_WAIT
    while not stop.is_set():
        trouble: RadioError | None = None
        try:
            async with BadgeRadio(adapter, timeout=CALL_SECONDS) as radio:
                await _show(radio, schedule, clock, stop, watcher)
            begun, wait = True, _FIRST_WAIT
        except RadioError as error:
            if not begun:
                raise
            trouble = error
        if not stop.is_set():
            watcher.lost(trouble, wait)
            await first_of(stop.wait(), clock.sleep(wait))
            wait = min(wait * 2, _LONGEST_WAIT)


async def _show(
    radio: BadgeRadio,
    schedule: Callable[[int], Shown],
    clock: Clock,
    stop: asyncio.Event,
    watcher: AirWatcher[Shown],
) -> None:
    """Keep the right one on the air, until told to stop or the broadcast is lost."""
    before: Shown | None = None
    while not (stop.is_set() or radio.lost.is_set()):
        now = clock.now().wall_ms
        shown = schedule(now)
        if shown != before:
            await radio.show(shown)
            watcher.on_air(shown, radio.adapter)
            before = shown
        ends: list[Coroutine[None, None, object]] = [stop.wait(), radio.lost.wait()]
        if shown.until_ms is not None:
            ends.append(clock.sleep((shown.until_ms - now) / 1000))
        await first_of(*ends)


async def first_of(*ends: Coroutine[None, None, object]) -> None:
    """Wait for the first of these, and end the others."""
    tasks = [asyncio.ensure_future(end) for end in ends]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
