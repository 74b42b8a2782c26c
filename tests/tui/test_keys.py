"""Keys can be changed in config.toml, and a mistake there is named before the screen opens."""

from __future__ import annotations

import importlib

import pytest
from tests.tui.fake_station import FakeStation, desk
from tests.tui.scenes import EVENTS, settled
from tests.tui.test_journey import screen_text
from textual.binding import Binding

from headcount.core.errors import ConfigError
from headcount.tui.app import HeadcountApp
from headcount.tui.keys import EVERYWHERE, SCREEN_ACTS, keymap
from headcount.tui.ports import Events
from headcount.tui.screens import page_keys
from headcount.tui.screens.base import Page


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
    wanted = {"rehearsal": "n", "new_event": "r"}
    assert keymap(wanted, page_keys()) == wanted


def test_acts_of_different_screens_may_share_a_key() -> None:
    assert keymap({"verify": "n"}, page_keys()) == {"verify": "n"}


def test_every_screens_acts_are_known() -> None:
    modules = {"log": "log_review"}
    for screen, acts in SCREEN_ACTS.items():
        module = importlib.import_module(f"headcount.tui.screens.{modules.get(screen, screen)}")
        bound = {
            binding.id
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, Page)
            if kind.__module__ == module.__name__
            for base in kind.__mro__
            for binding in vars(base).get("BINDINGS", ())
            if isinstance(binding, Binding) and binding.id
        }
        assert bound - EVERYWHERE - page_keys().keys() == acts, screen


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
