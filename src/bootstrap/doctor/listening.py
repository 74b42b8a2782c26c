"""Listens for some seconds, and says what is on the air by format. Nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress

from ...ble.format_count import FormatCount
from ...config import Config
from ...core.doctor import Area, Finding, Severity, good
from ...core.errors import RadioError
from ...core.model import Advertisement, HearingChanged
from ...core.ports import Clock, RadioCounters
from ..radio import format_rules
from .access import radio_trouble


def listening(config: Config, clock: Clock, seconds: float) -> Iterator[Finding]:
    """What was heard in so many seconds, or why nothing could be."""
    counts = FormatCount(format_rules(config))
    try:
        heard = asyncio.run(_listen(config, clock, counts, seconds))
    except RadioError as error:
        yield radio_trouble("listening", error)
        return
    if not heard.frames:
        yield Finding(
            Area.RADIO,
            "listening",
            Severity.WARNING,
            f"Nothing was heard in {seconds:g} s.",
            "Either nobody is near, or the radio is deaf.",
            f"Hold a phone or a badge close, then: headcount doctor --listen {seconds * 3:g}",
        )
        return
    yield _formats(config, counts, heard.frames, seconds)
    if counts.background_apps:
        yield Finding(
            Area.RADIO,
            "background-apps",
            Severity.NOTE,
            f"{counts.background_apps:,} adverts came from iPhone apps in the background.",
            "These carry no identity: such people must open the app, or be checked in by name.",
        )


class _Start:
    """Waits for the scan to begin; the counters say the rest."""

    def __init__(self, on_start: Callable[[], None]) -> None:
        self._on_start: Callable[[], None] | None = on_start

    def advertisement(self, advertisement: Advertisement) -> None:
        """None is made."""

    def hearing(self, change: HearingChanged) -> None:  # noqa: ARG002 - the first is the start
        """The scan has begun, or something came after that."""
        if self._on_start:
            self._on_start()
            self._on_start = None


async def _listen(
    config: Config, clock: Clock, counts: FormatCount, seconds: float
) -> RadioCounters:
    from ...ble.scanner import BluetoothRadio

    radio = BluetoothRadio(
        counts, clock, adapter=config.radio.adapter, rssi_filter=config.radio.rssi_filter
    )
    loop = asyncio.get_running_loop()
    with suppress(TimeoutError):
        # from the scan's start on: a slow daemon must not use up the time
        async with asyncio.timeout(None) as limit:
            await radio.run(_Start(lambda: limit.reschedule(loop.time() + seconds)))
    return radio.counters()


def _formats(config: Config, counts: FormatCount, frames: int, seconds: float) -> Finding:
    heard = counts.heard()
    all_of_it = f"{frames:,} adverts in {seconds:g} s ({frames / seconds:,.0f}/s)"
    wanted = [each for each in heard if each in config.radio.formats]
    words = ", ".join(
        f"{each} {adverts:,} of {ids:,} badges" + ("" if each in wanted else " (not configured)")
        for each, (adverts, ids) in heard.items()
    )
    if wanted:
        return good(Area.RADIO, "listening", f"{all_of_it}: {words}; the rest is something else.")
    return Finding(
        Area.RADIO,
        "listening",
        Severity.NOTE,
        f"{all_of_it}, none in a configured format{': ' * bool(words)}{words}.",
        "The radio hears, but nothing that it heard counts as a badge.",
        "Hold a badge close; radio.formats and radio.id_prefix in config.toml say what counts",
    )
