"""What a badge broadcasts, from the participant's side; ble/decode.py reads the same formats.

iBeacon: Apple "Proximity Beacon Specification". 128-bit service UUID: Bluetooth Core Specification
Supplement, part A, 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from .errors import UsageError
from .identity import canonical
from .model import NIL_UUID

APPLE = 0x004C
"""Apple's company id (Bluetooth Assigned Numbers)."""

MIN_INTERVAL_MS = 20
MAX_INTERVAL_MS = 10_240
"""Limits of an advertising interval (Bluetooth Core Specification, vol. 6, part B, 4.4.2.2)."""


class BadgeFormat(StrEnum):
    """How a badge says its bleUuid."""

    IBEACON = "ibeacon"
    SERVICE_UUID = "service-uuid"


class OnAir(Protocol):
    """What one advertisement says, as the Bluetooth service needs it."""

    @property
    def interval_ms(self) -> int:
        """Between two frames."""

    @property
    def until_ms(self) -> int | None:
        """Unix ms at which another follows; None: it stays."""

    @property
    def service_uuids(self) -> tuple[str, ...]:
        """The 128-bit service UUIDs in the frame."""

    @property
    def manufacturer(self) -> Mapping[int, bytes]:
        """Manufacturer data by company id."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What one badge puts on the air."""

    ble_uuid: str
    """Canonical."""
    form: BadgeFormat = BadgeFormat.IBEACON
    interval_ms: int = 1000
    major: int = 0
    minor: int = 0
    power: int = -59
    """Measured RSSI at one metre, dBm; iBeacon only."""
    until_ms: int | None = field(default=None, compare=False)
    """Unix ms at which another id follows; None: it stays."""

    @property
    def service_uuids(self) -> tuple[str, ...]:
        """The 128-bit service UUIDs in the frame."""
        return (self.ble_uuid,) if self.form is BadgeFormat.SERVICE_UUID else ()

    @property
    def manufacturer(self) -> Mapping[int, bytes]:
        """Manufacturer data by company id: the 23 bytes of an iBeacon."""
        if self.form is not BadgeFormat.IBEACON:
            return {}
        numbers = self.major.to_bytes(2, "big") + self.minor.to_bytes(2, "big")
        power = self.power.to_bytes(1, "big", signed=True)
        return {
            APPLE: b"\x02\x15" + bytes.fromhex(self.ble_uuid.replace("-", "")) + numbers + power
        }


def checked_badge(text: str) -> str:
    """The canonical bleUuid. Raises UsageError for text that is none, or that scanners ignore."""
    found = canonical(text.strip())
    if found is None or found == NIL_UUID or set(found) <= set("f-"):
        raise UsageError(
            f"{text[:64]!r} is no bleUuid.",
            remedy="Give 32 hexadecimal digits, with or without dashes, as 'headcount users list' "
            "shows them.",
        )
    return found
