"""How fast a log is told or taken, and who has tried in vain too often."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from ..core.ports import Clock

WRONG_TRIES: Final = 5
"""An address has so many in `FORGET_SECONDS`: a mistyped key is tried again, a flood is not."""
FORGET_SECONDS: Final = 60.0
_ADDRESSES: Final = 256
"""Addresses that are remembered: a LAN's worth."""


class Pace:
    """At most so many a second, with a second's worth at once."""

    def __init__(self, a_second: int, clock: Clock) -> None:
        self._a_second = a_second
        self._clock = clock
        self._owed_until = clock.now().mono

    async def spend(self, number: int) -> None:
        """Wait until this many more are within the pace."""
        now = self._clock.now().mono
        self._owed_until = max(self._owed_until, now - 1.0) + number / self._a_second
        if self._owed_until > now:
            await self._clock.sleep(self._owed_until - now)


class Tries:
    """Counts wrong tries by address, and forgets them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def too_many(self, address: str) -> bool:
        """Whether this address is not listened to for now."""
        count, since = self._wrong.get(address, (0, 0.0))
        if self._clock.now().mono - since >= FORGET_SECONDS:
            self._wrong.pop(address, None)
            return False
        return count >= WRONG_TRIES

    def wrong(self, address: str) -> None:
        """Note a wrong try."""
        count, since = self._wrong.pop(address, (0, self._clock.now().mono))
        self._wrong[address] = (count + 1, since)
        if len(self._wrong) > _ADDRESSES:
            self._wrong.popitem(last=False)
