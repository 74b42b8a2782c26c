"""A backend that says what a picture needs, always the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.tui.fake_station import DAY, HOUR, MINUTE, NOW

from headcount.core.access import PairingCode, ScannerRow, Status
from headcount.core.attendance import Rules
from headcount.core.attendance import Status as Attendance
from headcount.core.backend import ImportResult, PersonRow, Registration, Role, RowError, User
from headcount.core.badges import BadgePeriod
from headcount.core.corrections import Correction, NewCorrection
from headcount.core.errors import BackendUnreachable, HeadcountError
from headcount.core.events_csv import EventLine
from headcount.core.fleet_values import PushedSettings, Versions
from headcount.core.model import Event, Format
from headcount.core.person_record import PersonRecord
from headcount.core.presence import Interval
from headcount.core.registrations import Ruling, RulingResult
from headcount.core.report import GapFacts, Method, ScannerFacts
from headcount.core.report import PersonRow as ReportRow
from headcount.core.theft import Coverage
from headcount.tui.admin.ports import Door, Who
from headcount.tui.admin.ports_audit import AuditDesk
from headcount.tui.admin.ports_care import CareDesk, PersonalDesk
from headcount.tui.admin.ports_close import CloseDesk
from headcount.tui.admin.ports_events import Sheet
from headcount.tui.admin.ports_insights import FeedbackDesk, InsightsDesk
from headcount.tui.admin.ports_report import ReportDesk
from headcount.tui.admin.ports_requests import RequestsDesk

T = TypeVar("T")
AWAY = BackendUnreachable("https://headcount.example.org can't be reached: Connection refused.")


@dataclass
class FakeAdmin:
    """All ports in one: each `follow` gives one answer, then waits for ever."""

    person: Who | None = None
    error: HeadcountError | None = None
    sheets: Sequence[Sheet] = ()
    users: Sequence[User] = ()
    rows: Sequence[ScannerRow] = ()
    silent: bool = False
    """Nothing is ever answered."""
    signed_out: list[str] = field(default_factory=list)

    def now_ms(self) -> int:
        return NOW

    async def door(self) -> Door:
        return Door("https://headcount.example.org", "")

    async def who(self) -> Who | None:
        if self.error and self.person is None:
            raise self.error
        return self.person

    async def sign_in(self, url: str, email: str, password: str) -> Who:
        raise NotImplementedError

    async def sign_out(self) -> None:
        self.signed_out.append("out")

    async def close(self) -> None:
        """Nothing is open."""

    def events(self) -> FakeEvents:
        return FakeEvents(self)

    def people(self) -> FakePeople:
        return FakePeople(self)

    def reports(self) -> ReportDesk:
        raise NotImplementedError  # the report's screen has a fake of its own

    def close_out(self) -> CloseDesk:
        raise NotImplementedError  # its screen has a fake of its own

    def audit(self) -> AuditDesk:
        raise NotImplementedError

    def care(self) -> CareDesk:
        raise NotImplementedError

    def insights(self) -> InsightsDesk:
        raise NotImplementedError

    def requests(self) -> RequestsDesk:
        raise NotImplementedError

    def feedback(self) -> FeedbackDesk:
        raise NotImplementedError

    def scanners(self) -> FakeScanners:
        return FakeScanners(self)

    async def answer(
        self, items: Sequence[T]
    ) -> AsyncGenerator[Sequence[T] | HeadcountError, None]:
        if not self.silent:
            if items or self.error is None:
                yield items
            if self.error:
                yield self.error
        await asyncio.Event().wait()


@dataclass
class FakeEvents:
    admin: FakeAdmin

    def follow(self) -> AsyncGenerator[Sequence[Sheet] | HeadcountError, None]:
        return self.admin.answer(self.admin.sheets)

    async def create(self, members: Mapping[str, object]) -> Event:
        raise NotImplementedError

    async def change(self, event_id: str, members: Mapping[str, object]) -> Event:
        raise NotImplementedError

    async def read(self, file: str) -> tuple[Sequence[EventLine], Sequence[RowError]]:
        good = [EventLine(2, "Choir", NOW, NOW + HOUR, "UTC", "choir")]
        return good, [RowError(3, "'never' is no time such as 2026-05-01 18:00")]

    async def write(self, file: str, sheets: Sequence[Sheet]) -> str:
        raise NotImplementedError


@dataclass
class FakePeople:
    admin: FakeAdmin

    def follow(self) -> AsyncGenerator[Sequence[User] | HeadcountError, None]:
        return self.admin.answer(self.admin.users)

    def registrations(
        self, event_id: str
    ) -> AsyncGenerator[Sequence[Registration] | HeadcountError, None]:
        raise NotImplementedError

    async def set_status(self, user_id: str, status: Status) -> None:
        raise NotImplementedError

    async def decide_registrations(
        self, event_id: str, rulings: Sequence[Ruling]
    ) -> Sequence[RulingResult]:
        raise NotImplementedError

    async def set_role(self, user_id: str, role: Role) -> None:
        raise NotImplementedError

    async def read(self, file: str) -> tuple[Sequence[PersonRow], Sequence[RowError]]:
        raise NotImplementedError

    async def take_in(self, rows: Sequence[PersonRow], event_id: str) -> ImportResult:
        raise NotImplementedError

    async def record(self, event_id: str, user_id: str) -> PersonRecord:
        return RECORD

    async def badges(self, user_id: str) -> Sequence[BadgePeriod]:
        raise NotImplementedError

    async def give_badge(self, user_id: str, ble_uuid: str) -> None:
        raise NotImplementedError

    async def end_badge(self, user_id: str, ble_uuid: str) -> None:
        raise NotImplementedError

    async def acts(self, event_id: str, user_id: str) -> Sequence[Correction]:
        raise NotImplementedError

    async def correct(self, event_id: str, wanted: NewCorrection) -> Correction:
        raise NotImplementedError

    def personal(self) -> PersonalDesk:
        raise NotImplementedError


@dataclass
class FakeScanners:
    admin: FakeAdmin

    def follow(self) -> AsyncGenerator[Sequence[ScannerRow] | HeadcountError, None]:
        return self.admin.answer(self.admin.rows)

    async def code(self, name: str, gate: str) -> PairingCode:
        return PairingCode("7K2M-9QXD", NOW + 10 * MINUTE)

    async def revoke(self, name: str) -> None:
        raise NotImplementedError

    async def settings_for_all(self) -> PushedSettings:
        return PushedSettings(min_rssi=-75)

    async def set_scanner(
        self, name: str, changes: Mapping[str, object], gate: str | None = None
    ) -> None:
        raise NotImplementedError

    async def coverage(self, name: str, stolen_at: int | None = None) -> Sequence[Coverage]:
        event = SHEETS[0].event
        return [Coverage(event, event.start + HOUR, event.end)]


def sheet(n: int, **members: object) -> Sheet:
    start = NOW + (n - 12) * DAY + HOUR
    event = Event(f"e{n}", f"Evening {n}", start, start + 2 * HOUR, "Europe/Berlin")
    known = {"name": event.name, "start": start, "end": event.end, "tz": event.tz}
    return Sheet(event, known | members)


SHEETS = [sheet(n, archived=n % 9 == 0) for n in range(40)]
USERS = [
    User(
        f"u{n}",
        name,
        f"{name.split()[0].lower()}@example.org",
        Role.ADMIN if n == 0 else Role.OPERATOR if n == 3 else Role.USER,
        f"{n:08x}-0000-4000-8000-000000000000" if n % 2 else None,
        "pending" if n in {2, 4} else "rejected" if n == 5 else "active",
    )
    for n, name in enumerate(
        ["Ada Abara", "Bo Brandt", "Chidi Castillo", "Dana Dvořák", "Emil Eriksen", "Fatima Farkas"]
    )
]
SCANNERS = [
    ScannerRow("East-Door", "East", ("e1", "e2"), NOW - 3 * DAY, NOW - 2 * DAY, None),
    ScannerRow(
        "North",
        "North door",
        (),
        NOW - DAY,
        NOW - MINUTE,
        None,
        Versions("0.0.9", "3.11.2", "0.22.3", "5.66", "Debian GNU/Linux 12 (bookworm), aarch64"),
        True,
        PushedSettings(min_rssi=-70, formats=(Format.IBEACON,)),
    ),
    ScannerRow("Old-Pi", "", (), None, NOW - 40 * DAY, None),
    ScannerRow("West", "West door", (), NOW - 9 * DAY, NOW - HOUR, NOW - HOUR),
]
_BEGIN = SHEETS[11].event.start
_SEEN = [_BEGIN + minutes * MINUTE for minutes in (22, 25, 26, 31, 33, 40, 61, 64, 70, 71)]
RECORD = PersonRecord(
    event=SHEETS[11].event,
    person=ReportRow(
        "u1", "Bo Brandt", "bo@example.org", "00000001-0000-4000-8000-000000000000", "approved",
        Attendance.LATE, "first seen 22 min after the start", _SEEN[0], _SEEN[0], _SEEN[-1],
        49 * MINUTE, 28 * MINUTE, "North", len(_SEEN), 0, Method.SCANNED,
    ),
    rules=Rules(),
    stays=[Interval(_SEEN[0], _SEEN[5]), Interval(_SEEN[6], _SEEN[-1])],
    seen=_SEEN,
    by_hand=[],
    excused=None,
    voids=[],
    gaps=[GapFacts("North", _BEGIN + 80 * MINUTE, _BEGIN + 88 * MINUTE, "powered-off")],
    scanners=[ScannerFacts("North", _BEGIN + 110 * MINUTE, 1)],
    missing=["Scanner North is still scanning, or has not synced."],
    generated_at=NOW,
)  # fmt: skip
ADMIN = Who("https://headcount.example.org", "u0", "Ada Abara", "ada@example.org", "admin")
OPERATOR = ADMIN._replace(name="Dana Dvořák", role="operator")
