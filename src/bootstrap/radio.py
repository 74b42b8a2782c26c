"""The radio that was asked for: Bluetooth, a simulated crowd, or a recording."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from pathlib import Path

from ..ble.decode import Decoder, FormatRules
from ..ble.simulated import Crowd, SimulatedRadio
from ..clock import ManualClock, SystemClock
from ..config import Config
from ..core.ports import Clock, FrameTap, Radio
from ..core.roster import Roster
from .scan import Pace


@dataclass(frozen=True, slots=True)
class RadioChoice:
    """`--radio` and the options that belong to it."""

    kind: str = "bluetooth"
    file: Path | None = None
    """The recording, for a replay."""
    speed: float = 1.0
    """Of a replay; 0 for as fast as possible."""
    phones: int = 50
    """Of a simulated crowd, where no roster is known."""
    seed: int = 1
    seconds: float = 3600.0
    """How long a simulated crowd stays."""

    def clock(self) -> Clock:
        """A replay that isn't at true speed carries its own time; all else is now."""
        return ManualClock() if self.kind == "replay" and self.speed != 1 else SystemClock()


def format_rules(config: Config) -> FormatRules:
    """What counts as a badge."""
    radio = config.radio
    return FormatRules(
        formats=frozenset(radio.formats),
        id_prefix=radio.id_prefix,
        companies=frozenset(radio.companies),
        major=None if radio.major < 0 else radio.major,
        minor=None if radio.minor < 0 else radio.minor,
        service_data_services=frozenset(s.lower() for s in radio.service_data_services),
    )


def make_decoder(config: Config) -> Decoder:
    """Finds badges in frames."""
    return Decoder(format_rules(config))


def make_radio(
    config: Config,
    choice: RadioChoice,
    *,
    clock: Clock,
    roster: Roster,
    pace: Pace,
    tap: FrameTap | None = None,
) -> Radio:
    """Build it. Bluetooth's libraries are imported only for Bluetooth."""
    decoder = make_decoder(config)
    if choice.file is not None:
        from ..ble.replay import ReplayRadio

        return ReplayRadio(choice.file, decoder, clock, speed=choice.speed, pace=pace, tap=tap)
    if choice.kind == "simulated":
        return SimulatedRadio(decoder, clock, _crowd(choice, roster), pace=pace, tap=tap)
    from ..ble.hearing import Timings
    from ..ble.scanner import BluetoothRadio

    settings = config.radio
    timings = Timings(
        start_timeout=settings.start_timeout_seconds,
        silence_alarm=settings.silence_alarm_seconds,
        restart_after=settings.restart_after_seconds,
    )
    return BluetoothRadio(
        decoder,
        clock,
        adapter=settings.adapter,
        rssi_filter=settings.rssi_filter,
        timings=timings,
        tap=tap,
    )


def _crowd(choice: RadioChoice, roster: Roster) -> Crowd:
    """The people on the roster, or made-up phones; a tenth as many strangers beside them."""
    rng = random.Random(choice.seed)  # noqa: S311 - a simulation must be repeatable
    phones = roster.badges or [
        str(uuid.UUID(bytes=rng.randbytes(16), version=4)) for _ in range(choice.phones)
    ]
    return Crowd(
        phones=phones,
        strangers=len(phones) // 10,
        background_apps=len(phones) // 10,
        seed=choice.seed,
        duration_seconds=choice.seconds,
        arrival_seconds=min(choice.seconds / 3, 600.0),
        interval_ms=500,
    )
