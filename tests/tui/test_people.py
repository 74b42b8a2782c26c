"""The People screen, by keys only, on a fake station."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.tui.fake_station import HOUR, FakePeople, FakeStation, desk, event, person, uuid
from tests.tui.scenes import Played, settled
from tests.tui.screen_app import flat
from tests.tui.test_journey import screen_text

from headcount.clock import ManualClock
from headcount.core.acts import WalkIns
from headcount.core.desk import Desk as Rules
from headcount.core.errors import LogUnwritable
from headcount.core.model import Kind
from headcount.core.news import LogTroubled
from headcount.core.pulse import Nearby
from headcount.core.roster import Roster
from headcount.tui.app import HeadcountApp
from headcount.tui.ports import Events, Listed
from headcount.tui.screens.live import Live
from headcount.tui.screens.people import PeoplePage

SIZE = (100, 30)
ON = Listed(event("Evening", -HOUR), 3)
NAMES = ["Ada Lovelace", "Zoë Łukasz", "Bo Brandt"]


def station(policy: WalkIns = WalkIns.ALLOW, names: list[str] = NAMES) -> FakeStation:
    clock = ManualClock(1_793_556_000_000)
    roster = Roster(((person(n, name), [uuid(n)]) for n, name in enumerate(names)), 1)
    staff = FakePeople(clock, roster, Rules("Door", 15.0, policy))
    return FakeStation(Events([ON], fetched_ms=0), clock=clock, staff=staff)


async def open_people(pilot: Played, *keys: str) -> FakePeople:
    await settled(pilot)
    await pilot.press("slash", *keys)
    await drawn(pilot)
    app = pilot.app
    assert isinstance(app, HeadcountApp)
    staff = app.station.people()
    assert isinstance(staff, FakePeople)
    return staff


async def drawn(pilot: Played) -> str:
    await pilot.pause()
    if isinstance(pilot.app.screen, PeoplePage):
        pilot.app.screen.draw()
    await pilot.pause()
    return screen_text(pilot)


def done(staff: FakePeople) -> list[tuple[Kind, str]]:
    return [(act.record.kind, act.record.user) for act in staff.book.acts.values()]


async def test_two_letters_and_enter_check_in_by_hand() -> None:
    async with HeadcountApp(desk(station())).run_test(size=SIZE) as pilot:
        staff = await open_people(pilot, *"lz", "enter")
        assert done(staff) == [(Kind.MANUAL, "user1")]
        text = await drawn(pilot)
        assert "Zoë Łukasz is checked in by hand." in text
        assert "Ada" not in text
        await pilot.press(*"bo")  # the letters take the old ones' place
        assert "Bo Brandt" in await drawn(pilot)
        await pilot.press("escape", "q")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Live)
        pilot.app.screen.draw()
        await pilot.pause()
        assert "by hand" in screen_text(pilot)


async def test_nothing_is_shown_as_done_before_it_is_on_the_disk() -> None:
    async with HeadcountApp(desk(station())).run_test(size=SIZE) as pilot:
        staff = await open_people(pilot, *"ada")
        staff.disk_waits = True
        await pilot.press("enter", "enter")
        text = await drawn(pilot)
        assert "Writing ..." in text
        assert "not yet" in text
        staff.tell(LogTroubled(LogUnwritable("No space left."), 1))
        assert "Not on the disk yet." in await drawn(pilot)
        staff.write()
        staff.tell(LogTroubled(None, 0))
        assert "Ada Lovelace is checked in by hand." in await drawn(pilot)
        assert done(staff) == [(Kind.MANUAL, "user0")]


async def test_undo_asks_why_and_takes_back_the_last_act() -> None:
    async with HeadcountApp(desk(station())).run_test(size=SIZE) as pilot:
        staff = await open_people(pilot, *"ada", "enter", "escape", "u")
        assert "Take back your last act?" in screen_text(pilot)
        assert "Ada Lovelace is checked in by hand." in screen_text(pilot)
        await pilot.press(*" of mine", "enter")
        text = await drawn(pilot)
        assert "Taken back: Ada Lovelace is checked in by hand." in text
        assert "not yet" in text
        assert [void.record.why for void in staff.book.voids.values()] == ["a mistake of mine"]
        await pilot.press("u")
        assert "nothing of yours to take back in the last 15 minutes" in await drawn(pilot)


async def test_after_fifteen_minutes_nothing_is_taken_back() -> None:
    fake = station()
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        await open_people(pilot, *"ada", "enter", "escape")
        fake.clock.advance(16 * 60)
        await pilot.press("u")
        assert "nothing of yours to take back" in await drawn(pilot)


async def test_excused_with_a_reason() -> None:
    async with HeadcountApp(desk(station())).run_test(size=SIZE) as pilot:
        staff = await open_people(pilot, *"ada", "escape", "e", "enter")
        assert "Nothing was typed." in screen_text(pilot)
        await pilot.press(*"ill", "enter")
        assert "excused" in await drawn(pilot)
        assert [act.record.why for act in staff.book.acts.values()] == ["ill"]


async def test_a_badge_is_chosen_from_the_unknown_ones_heard() -> None:
    fake = station()
    fake.heard = [Nearby(uuid(70 + n), None, -80 + 10 * n, 0.0) for n in range(3)]
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        app = pilot.app
        assert isinstance(app, HeadcountApp)
        await settled(pilot)
        app.sample()
        staff = await open_people(pilot, *"ada", "escape", "b", "enter")
        assert "Ada Lovelace has the badge 00000048" in await drawn(pilot)
        assert staff.roster.owner(uuid(72)) == person(0, "Ada Lovelace")


@pytest.mark.parametrize(
    ("typed", "words"),
    [("xyz", "32 hexadecimal digits"), (uuid(2), "It is Bo Brandt's now")],
)
async def test_a_typed_badge_is_checked(typed: str, words: str) -> None:
    async with HeadcountApp(desk(station())).run_test(size=SIZE) as pilot:
        staff = await open_people(pilot, *"ada", "escape", "b", *typed, "enter")
        assert words in screen_text(pilot)
        assert done(staff) == []


async def test_an_unknown_badge_is_claimed_from_the_live_screen() -> None:
    fake = station()
    fake.heard = [Nearby(uuid(70), None, -40, 0.0)]
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        app = pilot.app
        assert isinstance(app, HeadcountApp)
        await settled(pilot)
        app.sample()
        await pilot.pause()
        assert isinstance(app.screen, Live)
        app.screen.draw()
        await pilot.press("c")
        assert "whose is it?" in await drawn(pilot)
        await pilot.press(*"ada", "enter", "right", "enter")
        assert "Ada Lovelace has the badge 00000046" in await drawn(pilot)
        assert fake.staff
        assert fake.staff.roster.owner(uuid(70)) == person(0, "Ada Lovelace")


async def test_a_badge_claimed_for_a_walk_in_is_taken_back_at_once() -> None:
    fake = station()
    fake.heard = [Nearby(uuid(70), None, -40, 0.0)]
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        app = pilot.app
        assert isinstance(app, HeadcountApp)
        await settled(pilot)
        app.sample()
        await pilot.pause()
        app.screen.draw()  # type: ignore[attr-defined] # the live screen
        await pilot.press("c", *"Xaver", "enter", "enter")
        staff = app.station.people()
        assert isinstance(staff, FakePeople)
        assert done(staff) == [(Kind.WALK_IN, "new0"), (Kind.ASSIGN, "new0")]
        await pilot.press("escape", "u")
        assert "Xaver is checked in as a walk-in. Xaver has the badge 00000046" in flat(
            screen_text(pilot)
        )
        await pilot.press("enter")
        assert "Taken back: Xaver" in await drawn(pilot)
        assert set(staff.book.voids) == set(staff.book.acts)
        assert staff.roster.owner(uuid(70)) is None


@pytest.mark.parametrize(
    ("policy", "more", "expected"),
    [
        (WalkIns.ALLOW, (), True),
        (WalkIns.ASK, ("enter",), False),
        (WalkIns.ASK, ("right", "enter"), True),
    ],
)
async def test_a_walk_in_under_the_policy(
    policy: WalkIns, more: tuple[str, ...], *, expected: bool
) -> None:
    async with HeadcountApp(desk(station(policy))).run_test(size=SIZE) as pilot:
        staff = await open_people(pilot, *"Xaver", "enter", "enter", *more)
        assert done(staff) == ([(Kind.WALK_IN, "new0")] if expected else [])
        text = await drawn(pilot)
        assert ("Xaver is checked in as a walk-in." in text) is expected


async def test_walk_ins_refused_says_what_to_do() -> None:
    async with HeadcountApp(desk(station(WalkIns.REFUSE))).run_test(size=SIZE) as pilot:
        staff = await open_people(pilot, *"Xaver", "enter")
        assert "does not take walk-ins" in screen_text(pilot)
        assert "Send the person" in screen_text(pilot)
        await pilot.press("enter")
        assert done(staff) == []


async def test_why_not_seen_says_what_is_heard_and_what_to_do() -> None:
    fake = station()
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        await open_people(pilot, *"ada", "escape")
        app = pilot.app
        assert isinstance(app, HeadcountApp)
        for _second in range(3):
            fake.frames += 40
            fake.clock.advance(1)
            app.sample()
        await pilot.press("w")
        text = screen_text(pilot)
        assert "Why is Ada Lovelace not seen?" in text
        assert "40 frames/s" in text
        assert "Not heard now: 00000000" in text
        assert "Switch Bluetooth on" in text
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, PeoplePage)


async def test_without_a_scan_the_start_is_offered() -> None:
    fake = station()
    later = replace(ON, event=event("Choir", 2 * HOUR))
    fake.known = Events([later], fetched_ms=0)
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("p")
        assert "No scan is running for this event." in await drawn(pilot)
        await pilot.press("escape", "t")
        await settled(pilot)
        assert fake.scanned == ["choir"]
        assert "3 people" in await drawn(pilot)


async def test_somebody_who_came_is_not_checked_in_again() -> None:
    fake = station()
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        staff = await open_people(pilot)
        fake.arrive(0, "Ada Lovelace")
        await pilot.press(*"ada", "enter")
        assert "checked in already, since 18:00:00" in await drawn(pilot)
        assert done(staff) == []


async def test_ten_thousand_people_are_searched_at_once() -> None:
    names = [f"Person {n:05d} Family{n % 977}" for n in range(10_000)]
    async with HeadcountApp(desk(station(names=names))).run_test(size=SIZE) as pilot:
        await open_people(pilot, *"09999")
        assert "Person 09999" in await drawn(pilot)
        assert screen_text(pilot).count("Person ") < SIZE[1]


@pytest.mark.parametrize("name", ["[red]Ann[/red]", "Ann\x1b[2J\x1b]0;t\x07", "Ann\r\n\u202eBen"])
async def test_a_hostile_name_changes_nothing_but_its_own_row(name: str) -> None:
    async with HeadcountApp(desk(station(names=[name, "Bo"]))).run_test(size=SIZE) as pilot:
        staff = await open_people(pilot, *"ann", "enter")
        text = await drawn(pilot)
        assert done(staff) == [(Kind.MANUAL, "user0")]
        assert not [char for char in text if char != "\n" and not char.isprintable()]
        strips = pilot.app.screen._compositor.render_strips()
        assert {strip.cell_length for strip in strips} == {SIZE[0]}
