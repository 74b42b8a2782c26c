"""A sync whose answers the test gives, one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from headcount.clock import ManualClock
from headcount.core.errors import BackendUnreachable, HeadcountError, UsageError
from headcount.core.model import Instant
from headcount.tui.ports_sync import Plan, Receipt, Sent, SyncOutcome, Waiting

NOON = 1_784_548_800_000
"""2026-07-20 12:00 UTC."""
LOGS = (
    Waiting("fair", "Summer Fair", "/data/fair.jsonl", 312, 78_000, 2),
    Waiting("talk", "Talk [/b] on \x1b[31mred", "/data/talk.jsonl", 40, 10_000),
)
RECEIPTS = (
    Receipt("Summer Fair", 315, 290, 20, 2, 2, 0, 198_000, "ab" * 32),
    Receipt("Talk [/b] on \x1b[31mred", 40, 40, 0, 0, 0, 0, 10_000, "cd" * 32),
)
OFFLINE = BackendUnreachable(
    "https://hall.example did not answer: no route to host.",
    safe="Every record is safe in the log on this machine.",
    remedy="Check the network, then send again.",
)


class FakeSync:
    """Implements `SyncDesk`. `run` waits until the test says `end`."""

    def __init__(self, logs: Sequence[Waiting] = LOGS, *, has_key: bool = True) -> None:
        self.clock = ManualClock(NOON)
        self.waiting = Plan("https://hall.example", has_key, logs)
        self.found: Sequence[str] = ("/media/ada/STICK",)
        self.runs = 0
        self.on_sent: Callable[[Sent], None] = lambda _sent: None
        self.on_retry: Callable[[HeadcountError, float], None] = lambda _error, _wait: None
        self._end: asyncio.Future[SyncOutcome] | None = None

    def now(self) -> Instant:
        return self.clock.now()

    def plan(self) -> Plan:
        return self.waiting

    async def run(
        self,
        on_sent: Callable[[Sent], None],
        on_retry: Callable[[HeadcountError, float], None],
    ) -> SyncOutcome:
        self.runs += 1
        self.on_sent, self.on_retry = on_sent, on_retry
        self._end = asyncio.get_running_loop().create_future()
        return await self._end

    def end(self, *receipts: Receipt, error: HeadcountError | None = None) -> None:
        assert self._end is not None
        self._end.set_result(SyncOutcome(receipts, NOON + 60_000, error))

    def sticks(self) -> Sequence[str]:
        return self.found

    def export(self, folder: str) -> Sequence[str]:
        if folder == "/nowhere":
            raise UsageError("There is no folder /nowhere.", remedy="Plug the stick in first.")
        return [f"{folder}/attendance_fair_20260720T120000Z.jsonl"]
