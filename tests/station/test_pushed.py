"""Settings that the backend decides: fetched at a contact, shown, in force from the next scan."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from tests.api.conftest import KEY, serve

from headcount import __version__
from headcount.api.app import create_app
from headcount.bootstrap.contact import Contact
from headcount.bootstrap.doctor.settings import settings as probe
from headcount.bootstrap.fetching import fetch
from headcount.bootstrap.paths import make_data_dir, state_dir
from headcount.bootstrap.pushed import PushedSettings
from headcount.bootstrap.radio import RadioChoice, make_radio
from headcount.bootstrap.scan import Pace, ScanRun, Started
from headcount.bootstrap.sync import make_client
from headcount.cli.scan_output import pushed_dict
from headcount.clock import ManualClock, SystemClock
from headcount.config import Backend, Config, Identify, Station
from headcount.config.sections import Fleet
from headcount.core.doctor import Severity
from headcount.core.model import HearingChanged
from headcount.core.news import News, SettingChange, SettingsPushed
from headcount.core.ports import Radio
from headcount.core.roster import Roster
from headcount.store.pushed import IN_FORCE, LATEST, ToldSettings, load_told, save_told
from headcount.store.server import Store, open_store
from headcount.store.station import StationStore
from headcount.tui.fleet_words import pushed_words

NOW = 1_753_012_800_000
"""Noon of 2025-07-20, UTC: the same day nearly everywhere."""
RSSI = SettingChange("identify.min_rssi", "-80", "-75")


def station(folder: Path, url: str = "http://127.0.0.1:9", **more: Any) -> Config:
    config = Config(
        data_dir=str(folder / "data"),
        station=Station(scanner_id="North"),
        backend=Backend(url=url, key=SecretStr(KEY), timeout_seconds=10),
        **more,
    )
    make_data_dir(config)
    state_dir(config).mkdir(exist_ok=True)
    return config


def told(config: Config, name: str = LATEST, url: str = "", **settings: object) -> None:
    """What a contact has left."""
    server = url or config.backend.url
    kept = ToldSettings(server, "North", '"t"', "Foyer", settings, NOW)
    save_told(state_dir(config), name, kept)


@dataclass
class Served:
    store: Store
    url: str


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    store = open_store(f"sqlite:///{tmp_path / 'backend.sqlite3'}")
    app = create_app(store, clock=SystemClock(), scanner_key=KEY)
    with serve(app) as address:
        yield Served(store, f"http://{address}")
    store.close()


async def contact(config: Config, clock: ManualClock | None = None) -> None:
    async with make_client(config) as client:
        await Contact(config, clock or ManualClock(NOW))(client)


async def test_a_contact_tells_the_versions_and_fetches_only_what_is_new(
    tmp_path: Path, served: Served
) -> None:
    config = station(tmp_path, served.url)
    await contact(config)
    row = served.store.scanners(limit=9).items[0]
    assert (row.name, row.versions.headcount, row.outdated) == ("North", __version__, False)
    assert row.versions.bleak[:1].isdigit()
    assert row.versions.os
    await contact(config, ManualClock(NOW + 60_000))
    kept = load_told(state_dir(config), LATEST)
    assert kept
    assert kept.fetched_ms == NOW  # the second time nothing was new
    assert not PushedSettings(config).waiting().changes
    served.store.change_settings("North", {"min_rssi": -75}, now_ms=NOW)
    await asyncio.to_thread(fetch, config, StationStore(state_dir(config)), 5.0)
    assert PushedSettings(config).waiting().changes == (RSSI,)


async def test_an_older_backend_and_none_at_all_are_no_trouble(tmp_path: Path) -> None:
    config = station(tmp_path)
    await contact(config)  # nobody listens there
    with serve(Starlette()) as address:  # 404 for everything
        await contact(station(tmp_path, f"http://{address}"))
    assert load_told(state_dir(config), LATEST) is None
    assert PushedSettings(config).take().config == config


def test_what_was_fetched_is_shown_and_holds_from_the_next_scan_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = station(tmp_path)
    told(config, min_rssi=-75, dedupe_minutes=5)
    found = list(probe(config, {}))
    assert [(each.name, each.what) for each in found if each.severity is Severity.NOTE] == [
        ("new-settings", "New settings from the backend: identify.min_rssi -80 -> -75.")
    ]
    assert PushedSettings(config).in_force().config.identify.min_rssi == -80
    pushed = PushedSettings(config)
    with caplog.at_level(logging.INFO):
        effect = pushed.take()
    assert effect.config.identify.min_rssi == -75
    assert effect.sources["identify.min_rssi"].startswith("the backend, 2025-07-20 ")
    begun = pushed.begun()
    assert begun == SettingsPushed((RSSI,), (), in_force=True, fetched_ms=NOW)
    assert "identify.min_rssi -80 -> -75" in caplog.text
    again = PushedSettings(config)  # a restart without a network
    assert again.take().config.identify.min_rssi == -75
    assert again.begun() is None
    texts = [each.what for each in probe(config, {})]
    assert any("From the backend (2025-07-20" in each and "Foyer" in each for each in texts)
    told(config)  # the admin takes it back
    assert PushedSettings(config).waiting().changes == (RSSI._replace(before="-75", after="-80"),)
    assert PushedSettings(config).take().config == config


@pytest.mark.parametrize(
    ("accept", "sources", "taken"),
    [
        (True, {}, (-75, 3)),
        (True, {"identify.min_rssi": "/home/pi/config.toml"}, (-75, 3)),
        (True, {"identify.min_rssi": "the environment (HEADCOUNT_IDENTIFY__MIN_RSSI)"}, (-80, 3)),
        (True, {"identify.min_hits": "the command line"}, (-75, 2)),
        (False, {}, (-80, 2)),
        (("identify.min_hits",), {}, (-80, 3)),
        ((), {}, (-80, 2)),
    ],
)
def test_what_the_owner_marked_is_respected(
    tmp_path: Path, accept: bool | tuple[str, ...], sources: dict[str, str], taken: tuple[int, int]
) -> None:
    config = station(tmp_path, fleet=Fleet(accept=accept))
    told(config, min_rssi=-75, min_hits=3)
    effect = PushedSettings(config, sources).take()
    identify = effect.config.identify
    assert (identify.min_rssi, identify.min_hits) == taken
    assert len(effect.keys) + len(effect.held) == 2


def test_bad_values_are_refused_by_name_and_stop_nothing(tmp_path: Path) -> None:
    config = station(tmp_path)
    told(config, min_rssi=5, min_hits="all", formats=["morse"], away_minutes=3, newer="x")
    pushed = PushedSettings(config)
    effect = pushed.take()
    assert effect.config.identify == Identify(away_minutes=3)
    assert effect.config.radio == config.radio
    begun = pushed.begun()
    assert begun
    words = pushed_words(begun)
    assert words[0] == "Settings of the backend hold from now on: Away after, min: 10 -> 3."
    for key in ("identify.min_rssi", "identify.min_hits", "radio.formats"):
        assert key in words[1]
    assert words[1].endswith("This station keeps its own.")
    assert pushed_dict(begun)["refused"] == list(effect.refused)
    worst = max(probe(config, {}), key=lambda each: each.severity)
    assert (worst.name, worst.severity) == ("refused-settings", Severity.WARNING)


def test_another_backends_decisions_and_damaged_files_do_not_count(tmp_path: Path) -> None:
    config = station(tmp_path)
    told(config, url="https://other.example", min_hits=9)
    assert PushedSettings(config).take().config == config
    for damage in (b"", b"[1]", b'{"server": 5}', b"\xff\x00", b"[" * 99_999, b'{"x": 1}'):
        for name in (LATEST, IN_FORCE):
            (state_dir(config) / f"{name}.json").write_bytes(damage)
        assert PushedSettings(config).take().config == config
    told(config, min_hits=3)
    assert PushedSettings(config).take().config.identify.min_hits == 3


async def test_a_running_scan_tells_of_new_ones_and_the_next_one_has_them(tmp_path: Path) -> None:
    config = station(tmp_path)
    stop, news = asyncio.Event(), list[News]()
    arrived = asyncio.Event()

    def on_news(item: News) -> None:
        news.append(item)
        if isinstance(item, HearingChanged) and not arrived.is_set():
            arrived.set()
            told(config, min_rssi=-75)
        if isinstance(item, SettingsPushed):
            stop.set()

    async def scan() -> list[SettingsPushed]:
        pushed, clock, choice = PushedSettings(config), SystemClock(), RadioChoice("simulated")
        effect = pushed.take().config
        run = ScanRun(effect, "e1", clock=clock, pushed=pushed)

        def radio(roster: Roster, pace: Pace) -> Radio:
            return make_radio(effect, choice, clock=clock, roster=roster, pace=pace)

        news.clear()
        stop.clear()
        begun: list[Started] = []
        async with asyncio.timeout(20):
            await run.run(radio, stop=stop, on_started=begun.append, on_news=on_news)
        return [each for each in news if isinstance(each, SettingsPushed)]

    assert await scan() == [SettingsPushed((RSSI,), (), in_force=False, fetched_ms=NOW)]
    assert await scan() == [SettingsPushed((RSSI,), (), in_force=True, fetched_ms=NOW)]


def test_the_words_say_what_and_when() -> None:
    waiting = SettingsPushed((RSSI,) * 5, (), in_force=False, fetched_ms=NOW)
    assert pushed_words(waiting, "n") == [
        "New settings from the backend: "
        + "; ".join(["Signal at least, dBm: -80 -> -75"] * 3)
        + "; 2 more.",
        "They take effect at the next scan, or now with n.",
    ]
    nothing = SettingsPushed((), (), in_force=False, fetched_ms=NOW)
    assert "taken its new settings back" in pushed_words(nothing)[0]
