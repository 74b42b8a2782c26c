"""Names that come from outside are drawn as they are: they steer neither terminal nor screen."""

from __future__ import annotations

import pytest
from tests.tui.fake_station import HOUR, NOW, FakeStation, desk, event
from tests.tui.scenes import drawn, settled
from tests.tui.test_journey import screen_text
from textual.pilot import Pilot

from headcount.core.doors import Came, Elsewhere
from headcount.core.identity import clean_text
from headcount.core.lan import Door
from headcount.core.model import Event
from headcount.core.news import DoorsChanged
from headcount.tui.app import HeadcountApp
from headcount.tui.ports import Ended, Events, Listed

HOSTILE = [
    "[red]Ann[/red]",
    "[@click=app.quit]Ann[/]",
    "Ann\x1b[2J\x1b]0;title\x07",
    "Ann\r\n\u202eBen",
    "Ann\u0300" + "\u0301" * 200,
    "\N{WOMAN}" * 60,
    "",
]
SIZE = (100, 30)


async def shown(pilot: Pilot[list[Ended]], station: FakeStation, name: str) -> str:
    await settled(pilot)
    station.arrive(1, name)
    station.heard = [station.near(1, -50, name)]
    station.clock.advance(1)
    app = pilot.app
    assert isinstance(app, HeadcountApp)
    app.sample()
    await drawn(pilot)
    return screen_text(pilot)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_name_changes_nothing_but_its_own_cell(name: str) -> None:
    texts = []
    for each in ("Harmless", name):
        hostile = Event("evening", each, event("x", -HOUR).start, event("x", HOUR).end)
        fake = FakeStation(Events([Listed(hostile)]))
        async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
            texts.append(await shown(pilot, fake, each))
            assert pilot.app.is_running
            strips = pilot.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {SIZE[0]}
    harmless, attacked = texts
    assert not [char for char in attacked if char != "\n" and not char.isprintable()]
    lines = zip(harmless.splitlines(), attacked.splitlines(), strict=True)
    assert sum(a != b for a, b in lines) <= 2  # the title, and the row of the person


@pytest.mark.parametrize("name", [name for name in HOSTILE if name], ids=range(len(HOSTILE) - 1))
async def test_a_hostile_door_is_shown_as_it_calls_itself(name: str) -> None:
    """As lan/hearer.py cleans it; the words of its trouble are our own."""
    fake = FakeStation(Events([Listed(Event("evening", "E", event("x", -HOUR).start, NOW * 2))]))
    called = clean_text(name)
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        await shown(pilot, fake, "Ann")
        came = {"user1": Came(called, NOW - HOUR)}
        door = Door(called, connected=True, last_ms=fake.now().wall_ms, records=1)
        fake.tell(DoorsChanged((door,), Elsewhere(came, frozenset(came))))
        await drawn(pilot)
        live = screen_text(pilot)
        await pilot.press("h")
        await settled(pilot)
        for text in (live, screen_text(pilot)):
            assert not [char for char in text if char != "\n" and not char.isprintable()]
        assert f"{called[:24].rstrip()} told 0 s ago" in live
        assert called[:5] in screen_text(pilot)
        strips = pilot.app.screen._compositor.render_strips()
        assert {strip.cell_length for strip in strips} == {SIZE[0]}
