"""The screens on the real parts: simulated radio, real log, real backend; driven by keys."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.tui.scenes import Played
from tests.tui.screen_app import flat
from tests.tui.test_journey import screen_text

from headcount.bootstrap.desk import ScanOptions, StationDesk, make_desk
from headcount.bootstrap.paths import log_path, state_dir
from headcount.bootstrap.radio import RadioChoice
from headcount.bootstrap.rehearsal import Rehearsal
from headcount.clock import SystemClock
from headcount.config import Backend, Config, Identify, Ui
from headcount.core.model import Event, Person
from headcount.store.pushed import LATEST, ToldSettings, save_told
from headcount.store.station import StationStore
from headcount.tui.app import HeadcountApp
from headcount.tui.screens.live import Live
from headcount.tui.screens.picker import Picker
from headcount.tui.screens.receipt import ReceiptCard

SIZE = (100, 30)
SECONDS = 20
NOON = 129_600_000


def make_config(folder: Path) -> Config:
    """A station without a backend; a badge counts at its first advert."""
    return Config(
        data_dir=str(folder / "data"),
        backend=Backend(url="http://127.0.0.1:9", timeout_seconds=1),
        identify=Identify(min_hits=1, min_rssi=-127),
        ui=Ui(bell=False, language="en"),
    )


def station(config: Config, phones: int = 8) -> StationDesk:
    """Everybody arrives within two seconds, and repeats often enough to be heard."""
    choice = RadioChoice("simulated", phones=phones, seed=1, seconds=6)
    return StationDesk(config, options=ScanOptions(choice))


def know(config: Config, *events: Event, people: int = 0) -> None:
    """What an earlier fetch has left."""
    store = StationStore(config.data_path / "station")
    now = SystemClock().now().wall_ms
    store.save_events(events, now)
    members = [
        (Person(f"u{n}", f"Person {n}"), (f"{n:08x}-0000-4000-8000-000000000000",))
        for n in range(people)
    ]
    for event in events:
        store.save_roster(event.id, members, now)


def on_now(name: str) -> Event:
    now = SystemClock().now().wall_ms
    return Event(name.lower(), name, now - 60_000, now + 3_600_000)


async def until(pilot: Played, true: Callable[[], bool]) -> None:
    """Wait for what real time brings."""
    async with asyncio.timeout(SECONDS):
        while not true():
            await pilot.pause(0.05)


def records(config: Config, event_id: str) -> list[dict[str, object]]:
    text = log_path(config, event_id).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


async def test_from_the_picker_to_people_on_the_screen_and_on_the_disk(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    know(config, on_now("Evening"), on_now("Workshop"), people=8)
    app = HeadcountApp(make_desk(station(config), config))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Workshop" in screen_text(pilot))
        assert isinstance(app.screen, Picker)
        assert "offline" in screen_text(pilot) or "asking" in screen_text(pilot)
        await pilot.press("slash", *"work", "enter")
        await until(pilot, lambda: app.session.state.counters.checked_in == 8)
        await until(pilot, lambda: "Person 7" in screen_text(pilot))
        assert isinstance(app.screen, Live)
        await pilot.press("q", "right", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReceiptCard))
        assert "8 badges are in the log." in flat(screen_text(pilot))
        await pilot.press("right", "enter")
        await until(pilot, lambda: "Copy to which folder?" in screen_text(pilot))
        await pilot.press("escape", "q")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("q")
    assert [ended.badges for ended in app.return_value or []] == [8]
    assert len({record["bleUuid"] for record in records(config, "workshop")}) == 8


async def test_a_scan_that_is_left_in_any_way_keeps_what_it_heard(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    know(config, on_now("Evening"), people=3)
    app = HeadcountApp(make_desk(station(config), config))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.session.state.counters.checked_in == 3)
        app.exit()  # as an error in a screen would
    assert not app.session.running
    assert len(records(config, "evening")) >= 3


async def test_new_settings_of_the_backend_are_shown_and_taken_by_a_key(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    know(config, on_now("Evening"), people=3)
    desk = station(config)
    app = HeadcountApp(make_desk(desk, config))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.session.state.counters.checked_in == 3)
        assert "New settings" not in screen_text(pilot)
        told = ToldSettings(
            config.backend.url, "x", "", "", {"away_minutes": 3, "min_rssi": 9}, NOON
        )
        save_told(state_dir(config), LATEST, told)
        banner = "New settings from the backend: Away after, min: 10 -> 3."
        await until(pilot, lambda: banner in flat(screen_text(pilot)))
        assert "at the next scan, or now with n." in flat(screen_text(pilot))
        first = app.session.state
        await pilot.press("n", "right", "enter")
        await until(pilot, lambda: app.session.state is not first)
        await until(pilot, lambda: app.session.state.told_settings is not None)
        await until(pilot, lambda: banner not in flat(screen_text(pilot)))
        said = "\n".join(each.message for each in app._notifications)
        assert "Settings of the backend hold from now on: Away after, min: 10 -> 3." in said
        assert "identify.min_rssi: expected a whole number from -127 to -50, not 9." in said
        assert app.session.state.counters.checked_in == 3  # the log is the same one
    found = {each.key: each for each in desk.settings()}
    away = found["identify.away_minutes"]
    assert (away.value, away.source[:24]) == ("3.0", "the backend, 1970-01-02 ")


async def test_a_second_start_knows_who_came_before(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    know(config, on_now("Evening"), people=3)
    for _ in range(2):
        app = HeadcountApp(make_desk(station(config), config))
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: "Person 2" in screen_text(pilot))


def _is_shown(pilot: Played, words: str) -> bool:
    return words in screen_text(pilot)


async def test_an_event_can_be_made_with_the_network_cable_out(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    app = HeadcountApp(make_desk(station(config), config))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "No event is known yet" in screen_text(pilot))
        await pilot.press("n", *"Choir", "enter")
        await until(pilot, lambda: "Choir (made here)" in screen_text(pilot))
        for key, title in {
            "l": "Log: Choir ",
            "m": "Muster: Choir ",
            "p": "People: Choir ",
        }.items():
            await pilot.press(key)
            await until(pilot, partial(_is_shown, pilot, title))
            await pilot.press("escape", "q")
    made = station(config).events().listed[0]
    assert made.local
    assert made.event.id.startswith("choir-")


async def test_the_backends_event_of_the_same_id_takes_its_place(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    desk = station(config)
    desk.create_event(Event("choir", "Choir, made here", 1, 2))
    know(config, Event("choir", "Choir", 3, 4))
    assert [(each.event.name, each.local) for each in desk.events().listed] == [("Choir", False)]


async def test_a_rehearsal_leaves_nothing_behind(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    station_ = await asyncio.to_thread(Rehearsal.begin, config, people=5)
    folder = station_.config.data_path
    try:
        app = HeadcountApp(make_desk(station_, station_.config, "rehearsal"))
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: "REHEARSAL" in screen_text(pilot))
            await until(pilot, lambda: app.session.state.last is not None)
        assert folder.exists()
    finally:
        await asyncio.to_thread(station_.close)
    assert not folder.exists()
    assert not config.data_path.exists()


async def test_settings_say_where_they_come_from_and_hide_secrets(tmp_path: Path) -> None:
    desk = StationDesk(make_config(tmp_path), {"identify.min_hits": "config.toml"})
    rows = {each.key: each for each in desk.settings()}
    assert rows["identify.min_hits"][:3] == ("identify.min_hits", "1", "config.toml")
    assert rows["identify.strict"].source == ""
    assert rows["backend.key"].value == "not set"


async def test_health_looks_at_the_real_machine_while_the_screens_have_the_terminal(
    tmp_path: Path,
) -> None:
    config = make_config(tmp_path)
    app = HeadcountApp(make_desk(station(config), config))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "No event is known yet" in screen_text(pilot))
        await pilot.press("h")
        await until(pilot, lambda: "The configuration is right" in screen_text(pilot))
        await pilot.press("tab", "home", "enter")
        await until(pilot, lambda: "Esc closes this." in screen_text(pilot))
        assert "simulated: no Bluetooth is used" in flat(screen_text(pilot))
        await pilot.press("escape", "tab", "enter")
        await until(pilot, lambda: "Comes from: " in screen_text(pilot))
