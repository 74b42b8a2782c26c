"""Backups and a plan of deletion for pictures, always the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from tests.tui.fake_station import HOUR, NOW

from headcount.core.data_care import Drill, How, KeptBackup, Purged, PurgePlan, State
from headcount.core.errors import HeadcountError
from headcount.core.retention import Archive, Due

_KEPT = [
    ("asked", How.ASKED, State.SOUND, 1),
    ("", How.ROUTINE, State.MADE, 20),
    ("before-0017", How.UPGRADE, State.DAMAGED, 44),
    ("copied", How.ROUTINE, State.NO_MANIFEST, 68),
]
BACKUPS = [
    KeptBackup(
        f"2026072{4 - n}T090000Z{'-' * bool(why)}{why}.sqlite3",
        NOW - hours * HOUR if state is not State.NO_MANIFEST else None,
        48_123_904 - n * 1_700_000,
        how,
        state,
        NOW - HOUR // 2 if state in {State.SOUND, State.DAMAGED} else None,
    )
    for n, (why, how, state, hours) in enumerate(_KEPT)
]
DUE = [
    Due("spring", {"sightings": 120_412, "corrected_times": 311, "refusals": 2}),
    Due("e3", {"sightings": 8_020}),
    Due("", {"audit_log": 4_100}),
]
PLAN = PurgePlan("1" * 64, DUE, "/srv/headcount/archive")


@dataclass
class FakeCare:
    """Says one thing, then waits for ever; a backup that it makes is never done."""

    said: Sequence[KeptBackup] | HeadcountError
    planned: PurgePlan | HeadcountError = PLAN
    damaged: bool = False
    refusal: HeadcountError | None = None
    asked: list[str] = field(default_factory=list)

    async def follow(self) -> AsyncGenerator[Sequence[KeptBackup] | HeadcountError, None]:
        yield self.said
        await asyncio.Event().wait()

    async def back_up(self) -> KeptBackup:
        self.asked.append("backup")
        await asyncio.Event().wait()
        raise NotImplementedError

    async def drill(self, name: str) -> Drill:
        rows = {"attendance": 9_120, "events": 14, "sightings": 402_113, "users": 1_240}
        if self.damaged:
            trouble = f"{name} is not what its manifest says: another checksum."
            return Drill(name, is_sound=False, trouble=trouble, created_at=None, size=1, schema="",
                         rows={})  # fmt: skip
        return Drill(name, is_sound=True, trouble="", created_at=NOW, size=48_123_904,
                     schema="0017", rows=rows)  # fmt: skip

    async def plan(self) -> AsyncGenerator[PurgePlan | HeadcountError, None]:
        self.asked.append("plan")
        yield self.planned

    async def purge(self, digest: str) -> Purged:
        self.asked.append(f"purge {digest}")
        if self.refusal:
            raise self.refusal
        return Purged([Archive("/srv/headcount/archive/one", {"sightings": 3})])
