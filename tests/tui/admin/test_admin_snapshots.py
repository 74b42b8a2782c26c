"""The admin's screens as pictures. `--snapshot-update` accepts; look at them first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.tui.fake_station import NOW
from tests.tui.screen_app import ScreenApp
from textual.pilot import Pilot

from headcount.tui.admin.audit import AuditPage
from headcount.tui.admin.care import CarePage
from headcount.tui.admin.close_out import CloseOutPage
from headcount.tui.admin.events import EventsPage
from headcount.tui.admin.feedback import FeedbackPage
from headcount.tui.admin.home import AdminHome
from headcount.tui.admin.insights import InsightsPage
from headcount.tui.admin.people import PeoplePage
from headcount.tui.admin.person import PersonPage
from headcount.tui.admin.ports_audit import Entries
from headcount.tui.admin.purge import PurgePage
from headcount.tui.admin.request import RequestPage
from headcount.tui.admin.requests import RequestsPage
from headcount.tui.admin.scanners import ScannersPage
from headcount.tui.screens.base import Page

from .fake_backups import BACKUPS, FakeCare
from .fake_care import (
    CLOSING,
    ENTRIES,
    FEEDBACK,
    INSIGHTS,
    REQUESTS,
    SEALABLE,
    FakeAudit,
    FakeCloseOut,
    FakeFeedback,
    FakeInsights,
    FakeRequests,
)
from .fakes import ADMIN, AWAY, OPERATOR, SCANNERS, SHEETS, USERS, FakeAdmin, FakePeople

PEOPLE = FakePeople(FakeAdmin(ADMIN))
SMALL, LARGE = (80, 24), (120, 40)


@pytest.fixture(autouse=True)
def _an_ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TZ", "UTC")


SCENES: dict[str, tuple[Callable[[], Page], list[str]]] = {
    "sign-in": (lambda: AdminHome(FakeAdmin()), []),
    "home": (lambda: AdminHome(FakeAdmin(ADMIN)), []),
    "home-operator": (lambda: AdminHome(FakeAdmin(OPERATOR)), []),
    "home-offline": (lambda: AdminHome(FakeAdmin(error=AWAY)), []),
    "events": (lambda: EventsPage(FakeAdmin(ADMIN, sheets=SHEETS)), ["down"] * 11),
    "events-empty": (lambda: EventsPage(FakeAdmin(ADMIN)), []),
    "events-loading": (lambda: EventsPage(FakeAdmin(ADMIN, silent=True)), []),
    "events-offline": (lambda: EventsPage(FakeAdmin(ADMIN, AWAY, SHEETS)), []),
    "events-form": (lambda: EventsPage(FakeAdmin(ADMIN, sheets=SHEETS)), ["enter"]),
    "events-preview": (
        lambda: EventsPage(FakeAdmin(ADMIN, sheets=SHEETS)),
        ["i", "x", "enter"],
    ),
    "people": (
        lambda: PeoplePage(FakeAdmin(ADMIN, users=USERS)),
        ["down", "down", "space"],
    ),
    "person": (lambda: PersonPage(FakePeople(FakeAdmin(ADMIN)), "e11", "u1"), []),
    "scanners": (lambda: ScannersPage(FakeAdmin(ADMIN, rows=SCANNERS)), ["down"]),
    "scanners-settings": (
        lambda: ScannersPage(FakeAdmin(ADMIN, rows=SCANNERS)),
        ["down", "e", "tab", "tab", *"many", "enter"],
    ),
    "scanners-stolen": (lambda: ScannersPage(FakeAdmin(ADMIN, rows=SCANNERS)), ["t"]),
    "scanners-code": (lambda: ScannersPage(FakeAdmin(ADMIN)), ["n", "enter"]),
    "scanners-lost": (lambda: ScannersPage(FakeAdmin(ADMIN, rows=SCANNERS)), ["enter"]),
    "close-out": (
        lambda: CloseOutPage(FakeCloseOut(CLOSING), "opening"),
        ["down", "space"],
    ),
    "close-out-seal": (lambda: CloseOutPage(FakeCloseOut(SEALABLE), "opening"), ["s"]),
    "insights": (lambda: InsightsPage(FakeInsights(INSIGHTS), "opening"), ["down", "down"]),
    "feedback": (lambda: FeedbackPage(FakeFeedback(FEEDBACK), lambda: NOW), []),
    "requests": (lambda: RequestsPage(FakeRequests(REQUESTS), PEOPLE, lambda: NOW), []),
    "requests-empty": (lambda: RequestsPage(FakeRequests([]), PEOPLE, lambda: NOW), []),
    "requests-offline": (lambda: RequestsPage(FakeRequests(AWAY), PEOPLE, lambda: NOW), []),
    "request": (lambda: RequestPage(FakeRequests(REQUESTS), PEOPLE, REQUESTS[1]), []),
    "request-accept": (lambda: RequestPage(FakeRequests(REQUESTS), PEOPLE, REQUESTS[1]), ["a"]),
    "audit": (lambda: AuditPage(FakeAudit(Entries(ENTRIES, more=True))), ["down", "down"]),
    "audit-filter": (lambda: AuditPage(FakeAudit(Entries(ENTRIES, more=True))), ["c"]),
    "care": (lambda: CarePage(FakeCare(BACKUPS), lambda: NOW), ["down"]),
    "care-empty": (lambda: CarePage(FakeCare([]), lambda: NOW), []),
    "care-offline": (lambda: CarePage(FakeCare(AWAY), lambda: NOW), []),
    "care-busy": (lambda: CarePage(FakeCare(BACKUPS), lambda: NOW), ["n"]),
    "care-backup": (lambda: CarePage(FakeCare(BACKUPS), lambda: NOW), ["enter"]),
    "care-drill": (lambda: CarePage(FakeCare(BACKUPS), lambda: NOW), ["v"]),
    "purge": (lambda: PurgePage(FakeCare([]), FakeAdmin(ADMIN, sheets=SHEETS).events()), []),
    "purge-ask": (lambda: PurgePage(FakeCare([])), ["x"]),
}
CASES = [
    *((scene, SMALL, "dark") for scene in SCENES),
    *(
        (scene, LARGE, "dark")
        for scene in ("events", "events-form", "people", "person", "close-out")
    ),
    ("person", SMALL, "light"),
]


@pytest.mark.parametrize(
    ("name", "size", "theme"), CASES, ids=[f"{n}-{w}x{h}-{t}" for n, (w, h), t in CASES]
)
def test_looks_as_accepted(
    snap_compare: Callable[..., bool], name: str, size: tuple[int, int], theme: str
) -> None:
    make, keys = SCENES[name]

    async def play(pilot: Pilot[Any]) -> None:
        for key in ["", *keys]:
            if key:
                await pilot.press(key)
            for _ in range(5):
                await pilot.pause()

    assert snap_compare(ScreenApp(make(), theme=theme), terminal_size=size, run_before=play)


def test_looks_as_accepted_without_symbols(snap_compare: Callable[..., bool]) -> None:
    page = PersonPage(FakePeople(FakeAdmin(ADMIN)), "e11", "u1")

    async def play(pilot: Pilot[Any]) -> None:
        for _ in range(5):
            await pilot.pause()

    assert snap_compare(ScreenApp(page, plain=True), terminal_size=SMALL, run_before=play)
