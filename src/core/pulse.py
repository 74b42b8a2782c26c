"""What a running scan says of itself at any moment, for a screen that is drawn again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .battery import LowBattery
from .model import Format, Instant, Person


class Nearby(NamedTuple):
    """A badge in range."""

    ble_uuid: str
    person: Person | None
    """None: nobody on the roster owns this badge."""
    rssi: int
    """dBm, of the last advertisement."""
    mono: float
    """When that was heard, monotonic seconds."""


class HeardFormat(NamedTuple):
    """How much is on the air of one format since the start of the run."""

    format: Format
    wanted: bool
    """Badges of this format count here (`radio.formats`)."""
    frames: int
    close: int
    """Of them, so strong that the sender was at the scanner."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """One look at a running scan. Totals count from its start."""

    now: Instant
    frames: int
    """Radio frames of anything."""
    identified: int
    """Advertisements in a configured format."""
    background_apps: int
    """Frames of iPhone apps in the background: heard, but without identity."""
    records: int
    """Records that are safe on the disk."""
    nearby: Sequence[Nearby] = ()
    formats: Sequence[HeardFormat] = ()
    """Every format in a fixed order; empty where the radio does not tell."""
    low_batteries: Sequence[LowBattery] = ()
    """Of badges on the roster and of those in range."""
    answer_back: str = ""
    """Where the answer-back beacon is on the air, or why not, for people; empty without one."""
