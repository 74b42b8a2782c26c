"""Close-outs, insights, feedback, audit entries for pictures, always the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from tests.tui.fake_station import HOUR, NOW

from headcount.core.audit import AuditFilter, AuditRow
from headcount.core.close_out import Check, CloseOut, Finding
from headcount.core.correction_requests import (
    CorrectionRequest,
    RequestDecision,
    RequestStatus,
)
from headcount.core.errors import HeadcountError
from headcount.core.feedback import Feedback, FeedbackStatus
from headcount.core.insight_book import Comment, Generated, InsightStatus, KeptInsight
from headcount.core.insights import InsightKind, RowKind, RowRef, Severity
from headcount.core.model import Event
from headcount.core.report import Report
from headcount.core.seals import Seal
from headcount.tui.admin.ports_audit import Entries
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


def insight(n: int, kind: InsightKind, severity: Severity, sentence: str) -> KeptInsight:
    rows = [RowRef(RowKind.PERSON, f"u{at}") for at in range(n)]
    said = [Comment("u0", "Ada Abara", NOW, "It rained.")] if n == 12 else []
    return KeptInsight(
        f"i{n}", "opening", kind, severity, sentence, {}, rows, "", True, InsightStatus.OPEN,
        "", None, "", NOW - HOUR, NOW - HOUR, said,
    )  # fmt: skip


INSIGHTS = [
    insight(12, InsightKind.NO_SHOWS, Severity.INFO,
            "12 of 80 registered people did not come (15 %)."),
    insight(41, InsightKind.ARRIVAL_PEAK, Severity.INFO,
            "Most people arrived between 0 and 15 min after the start: 41 of 68."),
    insight(2, InsightKind.MOVING_TOGETHER, Severity.HINT,
            "Bo Brandt and Chidi Castillo were always heard together: one person with two badges?"),
    insight(1, InsightKind.DEAF_MINUTES, Severity.WARNING,
            "North heard nothing for 25 min of the event (14 %)."),
]  # fmt: skip
_TEXTS = [
    ("The north door was locked until half past seven, and nobody told us.", 2, "new"),
    ("Good soup.", 5, "published"),
    ("The man in seat 14 snored.", None, "hidden"),
    ("Please start earlier.", 4, "new"),
]
FEEDBACK = [
    Feedback(
        f"f{n}", "opening" if n else "", f"u{n}", "Bo Brandt" if n != 1 else "", rating, text,
        FeedbackStatus(status), NOW - n * HOUR, "", None, "names a seat" if n == 2 else "",
    )
    for n, (text, rating, status) in enumerate(_TEXTS)
]  # fmt: skip


@dataclass
class FakeInsights:
    """As `FakeCloseOut`."""

    said: Sequence[KeptInsight] | HeadcountError

    async def follow(
        self, event_id: str
    ) -> AsyncGenerator[Sequence[KeptInsight] | HeadcountError, None]:
        assert event_id
        yield self.said
        await asyncio.Event().wait()

    async def generate(self, event_id: str) -> Generated:
        raise NotImplementedError

    async def report(self, event_id: str) -> Report:
        raise NotImplementedError

    async def name_of(self, user_id: str) -> str:
        raise NotImplementedError

    async def dismiss(self, insight_id: str, why: str) -> KeptInsight:
        raise NotImplementedError

    async def reopen(self, insight_id: str, why: str) -> KeptInsight:
        raise NotImplementedError

    async def comment(self, insight_id: str, text: str) -> KeptInsight:
        raise NotImplementedError


@dataclass
class FakeFeedback:
    """As `FakeCloseOut`."""

    said: Sequence[Feedback] | HeadcountError

    async def follow(self) -> AsyncGenerator[Sequence[Feedback] | HeadcountError, None]:
        yield self.said
        await asyncio.Event().wait()

    async def moderate(self, feedback_id: str, status: FeedbackStatus, why: str) -> Feedback:
        raise NotImplementedError


REQUESTS = [
    CorrectionRequest(
        f"q{n}", "opening", "u1", who, text, came, None, RequestStatus(status),
        NOW - (n + 1) * HOUR, None, why, "",
    )
    for n, (who, text, came, status, why) in enumerate([
        ("Dana Dvořák", "I was ill, as I told the desk.", None, "open", ""),
        ("Bo Brandt", "I was there from the start, my phone was flat.", EVENT.start, "open", ""),
        ("Emil Eriksen", "I never left.", None, "declined", "the door heard you leave"),
        ("Ada Abara", "I sat outside.", EVENT.start, "accepted", "Dana saw you"),
    ])
]  # fmt: skip


@dataclass
class FakeRequests:
    """As `FakeCloseOut`."""

    said: Sequence[CorrectionRequest] | HeadcountError

    async def follow(
        self,
    ) -> AsyncGenerator[Sequence[CorrectionRequest] | HeadcountError, None]:
        yield self.said
        await asyncio.Event().wait()

    async def event(self, event_id: str) -> Event:
        assert event_id
        return EVENT

    async def decide(
        self, request: CorrectionRequest, decision: RequestDecision
    ) -> CorrectionRequest:
        raise NotImplementedError


_DEEDS = [
    ("person", "Ada Abara", "users.set-role", "users/u3", "", 1, {"role": "user"}),
    ("scanner", "North", "batches.receive", "events/opening", "", 1, None),
    ("anyone", "", "auth.sign-in", "", "SIGN_IN_FAILED", 14, None),
    ("person", "Dana Dvořák", "report.read", "events/opening", "", 3, None),
    ("local", "root", "data.purge", "events/spring", "", 1, None),
]
ENTRIES = [
    AuditRow(
        90 - n, NOW - n * HOUR, kind, f"id-{n}" if name else "", name, "203.0.113.7", f"r{n}",
        action, subject, "refused" if code else "done", 401 if code else 0, code, times,
        before, {"role": "operator"} if before else None, {},
    )
    for n, (kind, name, action, subject, code, times, before) in enumerate(_DEEDS)
]  # fmt: skip


@dataclass
class FakeAudit:
    """As `FakeCloseOut`."""

    said: Entries | HeadcountError

    async def latest(
        self, wanted: AuditFilter, most: int
    ) -> AsyncGenerator[Entries | HeadcountError, None]:
        assert most
        assert wanted == AuditFilter()
        yield self.said

    async def export(self, wanted: AuditFilter, file: str) -> tuple[str, int]:
        raise NotImplementedError
