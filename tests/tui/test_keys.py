"""Keys can be changed in config.toml, and a mistake there is named before the screen opens."""

from __future__ import annotations

import pytest
from tests.tui.fake_station import FakeStation, desk
from tests.tui.scenes import EVENTS, settled
from tests.tui.test_journey import screen_text

from headcount.core.errors import ConfigError
from headcount.tui.app import HeadcountApp
from headcount.tui.keys import keymap
from headcount.tui.ports import Events
from headcount.tui.screens import page_keys


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"filtr": "f3"}, ["keys.filtr", "Did you mean keys.filter?"]),
        ({"filter": "f 3"}, ["keys.filter", "'f 3'", "no key"]),
        ({"filter": "n"}, ["keys.filter", "new_event"]),
        ({"filter": "?"}, ["keys.filter", "help"]),
        ({"health": "q"}, ["keys.health", "back"]),
    ],
)
def test_a_mistake_names_key_and_reason(wanted: dict[str, str], expected: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        keymap(wanted, page_keys())
    assert [part for part in expected if part not in str(caught.value)] == []
    assert caught.value.exit_code == 2


def test_two_acts_can_change_keys_with_each_other() -> None:
    wanted = {"fetch": "n", "new_event": "f"}
    assert keymap(wanted, page_keys()) == wanted


async def test_a_changed_key_works_and_is_shown() -> None:
    station = FakeStation(Events(EVENTS, 0))
    async with HeadcountApp(desk(station, keys={"filter": "f3"})).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert "f3 Filter" in screen_text(pilot)
        await pilot.press("f3", *"choir")
        await settled(pilot)
        assert "Robotics" not in screen_text(pilot)


async def test_every_act_of_the_picker_is_in_the_palette() -> None:
    station = FakeStation(Events(EVENTS, 0))
    app = HeadcountApp(desk(station))
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        found = {command.title for command in app.get_system_commands(app.screen)}
    wanted = {"Filter", "Rehearsal", "New", "Fetch", "Health", "Help", "Quit", "Theme: light"}
    assert wanted <= found
