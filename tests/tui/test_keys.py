"""Keys can be changed in config.toml, and a mistake there is named before the screen opens."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from tests.tui.admin.fakes import ADMIN, SHEETS, FakeAdmin
from tests.tui.admin.steps import shown
from tests.tui.fake_station import FakeStation, desk
from tests.tui.scenes import EVENTS, settled
from tests.tui.test_journey import screen_text
from textual.binding import Binding

from headcount.core.errors import ConfigError
from headcount.tui.admin import ADMIN_PAGES
from headcount.tui.admin.keys import ADMIN_ACTS
from headcount.tui.app import HeadcountApp
from headcount.tui.keys import EVERYWHERE, SCREEN_ACTS, USUAL, keymap
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
        ({"events_plan": "n"}, ["keys.events_plan", "events_new"]),
        ({"audit_older": "/"}, ["keys.audit_older", "filter"]),
        ({"admin_sign_out": "d"}, ["keys.admin_sign_out", "admin_care"]),
        ({"fetch": "c"}, ["keys.fetch", "already"]),
        ({"person_erase": "?"}, ["keys.person_erase", "help"]),
        ({"events_plans": "p"}, ["keys.events_plans", "Did you mean keys.events_plan?"]),
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
    assert keymap({"scanners_pair": "z"}, page_keys()) == {"scanners_pair": "z"}


def bindings_of(module: str) -> list[Binding]:
    """All bindings of a module's page."""
    found = importlib.import_module(f"headcount.tui.{module}")
    return [
        binding
        for kind in vars(found).values()
        if isinstance(kind, type) and issubclass(kind, Page) and kind.__module__ == found.__name__
        for base in kind.__mro__
        if base.__module__.startswith("headcount.")
        for binding in vars(base).get("BINDINGS", ())
        if isinstance(binding, Binding)
    ]


def test_every_screens_acts_are_known() -> None:
    modules = {"log": "log_review"}
    for screen, acts in SCREEN_ACTS.items():
        bound = {each.id for each in bindings_of(f"screens.{modules.get(screen, screen)}")}
        assert bound - {None} - EVERYWHERE - page_keys().keys() == acts, screen


ADMIN_MODULES = {page.name: page.module for page in ADMIN_PAGES} | {
    "admin": "admin.home",
    "person": "admin.person",
    "request": "admin.request",
    "purge": "admin.purge",
}


@pytest.mark.parametrize("page", ADMIN_MODULES)
def test_every_act_of_an_admin_page_can_have_another_key(page: str) -> None:
    bound = bindings_of(ADMIN_MODULES[page])
    assert {each.id for each in bound} - {None} - EVERYWHERE == ADMIN_ACTS[page]
    nameless = [each for each in bound if each.description and not each.id]
    assert {each.key for each in nameless} <= {"escape"}
    assert [each.id for each in bound if each.id and each.key != USUAL[each.id]] == []


def test_the_docs_name_every_act_with_its_key() -> None:
    text = (Path(__file__).parents[2] / "docs" / "screens.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    named = {
        act: key.casefold()
        for acts, keys in rows
        for act, key in zip(
            re.findall(r"`(\w+)`", acts), re.findall(r"`([^`]+)`", keys), strict=False
        )
    }
    shown = {"question_mark": "?", "slash": "/"}
    usual = {act: shown.get(key, key) for act, key in (USUAL | page_keys()).items()}
    assert {act: key for act, key in usual.items() if named.get(act) != key} == {}


async def test_a_changed_key_works_and_is_shown() -> None:
    station = FakeStation(Events(EVENTS, 0))
    async with HeadcountApp(desk(station, keys={"filter": "f3"})).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert "f3 Filter" in screen_text(pilot)
        await pilot.press("f3", *"choir")
        await settled(pilot)
        assert "Robotics" not in screen_text(pilot)


async def test_a_changed_key_of_the_admin_works_and_is_shown_in_menu_footer_and_help() -> None:
    keys = {"admin_events": "f2", "events_new": "f4", "tick": "f6", "people_of_event": "f7"}
    admin = FakeAdmin(ADMIN, sheets=SHEETS)
    given = desk(FakeStation(Events(EVENTS, 0)), keys=keys, admin=lambda: admin)
    async with HeadcountApp(given).run_test(size=(120, 30)) as pilot:
        await shown(pilot, "Robotics")
        await pilot.press("a")
        await shown(pilot, "f2 Events")
        await pilot.press("f2")
        await shown(pilot, "f4 New", "Evening 39")
        await pilot.press("f4")
        await shown(pilot, "New event")
        await pilot.press("escape", "q", "p", "question_mark")
        await shown(pilot, "f6 marks people;", "f7 shows who is registered for an event")


async def test_every_act_of_the_picker_is_in_the_palette() -> None:
    station = FakeStation(Events(EVENTS, 0))
    app = HeadcountApp(desk(station))
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        found = {command.title for command in app.get_system_commands(app.screen)}
    wanted = {"Filter", "Rehearsal", "New", "Fetch", "Health", "Help", "Quit", "Theme: light"}
    assert wanted <= found
