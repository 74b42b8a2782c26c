"""Which badges' batteries are low, of those that matter here."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.battery import LowBattery
from ..core.ports import RadioCounters
from ..core.pulse import Nearby
from ..core.roster import Roster


def low_batteries(
    heard: RadioCounters, roster: Roster, nearby: Sequence[Nearby]
) -> list[LowBattery]:
    """Of badges on the roster and of those in range: what strangers carry is not named."""
    low = {badge: battery for badge, battery in heard.batteries.items() if battery.low}
    if not low:
        return []
    near = {each.ble_uuid for each in nearby}
    return [
        LowBattery(badge, roster.owner(badge), battery)
        for badge, battery in low.items()
        if badge in near or roster.owner(badge)
    ]
