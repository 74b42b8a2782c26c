"""The only reader of time (ruff TID251 bans the rest)."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
import uuid
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from .core.model import Instant

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # proc(5); Linux only


class SystemClock:
    """The machine's clocks: wall time, and the time since boot with sleep included."""

    @cached_property
    def boot(self) -> str:
        """The kernel's boot id; where there is none, a random one for this process."""
        try:
            return _BOOT_ID.read_text(encoding="ascii").strip()
        except OSError:
            return str(uuid.uuid4())

    def now(self) -> Instant:
        """Both clocks, read together."""
        return Instant(time.time_ns() // 1_000_000, self._mono(), self.boot)

    @staticmethod
    def _mono() -> float:
        """CLOCK_BOOTTIME counts suspended time too; macOS and Windows have no such clock."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`; other tasks go on."""
        await asyncio.sleep(seconds)


def local_zone(tz: str, etc: Path = Path("/etc")) -> str:
    """This machine's zone, an IANA name; UTC where it has none. `tz`: the environment's TZ."""
    link = etc / "localtime"
    _before, _zoneinfo, linked = str(link.resolve()).partition("/zoneinfo/")
    for name in (tz.removeprefix(":"), linked.removeprefix("posix/"), _text(etc / "timezone")):
        with contextlib.suppress(KeyError, ValueError, OSError):
            return ZoneInfo(name).key.replace("Etc/UTC", "UTC")
    return "UTC"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


class ManualClock:
    """A clock that moves only when told: for replays at higher speed, simulations and tests.

    `advance` wakes the tasks whose time has come; await anything to let them run.
    """

    def __init__(self, wall_ms: int = 1_753_000_000_000, mono: float = 1_000.0) -> None:
        self._now = Instant(wall_ms, mono, "manual")
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> Instant:
        """The time as last set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self.advance_to(self._now.mono + seconds)

    def advance_to(self, mono: float) -> None:
        """Move both clocks to a monotonic time; a time in the past changes nothing."""
        if mono > self._now.mono:
            self._now = self._now.at(mono)
        while self._sleepers and self._sleepers[0][0] <= self._now.mono:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)

    def set_wall(self, wall_ms: int) -> None:
        """Make the wall clock jump; the monotonic clock does not."""
        self._now = self._now._replace(wall_ms=wall_ms)

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was advanced by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now.mono + seconds, next(self._order), sleeper))
        await sleeper
