"""Runs the real radio in a test and collects what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from headcount.ble.decode import Decoder
from headcount.ble.hearing import Timings
from headcount.ble.scanner import BluetoothRadio
from headcount.clock import SystemClock
from headcount.core.errors import RadioReason
from headcount.core.model import Advertisement, CoverageGap, Hearing, HearingChanged

_PATIENCE = 8.0  # seconds; far more than any of these conditions needs
QUICK = Timings(
    start_timeout=3.0,
    stop_timeout=1.0,
    call_timeout=1.0,
    silence_alarm=0.3,
    restart_after=0.6,
    reset_after=0.6,
    proof=1.0,
    settle=0.1,
    retry_first=0.05,
    retry_max=0.3,
)


@dataclass
class Ear:
    """A listener that remembers, and wakes whoever waits for a condition."""

    heard: list[Advertisement] = field(default_factory=list)
    changes: list[HearingChanged] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def advertisement(self, advertisement: Advertisement) -> None:
        self.heard.append(advertisement)
        self.news.set()

    def hearing(self, change: HearingChanged) -> None:
        self.changes.append(change)
        self.news.set()

    def ids(self) -> set[str]:
        return {advertisement.ble_uuid for advertisement in self.heard}

    def count(self, ble_uuid: str) -> int:
        return sum(advertisement.ble_uuid == ble_uuid for advertisement in self.heard)

    def states(self) -> list[Hearing]:
        return [change.state for change in self.changes]

    def gaps(self) -> list[CoverageGap]:
        return [change.gap for change in self.changes if change.gap is not None]

    def of(self, state: Hearing) -> list[HearingChanged]:
        return [change for change in self.changes if change.state is state]

    def deaf(self, reason: RadioReason) -> bool:
        """Whether DEAF was told for this reason."""
        return any(change.reason is reason for change in self.of(Hearing.DEAF))

    async def until(self, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                while not condition():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            told = "\n".join(f"{change.state}: {change.message}" for change in self.changes)
            raise AssertionError(f"never came; heard {len(self.heard)}, told:\n{told}") from None


def radio(timings: Timings = QUICK, **options: Any) -> BluetoothRadio:
    return BluetoothRadio(
        options.pop("decoder", None) or Decoder(), SystemClock(), timings=timings, **options
    )


@asynccontextmanager
async def listening(made: BluetoothRadio | None = None) -> AsyncIterator[Ear]:
    """Run a radio until the end of the block; on entry the scan has begun."""
    ear = Ear()
    task = asyncio.create_task((made or radio()).run(ear))
    task.add_done_callback(lambda _: ear.news.set())
    try:
        await ear.until(lambda: bool(ear.changes) or task.done())
        if task.done():
            await task
        yield ear
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=_PATIENCE)
        assert task.done(), "the radio did not stop"
        if not task.cancelled():
            task.result()
