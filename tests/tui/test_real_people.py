"""Acts of the People screen on the real parts: simulated radio, real log; driven by keys."""

from __future__ import annotations

from pathlib import Path

from tests.tui.test_journey import screen_text
from tests.tui.test_real_station import SIZE, know, make_config, on_now, records, until

from headcount.bootstrap.desk import ScanOptions, StationDesk, make_desk
from headcount.bootstrap.radio import RadioChoice
from headcount.config import Config
from headcount.tui.app import HeadcountApp
from headcount.tui.screens.live import Live
from headcount.tui.screens.people import PeoplePage


def scanning(config: Config) -> StationDesk:
    """Nobody has a phone with them."""
    choice = RadioChoice("simulated", phones=0, seed=1, seconds=600)
    return StationDesk(config, options=ScanOptions(choice))


async def test_hand_undo_and_walk_in_are_on_the_disk_and_on_the_live_screen(
    tmp_path: Path,
) -> None:
    config = make_config(tmp_path)
    know(config, on_now("Evening"), people=9)
    app = HeadcountApp(make_desk(scanning(config), config))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Live))
        await until(pilot, lambda: app.session.state.begun is not None)
        await pilot.press("slash", *"person 8", "enter")
        await until(pilot, lambda: "Person 8 is checked in by hand." in screen_text(pilot))
        assert app.session.state.counters.checked_in == 1
        await pilot.press(*"person 7", "enter")
        await until(pilot, lambda: app.session.state.counters.checked_in == 2)
        await pilot.press("escape", "u", "enter")
        await until(pilot, lambda: "Taken back: Person 7" in screen_text(pilot))
        await pilot.press("slash", *"Xaver", "enter", "enter", "right", "enter")
        await until(pilot, lambda: "Xaver is checked in as a walk-in." in screen_text(pilot))
        assert app.session.state.counters.checked_in == 2
        await pilot.press("escape", "q")
        await until(pilot, lambda: "Xaver" in screen_text(pilot))
    kinds = [line["kind"] for line in records(config, "evening") if "user" in line or "of" in line]
    assert kinds == ["manual", "manual", "void", "walkIn"]


async def test_a_second_start_knows_the_acts_and_comes_back_to_the_people(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    know(config, on_now("Evening"), people=9)
    app = HeadcountApp(make_desk(scanning(config), config))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Live))
        await pilot.press("slash", *"person 8", "enter")
        await until(pilot, lambda: "checked in by hand." in screen_text(pilot))
    again = HeadcountApp(make_desk(scanning(config), config))
    async with again.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(again.screen, PeoplePage))
        await until(pilot, lambda: "1 checked in" in screen_text(pilot))
