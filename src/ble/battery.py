"""Battery levels in the air: Eddystone-TLM, and service data of the Battery Service.

Eddystone-TLM (github.com/google/eddystone, eddystone-tlm/tlm-plain.md) is a frame of its own, from
the same address as the beacon's id. Service data of 0x180F holds the Battery Level characteristic
(0x2A19: one byte, 0 to 100 %); several makers of iBeacons put it into the scan response.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.battery import Battery
from .ad import BASE_UUID_TAIL, EDDYSTONE

BATTERY_SERVICE = "0000180f" + BASE_UUID_TAIL

_TLM, _PLAIN, _TLM_BYTES = 0x20, 0x00, 14
_MOST_PERCENT = 100
_MOST_MILLIVOLTS = 5_000
"""More than any beacon's battery: such a frame says something else."""
MOST = 4_096
"""Senders, and badges, that are kept; when full it begins anew, and fills within minutes."""


def battery_in(data: Mapping[str, bytes]) -> Battery | None:
    """What service data says of a battery; None for nothing."""
    level = data.get(BATTERY_SERVICE)
    if level is not None and len(level) == 1 and level[0] <= _MOST_PERCENT:
        return Battery(percent=level[0])
    frame = data.get(EDDYSTONE)
    if frame is None or len(frame) != _TLM_BYTES or frame[:2] != bytes([_TLM, _PLAIN]):
        return None
    millivolts = int.from_bytes(frame[2:4], "big")
    # 0: without a battery, such as on USB
    return Battery(millivolts=millivolts) if 0 < millivolts <= _MOST_MILLIVOLTS else None


class Batteries:
    """Whose battery it is, by the sender's address. Nothing of it is stored."""

    def __init__(self) -> None:
        self._ids: dict[str, Sequence[str]] = {}
        self.of: dict[str, Battery] = {}
        """By bleUuid."""

    def ids(self, address: str, ids: Sequence[str]) -> None:
        """These ids were heard from this address."""
        if len(self._ids) >= MOST:
            self._ids.clear()
        self._ids[address] = ids

    def heard(self, address: str, data: Mapping[str, bytes]) -> None:
        """Service data was heard from this address, after its ids."""
        battery = battery_in(data)
        ids = self._ids.get(address, ()) if battery else ()
        if battery and len(ids) == 1:  # of several ids it can't be told which one has the battery
            if len(self.of) >= MOST:
                self.of.clear()
            self.of[ids[0]] = battery
