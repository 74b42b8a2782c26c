"""Bulk enrolment and the badge that this machine is, by keys only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.tui.fake_station import HOUR, FakePeople, FakeStation, desk, event, person, uuid
from tests.tui.scenes import Played, settled
from tests.tui.screen_app import ScreenApp, flat, screen_text
from textual.pilot import Pilot
from textual.widgets import Input

from headcount.clock import ManualClock
from headcount.core.acts import WalkIns
from headcount.core.badge import BadgeFormat, Broadcast
from headcount.core.desk import Desk as Rules
from headcount.core.errors import LogUnwritable, RadioError, RadioReason
from headcount.core.model import Kind
from headcount.core.roster import Roster
from headcount.tui.app import HeadcountApp
from headcount.tui.ports import Events, Listed
from headcount.tui.ports_broadcast import OnAir
from headcount.tui.screens.broadcast import BroadcastPage
from headcount.tui.screens.enrol import EnrolPage

NAMES = ["Ada Lovelace", "Bo Brandt", "Chidi Castillo", "Dana Dvořák"]


def station() -> FakeStation:
    """Ada has a badge, the others have none."""
    clock = ManualClock(1_793_556_000_000)
    roster = Roster(
        ((person(n, name), [uuid(n)] if not n else []) for n, name in enumerate(NAMES)), 1
    )
    staff = FakePeople(clock, roster, Rules("Door", 15.0, WalkIns.ALLOW))
    on = Listed(event("Evening", -HOUR), len(NAMES))
    return FakeStation(Events([on], fetched_ms=0), clock=clock, staff=staff)


async def hold(pilot: Played, number: int, rssi: int = -40, *, owned: bool = False) -> str:
    """Hold a badge at the scanner for three seconds; what the screen says then."""
    app = pilot.app
    assert isinstance(app, HeadcountApp)
    made = app.station
    assert isinstance(made, FakeStation)
    for _ in range(3):
        made.clock.advance(1)
        made.heard = [made.near(number, rssi, owned=owned)]
        app.sample()
        if isinstance(app.screen, EnrolPage):
            app.screen.draw()
    await pilot.pause()
    return flat(screen_text(app))


def given(staff: FakePeople | None) -> list[tuple[str, str]]:
    assert staff is not None
    acts = (act for act in staff.book.acts.values() if not staff.book.is_void(act.id))
    return [(a.record.user, a.record.ble_uuid) for a in acts if a.record.kind is Kind.ASSIGN]


async def test_person_after_person(tmp_path: Path) -> None:
    made = station()
    async with HeadcountApp(desk(made)).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await settled(pilot)
        text = flat(screen_text(pilot.app))
        assert "1 of 3: Bo Brandt" in text
        assert "Then: Chidi Castillo, Dana Dvořák" in text
        assert "Hold a beacon close" in text
        await pilot.press("enter")
        assert given(made.staff) == []  # nothing is held
        assert f"{uuid(9)}, -40 dBm: Enter gives it to Bo Brandt." in await hold(pilot, 9)
        await pilot.press("enter")
        assert given(made.staff) == [("user1", uuid(9))]
        text = await hold(pilot, 9)
        assert "2 of 3: Chidi Castillo" in text
        assert "This badge is Bo Brandt's already." in text
        await pilot.press("enter", "s")
        assert "3 of 3: Dana Dvořák" in await hold(pilot, 8)
        await pilot.press("b", "b")
        text = await hold(pilot, 8)
        assert f"1 of 3: Bo Brandt Has been given {uuid(9)}; a new one takes its place." in text
        await pilot.press("u")
        assert given(made.staff) == []
        assert "Taken back" in await hold(pilot, 8, -70)
        assert "Nothing is close yet. The strongest has -70 dBm." in await hold(pilot, 8, -70)
        file = tmp_path / "order.csv"
        file.write_text("name\nDana Dvorak\nAda Lovelace\n")
        await pilot.press("o")
        await typed(pilot, str(file))
        await settled(pilot)
        text = await hold(pilot, 7)
        assert "1 of 1: Dana Dvořák" in text
        assert "Row 3: Ada Lovelace has a badge." in text
        await pilot.press("enter")
        assert given(made.staff) == [("user3", uuid(7))]
        assert "All had their turn; 1 were given a badge." in await hold(pilot, 6)


async def typed(pilot: Pilot[Any], text: str) -> None:
    """At once, not letter by letter: that takes seconds."""
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await pilot.pause()


async def test_a_disk_that_refuses_keeps_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    made = station()
    assert made.staff is not None

    def full(_act: object) -> None:
        raise LogUnwritable("Can't write the log /data: the disk is full.")

    monkeypatch.setattr(made.staff, "act", full)
    async with HeadcountApp(desk(made)).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await settled(pilot)
        await hold(pilot, 9)
        await pilot.press("enter")
        text = await hold(pilot, 9)
        assert "1 of 3: Bo Brandt" in text
        assert "the disk is full" in text


async def test_without_a_scan_it_offers_one() -> None:
    made = station()
    made.known = Events([Listed(event("Tomorrow", 20 * HOUR), 4)], 0)
    async with HeadcountApp(desk(made)).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("e")
        await settled(pilot)
        assert "No scan is running for this event." in flat(screen_text(pilot.app))
        await pilot.press("t")
        await settled(pilot)
        assert "1 of 3: Bo Brandt" in await hold(pilot, 9)


# --- be a badge ---

NO_ADAPTER = RadioError(
    RadioReason.NO_ADAPTER,
    "This machine has no Bluetooth adapter.",
    remedy="Plug a Bluetooth dongle in, and check with: bluetoothctl list",
)


@dataclass
class FakeBroadcast:
    """Says what it was told to say, and remembers what was asked for."""

    error: RadioError | None = None
    asked: list[tuple[str, BadgeFormat]] = field(default_factory=list)
    taken_back: int = 0
    tell: Callable[[OnAir], None] = lambda _state: None

    async def broadcast(
        self, what: str, form: BadgeFormat, stop: asyncio.Event, tell: Callable[[OnAir], None]
    ) -> None:
        self.asked.append((what, form))
        if self.error:
            raise self.error
        self.tell = tell
        tell(OnAir(Broadcast(what, form), "hci0"))
        await stop.wait()
        self.taken_back += 1


async def test_a_machine_that_is_a_badge() -> None:
    fake = FakeBroadcast()
    async with ScreenApp(BroadcastPage(fake, "Europe/Berlin")).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "Not broadcasting." in flat(screen_text(pilot.app))
        await pilot.press("escape", "f")
        assert "As a service UUID" in flat(screen_text(pilot.app))
        await pilot.press("f", "tab")
        await typed(pilot, uuid(1))
        assert fake.asked == [(uuid(1), BadgeFormat.IBEACON)]
        text = flat(screen_text(pilot.app))
        assert f"Broadcasting {uuid(1)}" in text
        assert "Every 1000 ms on hci0." in text
        fake.tell(OnAir(wait=2.0))
        await pilot.pause()
        text = flat(screen_text(pilot.app))
        assert "Not on the air. The Bluetooth service has ended it. Next try in 2 s." in text
        fake.tell(OnAir(Broadcast(uuid(2), until_ms=1_793_556_000_000), "hci0"))
        await pilot.pause()
        assert "Another id follows at 19:00." in flat(screen_text(pilot.app))
        await pilot.press("s")
        await pilot.pause()
        assert fake.taken_back == 1
        assert "Not broadcasting. It was taken back." in flat(screen_text(pilot.app))
        await pilot.press("s")
        await pilot.pause()
        await pilot.press("q")  # leaving ends it, too
        await pilot.pause()
        assert (len(fake.asked), fake.taken_back) == (2, 2)


async def test_a_machine_that_can_be_no_badge() -> None:
    fake = FakeBroadcast(NO_ADAPTER)
    made = station()
    app = HeadcountApp(desk(made, broadcast=fake))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("b")
        await typed(pilot, uuid(1))
        text = flat(screen_text(app))
        assert "✗ This machine has no Bluetooth adapter. Plug a Bluetooth dongle in" in text
        await pilot.press("q")
