"""The operator's steps, by keys only, on a fake station."""

from __future__ import annotations

from tests.tui.fake_station import HOUR, MINUTE, FakeStation, desk, event
from tests.tui.scenes import settled
from tests.tui.screen_app import flat
from textual.pilot import Pilot

from headcount.tui.app import HeadcountApp
from headcount.tui.ports import Ended, Events, Listed
from headcount.tui.screens.live import Live
from headcount.tui.screens.picker import Picker
from headcount.tui.widgets.table import Table

SIZE = (100, 30)
LATER = Listed(event("Choir", 2 * HOUR), 12)
PAST = Listed(event("Brass band", -30 * HOUR), 9)
ON = Listed(event("Evening", -HOUR), 312)


def station(*listed: Listed) -> FakeStation:
    return FakeStation(Events(listed, fetched_ms=0))


def screen_text(pilot: Pilot[list[Ended]]) -> str:
    """What is on the terminal."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


async def test_one_event_on_now_is_opened_at_once() -> None:
    fake = station(LATER, ON, PAST)
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert isinstance(pilot.app.screen, Live)
        assert fake.scanned == ["evening"]
        assert "Evening · 18:00:00 · Entrance-1" in screen_text(pilot)


async def test_two_events_on_now_are_asked_about_with_both_on_top() -> None:
    fake = station(LATER, ON, PAST, Listed(event("Workshop", -MINUTE), 4))
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert isinstance(pilot.app.screen, Picker)
        assert fake.scanned == []
        table = pilot.app.screen.query_one("#events", Table)
        assert [table._rows[n].key for n in range(4)] == [
            "evening", "workshop", "choir", "brass-band",
        ]  # fmt: skip
        await pilot.press("down", "enter")
        await settled(pilot)
        assert fake.scanned == ["workshop"]


async def test_arrivals_show_with_name_state_and_counters() -> None:
    fake = station(ON)
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        fake.arrive(1, "Ada Abara")
        fake.arrive(2, "Bo Brandt", registered=False)
        fake.clock.advance(1)
        assert isinstance(pilot.app.screen, Live)
        pilot.app.screen.draw()
        await pilot.pause()
        shown = screen_text(pilot)
        assert "18:00:00 Ada Abara" in shown
        assert "✓ registered" in shown
        assert "+ walk-in" in shown


async def test_leaving_asks_and_stops_in_order() -> None:
    fake = station(ON)
    app = HeadcountApp(desk(fake))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("q")
        assert "Stop scanning?" in screen_text(pilot)
        await pilot.press("enter")  # the first answer goes on
        assert isinstance(pilot.app.screen, Live)
        await pilot.press("q", "right", "enter")
        await settled(pilot)
        assert "3 records are safe here. They are unsent" in flat(screen_text(pilot))
        assert "The log is /data/log.jsonl" in flat(screen_text(pilot))
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, Picker)
        await pilot.press("q")
        await settled(pilot)
    assert [ended.event.id for ended in app.return_value or []] == ["evening"]


async def test_a_restart_comes_back_to_the_same_event_and_screen() -> None:
    other = Listed(event("Workshop", -MINUTE), 4)
    fake = station(ON, other)
    fake.values["lastScreen"] = {"event": "workshop", "page": "health"}
    async with HeadcountApp(desk(fake)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert fake.scanned == ["workshop"]
        assert "Health" in screen_text(pilot)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Live)
