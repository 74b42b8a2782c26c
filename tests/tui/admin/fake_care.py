"""Close-outs, insights, feedback, audit entries for pictures, always the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from tests.tui.fake_station import HOUR, NOW

from headcount.core.close_out import Check, CloseOut, Finding
from headcount.core.errors import HeadcountError
from headcount.core.model import Event
from headcount.core.seals import Seal
from headcount.tui.admin.ports_close import Closing

EVENT = Event("opening", "Opening night", NOW - 5 * HOUR, NOW - 2 * HOUR, "Europe/Berlin")
FINDINGS = [
    Finding(
        "scanner:East", Check.SCANNER, "Scanner East has not told the end of its scan.",
        "provisional", "final, without what it may have heard later", True, "Ada Abara", "it burnt",
    ),
    Finding(
        "gap:North", Check.GAP, "North heard nothing for 25 min (powered-off).",
        "nobody is counted in it", "2 statuses change: Bo Brandt partial to present; "
        "Chidi Castillo left early to present",
    ),
    Finding(
        "minimum:u1", Check.MINIMUM, "Bo Brandt is below the minimum presence.",
        "partial: present 60 %, minimum 75 %", "present",
    ),
    Finding("clock:North:b1", Check.CLOCK, "North's clock was wrong.", "as written",
            "corrected by +00:14:03", True, "Ada Abara", "seen on the wall clock"),
    Finding(
        "unknown:f1", Check.UNKNOWN,
        "Badge f1f1f1f1-0000-4000-8000-000000000000 was heard 14 times and is nobody's.",
        "may be somebody's", "left as nobody's",
    ),
    Finding("refused", Check.REFUSED, "2 records were refused by the server.",
            "at the stations, open", "left out for good"),
    Finding("duplicate:u4+u5", Check.DUPLICATE, "2 people are called Emil Eriksen.",
            "present, absent", "kept as 2 people"),
]  # fmt: skip
SEALS = [Seal(1, "0" * 64, NOW - HOUR, "Ada Abara")]
CLOSING = Closing(EVENT, CloseOut("opening", False, [], FINDINGS, "1" * 64, SEALS, changed=True))


@dataclass
class FakeCloseOut:
    """Says one thing, then waits for ever."""

    said: Closing | HeadcountError

    async def follow(self, event_id: str) -> AsyncGenerator[Closing | HeadcountError, None]:
        assert event_id
        yield self.said
        await asyncio.Event().wait()

    async def accept(self, event_id: str, findings: Sequence[str], why: str) -> CloseOut:
        raise NotImplementedError

    async def take_back(self, event_id: str, findings: Sequence[str]) -> CloseOut:
        raise NotImplementedError

    async def seal(self, event_id: str, digest: str) -> CloseOut:
        raise NotImplementedError


SEALABLE = Closing(
    EVENT,
    CloseOut("opening", False, [], [FINDINGS[0], FINDINGS[3]], "1" * 64, SEALS, changed=True),
)
