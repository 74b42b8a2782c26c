"""Plays frames at their times: what the simulated and the replayed radio have in common.

How clock and speed relate: at speed 1 the radio follows the clock, whichever it is, and sleeps on
it. At any other speed the radio drives the clock: it must be a virtual one (`clock.ManualClock`),
which is moved to the frames' times in steps, `speed` times as fast as true time; speed 0 (or
infinity) does not wait at all. `pace`, if given, is awaited after every step and every burst, so
that a consumer with a bounded queue can empty it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, runtime_checkable

from ..core.errors import UsageError
from ..core.model import Frame, Hearing, HearingChanged
from ..core.ports import Clock, FrameTap, RadioListener
from .decode import Decoder

STEP_SECONDS = 0.25
"""The clock moves by this much at once: short beside all time-outs (10 s and more), and long enough
that 24 hours on a virtual clock are 345,600 steps."""
BURST_FRAMES = 500
"""Within a step, `pace` is awaited after so many frames: what a real radio delivers in a second."""

Pace = Callable[[], Awaitable[None]]


@runtime_checkable
class VirtualClock(Clock, Protocol):
    """A clock that a radio can drive."""

    def advance_to(self, mono: float) -> None:
        """Move both clocks to a monotonic time."""

    def set_wall(self, wall_ms: int) -> None:
        """Set the wall clock alone."""


class Playback:
    """Frames, in time order, to the tap, the decoder and the listener.

    Raises UsageError when the speed is no speed, or needs a virtual clock and has none.
    """

    def __init__(
        self,
        decoder: Decoder,
        clock: Clock,
        *,
        speed: float = 1.0,
        pace: Pace | None = None,
        tap: FrameTap | None = None,
    ) -> None:
        self.decoder = decoder
        self._clock = clock
        self._virtual = _driven(clock, speed)
        self._pause = STEP_SECONDS / speed if speed else 0.0
        self._pace = pace
        self._tap = tap
        self._reached = -math.inf

    def begin(self, listener: RadioListener, message: str, wall_ms: int | None = None) -> float:
        """Say that the radio hears; the monotonic time at which playing begins.

        `wall_ms` sets a driven clock, so that what is heard carries the times of back then.
        """
        if self._virtual is not None and wall_ms is not None:
            self._virtual.set_wall(wall_ms)
        self._reached = self._clock.now().mono
        listener.hearing(HearingChanged(Hearing.HEARS, self._reached, message))
        return self._reached

    async def play(self, frames: Iterable[Frame], listener: RadioListener) -> None:
        """Deliver each frame when the clock has reached its `mono`, at most a step later."""
        burst = 0
        for frame in frames:
            if frame.mono > self._reached:
                await self.until(frame.mono)
                burst = 0
            elif burst >= BURST_FRAMES:
                await self._rest(0.0)
                burst = 0
            burst += 1
            self._hear(frame, listener)
        await self._rest(0.0)

    async def until(self, mono: float) -> None:
        """Let the time pass in steps."""
        while self._reached < mono:
            self._reached += STEP_SECONDS
            if self._virtual is None:
                await self._clock.sleep(max(0.0, self._reached - self._clock.now().mono))
                await self._rest(0.0)
            else:
                self._virtual.advance_to(self._reached)
                await self._rest(self._pause)

    async def _rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._pace is not None:
            await self._pace()

    def _hear(self, frame: Frame, listener: RadioListener) -> None:
        if self._tap is not None:
            self._tap(frame)
        for advertisement in self.decoder.decode(frame):
            listener.advertisement(advertisement)


def _driven(clock: Clock, speed: float) -> VirtualClock | None:
    if not speed >= 0:  # negative or not a number
        raise UsageError(f"The speed {speed} is none.", remedy="Use 1, a factor, or 0 for no wait.")
    if speed == 1:
        return None
    if isinstance(clock, VirtualClock):
        return clock
    raise UsageError(
        f"Speed {speed} needs a virtual clock, but this one is the machine's.",
        remedy="Play at speed 1, or on a virtual clock.",
    )
