"""What some beacons tell of their battery."""

from __future__ import annotations

from typing import NamedTuple

from .model import Person

LOW_PERCENT = 20
"""What phones call low; a beacon that lasts a year then has weeks."""
LOW_MILLIVOLTS = 2_500
"""A lithium button cell (CR2032, CR2477) has 3.0 to 2.8 V for most of its life; from 2.5 V on it
falls within weeks to 2.0 V, where most beacons end."""


class Battery(NamedTuple):
    """A beacon tells one of the two; the other is None."""

    percent: int | None = None
    millivolts: int | None = None

    @property
    def low(self) -> bool:
        """Whether it should be changed soon."""
        if self.percent is not None:
            return self.percent <= LOW_PERCENT
        return self.millivolts is not None and self.millivolts < LOW_MILLIVOLTS

    def __str__(self) -> str:
        """For people: `15 %`, `2.4 V`."""
        if self.percent is not None:
            return f"{self.percent} %"
        return f"{(self.millivolts or 0) / 1000:.1f} V"


class LowBattery(NamedTuple):
    """A badge whose battery is low."""

    ble_uuid: str
    person: Person | None
    """None: nobody on the roster owns it."""
    battery: Battery
