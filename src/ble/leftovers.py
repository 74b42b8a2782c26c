"""Which of the UUIDs that BlueZ shows for an address are heard now, and which are left-overs.

BlueZ adds up, per address, the service UUIDs and the keys of service data. A phone that changes
its UUID but not its address is shown as [u1], then [u1, u2], then [u1, u2, u3]; only the last one
is on the air. So what an address showed before is remembered:

- a list with new entries: only the new ones are current;
- the same list again: the current ones stay current;
- a list that lacks an entry it had: BlueZ forgot the device, all of the list is current.

Two ids that one device sends at the same time look like a change when BlueZ shows them one after
the other; an id prefix in the rules keeps a second UUID, such as an app's own, out of the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

FORGET_SECONDS = 600.0
"""An address silent for this long is dropped. BlueZ itself drops a device 30 s after its last
advert, and phones change their address every 15 minutes."""
SWEEP_SECONDS = 60.0
"""Between two searches for silent addresses; each visits all of them."""
MAX_ADDRESSES = 65_536
"""Some 25 MB. 2,000 phones that change their address every 15 minutes need about 4,000."""


class _Shown:
    """What an address showed last."""

    __slots__ = ("current", "ids", "listed", "mono", "stale")

    def __init__(
        self, listed: Sequence[str], ids: tuple[str, ...], current: tuple[str, ...], mono: float
    ) -> None:
        self.listed = listed
        self.ids = ids
        self.current = current
        self.stale = len(ids) - len(current)
        self.mono = mono


class Leftovers:
    """A bounded memory of addresses. `candidates` picks the possible ids out of a list of UUIDs."""

    def __init__(self, candidates: Callable[[Iterable[str]], tuple[str, ...]]) -> None:
        self._candidates = candidates
        self._shown: dict[str, _Shown] = {}
        self._next_sweep = -math.inf
        self.ignored = 0
        """Ids that were shown and ignored, all frames together."""

    def __len__(self) -> int:
        return len(self._shown)

    def current(self, address: str, listed: Sequence[str], mono: float) -> tuple[str, ...]:
        """The ids of `listed` that this address sends now. `mono` is the frame's, seconds."""
        shown = self._shown.get(address)
        if shown is None or shown.listed != listed:
            shown = self._update(address, shown, listed, mono)
            if shown is None:
                return ()
        shown.mono = mono
        self.ignored += shown.stale
        return shown.current

    def seed(self, address: str, listed: Sequence[str]) -> None:
        """Tell what BlueZ had in its cache before the scan began.

        Of several ids nobody knows which one is live: none is current until a new one shows.
        """
        ids = self._candidates(listed)
        if not ids:
            return
        before = self._shown.get(address)
        current = _current(before, ids)
        if len(current) > 1 and (before is None or current != before.current):
            current = ()
        # Infinite: BlueZ keeps a paired phone for ever, so it must not age before it is heard.
        mono = math.inf if before is None else before.mono
        self._keep(address, _Shown(listed[:], ids, current, mono))

    def _update(
        self, address: str, before: _Shown | None, listed: Sequence[str], mono: float
    ) -> _Shown | None:
        ids = self._candidates(listed)
        if not ids:
            return None
        if mono >= self._next_sweep:
            self._sweep(mono)
        shown = _Shown(listed[:], ids, _current(before, ids), mono)
        self._keep(address, shown)
        return shown

    def _keep(self, address: str, shown: _Shown) -> None:
        if len(self._shown) >= MAX_ADDRESSES and address not in self._shown:
            del self._shown[next(iter(self._shown))]
        self._shown[address] = shown

    def _sweep(self, mono: float) -> None:
        self._next_sweep = mono + SWEEP_SECONDS
        oldest = mono - FORGET_SECONDS
        self._shown = {
            address: shown for address, shown in self._shown.items() if shown.mono >= oldest
        }


def _current(before: _Shown | None, ids: tuple[str, ...]) -> tuple[str, ...]:
    if before is None or not set(ids).issuperset(before.ids):
        return ids
    return tuple(entry for entry in ids if entry not in before.ids) or before.current
