"""A station's versions, and the settings that a backend may decide for it: values only."""

from __future__ import annotations

from dataclasses import dataclass

from .acts import WalkIns
from .model import Format


@dataclass(frozen=True, slots=True)
class Versions:
    """What runs on a station, as it says; empty where it does not know."""

    headcount: str = ""
    python: str = ""
    bleak: str = ""
    bluez: str = ""
    os: str = ""


@dataclass(frozen=True, slots=True)
class PushedSettings:
    """What is decided for a station; None leaves it to the station. `fleet.RULES` has the ranges.

    Each is the key of the same name in config.toml.
    """

    min_hits: int | None = None
    hits_within_seconds: float | None = None
    min_rssi: int | None = None
    """dBm; -127: any."""
    dedupe_minutes: float | None = None
    away_minutes: float | None = None
    formats: tuple[Format, ...] | None = None
    id_prefix: str | None = None
    companies: tuple[int, ...] | None = None
    major: int | None = None
    minor: int | None = None
    service_data_services: tuple[str, ...] | None = None
    undo_minutes: float | None = None
    walk_in_policy: WalkIns | None = None


UNTOLD = Versions()
"""A station that has not said what it runs."""

NOTHING = PushedSettings()
"""Everything is left to the station."""
