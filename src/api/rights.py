"""Looks again at the rights of many streams at once: one visit to the database for all who ask."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from ..core.backend import Backend
from ..core.live import Footing
from .auth import SHARED_KEY, Caller, Keyring, caller_with

FOREVER_MS = 1 << 53
"""An open stream is in use as long as it is read: the idle limit is for those who open one. Noting
the use of each would be a write for each of a thousand streams, and wake them all."""

LookUp = Callable[[Sequence[str]], Awaitable[Mapping[str, Caller]]]
"""From the hashes of secrets to whom they belong."""

TRUSTED_MS = 30_000
"""A right whose rows have not changed is looked up again after this time: it may have run out."""


class Rights:
    """Gathers the questions of one turn of the event loop, and asks them together.

    A thousand streams that get a new result ask at the same moment.
    """

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._asked: dict[str, list[asyncio.Future[Caller]]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None

    async def caller_of(self, secret_hash: str) -> Caller:
        """To whom the secret belongs now; the look-up begins after this call."""
        future: asyncio.Future[Caller] = asyncio.get_running_loop().create_future()
        self._asked[secret_hash].append(future)
        if self._task is None:
            self._task = asyncio.create_task(self._answer())
        return await future

    async def _answer(self) -> None:
        await asyncio.sleep(0)  # whoever else was woken together
        asked, self._asked, self._task = self._asked, defaultdict(list), None
        try:
            found = await self._look_up(list(asked))
        except Exception as error:  # noqa: BLE001 - each who asked must hear of it
            for future in _waiting(asked.values()):
                future.set_exception(error)
            return
        for secret_hash, futures in asked.items():
            for future in _waiting([futures]):
                future.set_result(found[secret_hash])


def _waiting(
    futures: Iterable[Sequence[asyncio.Future[Caller]]],
) -> list[asyncio.Future[Caller]]:
    """Those whose stream has not gone away meanwhile."""
    return [future for some in futures for future in some if not future.done()]


class RightsTable:
    """What was looked up, as long as no row that it was read from has changed. Blocks."""

    def __init__(self, backend: Backend, keyring: Keyring) -> None:
        self._backend = backend
        self._keyring = keyring
        self._known: dict[str, Caller] = {}
        self._footing: Footing | None = None
        self._as_of = 0

    def look_up(self, hashes: Sequence[str], now_ms: int) -> dict[str, Caller]:
        """To whom the secrets belong, by the newest state of the database."""
        known, wanted = self._known, set(hashes)
        if self._still_true(now_ms):
            if known.keys() >= wanted:
                return {each: known[each] for each in hashes}
            wanted |= known.keys()
        found, footing = self._backend.observe(lambda: self._ask(wanted, now_ms))
        self._known, self._footing, self._as_of = found, footing, now_ms
        return {each: found[each] for each in hashes}

    def _still_true(self, now_ms: int) -> bool:
        footing = self._footing
        if footing is None or not self._as_of <= now_ms < self._as_of + TRUSTED_MS:
            return False
        return self._backend.version(footing) == footing.version

    def _ask(self, hashes: Iterable[str], now_ms: int) -> dict[str, Caller]:
        found = self._backend.holders(hashes, now_ms=now_ms, idle_ms=FOREVER_MS)
        return {
            each: SHARED_KEY
            if self._keyring.is_shared_hash(each)
            else caller_with(found.get(each), each)
            for each in hashes
        }
