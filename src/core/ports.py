"""The seams between the services and the adapters: one method each where one is enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .battery import Battery
from .model import Advertisement, Frame, HearingChanged, Instant, Record
from .pulse import HeardFormat


class Clock(Protocol):
    """The only source of time. The product's own manual clock is `clock.ManualClock`."""

    def now(self) -> Instant:
        """Both clocks, read together."""

    async def sleep(self, seconds: float) -> None:
        """Wait; other tasks go on."""


class RadioListener(Protocol):
    """What a radio tells. Both methods are called on the event loop's thread and must not block."""

    def advertisement(self, advertisement: Advertisement) -> None:
        """A badge in a configured format was heard."""

    def hearing(self, change: HearingChanged) -> None:
        """The radio began or ceased to hear, or took a recovery step."""


class Radio(Protocol):
    """A source of advertisements: Bluetooth, a simulated crowd, or a replayed recording."""

    async def run(self, listener: RadioListener) -> None:
        """Listen until cancelled, or until the source is used up.

        Raises RadioError if listening can't begin. Later trouble is told by `listener.hearing`.
        """

    def counters(self) -> RadioCounters:
        """What was heard so far."""

    def trouble(self) -> str:
        """What was heard but could not be used, in a sentence for people; empty for nothing."""


class RadioCounters(Protocol):
    """Totals since the start of the run."""

    @property
    def frames(self) -> int:
        """All frames, of anything."""

    @property
    def identified(self) -> int:
        """Advertisements in a configured format."""

    @property
    def background_apps(self) -> int:
        """iOS apps in the background: heard, but without identity."""

    @property
    def heard_formats(self) -> Sequence[HeardFormat]:
        """What is on the air, by format, also of formats that do not count."""

    @property
    def batteries(self) -> Mapping[str, Battery]:
        """What badges told of their batteries, by bleUuid."""


FrameTap = Callable[[Frame], None]
"""Sees every frame before it is decoded (`scan --record`)."""


class SightingLog(Protocol):
    """The durable log, seen by the recorder."""

    def append(self, record: Record) -> None:
        """Hand over a record; returns at once. It is safe when the log's `on_durable` names it.

        Raises LogUnwritable when the memory that bridges a disk's trouble is used up.
        """
