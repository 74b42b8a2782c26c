"""Two doors of one event: what each screen counts, and what is saved of a door that is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.lan.stations import HOST, START, until

from headcount.api.auth import token_hash
from headcount.bootstrap.admin import open_database
from headcount.bootstrap.fetching import fetch
from headcount.bootstrap.lan import NO_KEY
from headcount.bootstrap.lan_key import (
    event_key_file,
    fleet_key,
    forget_lan_keys,
    keep_key,
    new_key,
)
from headcount.bootstrap.paths import log_path, state_dir
from headcount.bootstrap.peer_logs import peer_logs, send
from headcount.bootstrap.scan import ScanRun
from headcount.bootstrap.server import embedded
from headcount.cli import cli
from headcount.cli.scan_output import JsonPrinter, Printer
from headcount.clock import SystemClock
from headcount.config import Backend, Config, Identify, Lan, Log, Server
from headcount.config import Station as StationConfig
from headcount.core.access import NewScanner
from headcount.core.backend import NewEvent, PersonRow
from headcount.core.battery import Battery
from headcount.core.doors import Came, Doors, Elsewhere, checked_in_anywhere
from headcount.core.errors import ConfigError, UsageError
from headcount.core.lan import Door
from headcount.core.lan_key import event_key_text, key_bytes, key_text, normal_key
from headcount.core.model import Advertisement, Event, Hearing, HearingChanged, Kind, Person
from headcount.core.muster import Line
from headcount.core.news import DoorsChanged, News, RosterRenewed
from headcount.core.ports import Radio, RadioListener
from headcount.core.pulse import HeardFormat
from headcount.core.roster import Roster
from headcount.store.server import Store
from headcount.store.station import StationStore

ADA, BO, CHIDI = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
MINUTE = 60_000


def people() -> Roster:
    names = {"ada": ADA, "bo": BO, "chidi": CHIDI}
    return Roster([(Person(name, name.title()), [badge]) for name, badge in names.items()], START)


def said(kind: Kind, badge: str, minute: int, **more: str) -> Line:
    ident = f"s-{minute}-{kind}-{badge[:2]}"
    members = {"id": ident} | more
    return Line(kind, badge, START + minute * MINUTE, None, **members)


def test_people_are_counted_over_all_doors_once() -> None:
    doors = Doors(people())
    for minute in (0, 5, 10):
        doors.add("North", said(Kind.SIGHTING, ADA, minute))
    doors.add("Yard", said(Kind.SIGHTING, ADA, 2))
    doors.add("Yard", said(Kind.SIGHTING, BO, 1))  # left at once: not here, but checked in
    doors.add("Yard", said(Kind.WALK_IN, CHIDI, 3, user="new", name="Xu", id="w"))
    doors.add("Yard", said(Kind.SIGHTING, "d" * 8 + ADA[8:], 12))  # nobody's badge
    now = START + 13 * MINUTE
    elsewhere = doors.elsewhere(now, {})
    assert elsewhere.came == {
        "ada": Came("North", START),
        "bo": Came("Yard", START + MINUTE),
        "new": Came("Yard", START + 3 * MINUTE),
    }
    assert elsewhere.here == {"ada", "new"}
    assert checked_in_anywhere({"ada", "chidi"}, elsewhere) == 4
    doors.add("Yard", said(Kind.VOID, CHIDI, 4, of="w"))
    assert "new" not in doors.elsewhere(now, {}).came
    doors.add("Yard", said(Kind.ASSIGN, "d" * 8 + ADA[8:], 13, user="chidi"))  # heard at 12
    assert doors.elsewhere(now, {}).came["chidi"] == Came("Yard", START + 12 * MINUTE)
    doors.add("Yard", said(Kind.DEPARTURE, ADA, 1))  # told late: nobody was heard earlier by it
    assert doors.elsewhere(now, {}).here == {"ada", "chidi"}
    # a door whose clock is an hour ahead: its times are put right
    late = doors.elsewhere(now - 60 * MINUTE, {"North": 60 * MINUTE, "Yard": 60 * MINUTE})
    assert late.here == {"ada", "chidi"}
    assert late.came["ada"].time_ms == START - 60 * MINUTE


def test_keys_are_typed_and_derived() -> None:
    typed = key_text(bytes(range(16)))
    assert normal_key(typed.lower().replace("0", "o")) == typed.replace("-", "")
    assert normal_key(typed[:-1]) is None
    assert normal_key("") is None
    assert len({key_bytes(normal_key(new_key()) or "") for _ in range(20)}) == 20
    keys = {event_key_text(b"seed", event) for event in ("a", "b")}
    assert len(keys) == 2
    assert event_key_text(b"seed", "a") in keys


def test_which_key_counts(tmp_path: Path) -> None:
    config = Config(data_dir=str(tmp_path))
    assert fleet_key(config, "evening") is None
    given = event_key_file(state_dir(config), "evening")
    given.parent.mkdir(parents=True)
    given.write_text(key_text(b"b" * 16))
    given.chmod(0o600)
    from_backend = fleet_key(config, "evening")
    runner = CliRunner()
    shown = runner.invoke(cli, ["--data-dir", str(tmp_path), "pair", "--new-lan", "--json"])
    key = json.loads(shown.stdout)["key"]
    assert fleet_key(config, "evening") == key_bytes(key.replace("-", "")) != from_backend
    kept = tmp_path / "credentials" / "lan.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    other = ["--data-dir", str(tmp_path / "other"), "pair", "--lan"]
    typed = runner.invoke(cli, other, input=f" {key.lower()}\n")
    assert (typed.exit_code, key in typed.output) == (0, False)
    assert fleet_key(Config(data_dir=str(tmp_path / "other")), "any") == fleet_key(config, "any")
    wrong = runner.invoke(cli, other, input="12345\n", standalone_mode=False)
    assert isinstance(wrong.exception, UsageError)
    assert "26 letters" in str(wrong.exception)
    kept.chmod(0o644)
    with pytest.raises(ConfigError, match="read by others"):
        fleet_key(config, "evening")
    with pytest.raises(UsageError, match="no fleet key"):
        keep_key(config, "x")


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "0.0.0.0"},
        {"address": "door.local"},
        {"address": "300.1.1.1"},
        {"peers": ("192.168.1.2",)},
        {"peers": ("192.168.1.2:70000",)},
        {"peers": ("door.local:80",)},
    ],
    ids=str,
)
def test_addresses_are_checked_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Lan(**wrong)


async def test_the_events_key_goes_with_the_event(tmp_path: Path) -> None:
    store = StationStore(tmp_path)
    for event in ("over", "on", "gone"):
        event_key_file(tmp_path, event).write_text("key")
    events = [Event("over", "", START, START + 1), Event("on", "", START, START + 3)]
    await forget_lan_keys(store, events, START + 2)
    left = [event for event in ("over", "on", "gone") if event_key_file(tmp_path, event).exists()]
    assert left == ["on"]


@dataclass
class HandRadio:
    """Hears what a test says."""

    listener: RadioListener | None = None
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    frames: int = 0
    identified: int = 0
    background_apps: int = 0
    heard_formats: tuple[HeardFormat, ...] = ()
    batteries: Mapping[str, Battery] = field(default_factory=dict)

    async def run(self, listener: RadioListener) -> None:
        self.listener = listener
        listener.hearing(HearingChanged(Hearing.HEARS, 0.0, "The radio hears."))
        await self.stopped.wait()

    def counters(self) -> HandRadio:
        return self

    def trouble(self) -> str:
        return ""

    def hear(self, *badges: str) -> None:
        assert self.listener
        for badge in badges:
            self.listener.advertisement(Advertisement(badge, -50, SystemClock().now().mono))


@dataclass
class ADoor:
    """A scan that runs, and what it tells."""

    config: Config
    radio: HandRadio = field(default_factory=HandRadio)
    news: list[News] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)

    @property
    def doors(self) -> DoorsChanged:
        told = [news for news in self.news if isinstance(news, DoorsChanged)]
        return told[-1] if told else DoorsChanged()

    @contextlib.asynccontextmanager
    async def scanning(self) -> AsyncIterator[ScanRun]:
        stop = asyncio.Event()
        run = ScanRun(self.config, "evening", clock=SystemClock())

        def make(_roster: Roster, _pace: object) -> Radio:
            return self.radio

        job = asyncio.create_task(
            run.run(make, stop=stop, on_started=lambda _: None, on_news=self.news.append)
        )
        try:
            await until(lambda: self.radio.listener or job.done())
            yield run
        finally:
            stop.set()
            await job


def door(folder: Path, name: str, url: str, key: str, *peers: str, **lan: object) -> ADoor:
    config = Config(
        data_dir=str(folder / name),
        station=StationConfig(scanner_id=name),
        identify=Identify(min_hits=1),
        log=Log(gather_ms=0),
        backend=Backend(url=url, key=key),  # type: ignore[arg-type] # a secret is made of it
        lan=Lan(enabled=True, address=HOST, peers=peers, **lan),  # type: ignore[arg-type]
    )
    return ADoor(config)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Store, str]]:
    """A backend with an event, three people and two paired scanners."""
    config = Config(data_dir=str(tmp_path / "office"), server=Server(scanner_key="shared"))  # type: ignore[arg-type]
    now = SystemClock().now().wall_ms
    with open_database(config) as store:
        end = now + 60 * MINUTE
        store.create_event(NewEvent("Evening", now - MINUTE, end, id="evening"), now_ms=now)
        owners = {"Ada": ADA, "Bo": BO, "Chidi": CHIDI}
        rows = [PersonRow(1, name, f"{name}@example.org", id_) for name, id_ in owners.items()]
        store.import_people(rows, event_id="evening", now_ms=now)
        for name in ("North", "South"):
            hashed = token_hash(f"{name}-key")
            store.add_pairing_code(hashed, NewScanner(), expires_at=end, now_ms=now)
            store.redeem_code(hashed, name=name, key_hash=hashed, now_ms=now)
        with embedded(config, store) as url:
            yield store, url


async def test_a_lost_doors_records_reach_the_report(
    tmp_path: Path,
    office: tuple[Store, str],
    unused_tcp_port: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store, url = office
    port = unused_tcp_port
    north = door(tmp_path, "North", url, "North-key", port=port)
    south = door(tmp_path, "South", url, "South-key", f"{HOST}:{port}")
    for each in (north, south):
        station = StationStore(state_dir(each.config))
        await asyncio.to_thread(fetch, each.config, station, 10.0)
        key_file = event_key_file(state_dir(each.config), "evening")
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    async with north.scanning(), south.scanning() as run:
        north.radio.hear(ADA, CHIDI)
        south.radio.hear(BO, CHIDI)
        await until(lambda: south.doors.checked_in == 3 and len(south.doors.elsewhere.here) == 2)
        seen = south.doors
        assert [(each.scanner_id, each.connected) for each in seen.doors] == [("North", True)]
        assert {each.scanner_id for each in seen.elsewhere.came.values()} == {"North"}
        run.recorder.renew(run.recorder.roster)  # the copies are read anew, and nothing is doubled
        assert any(isinstance(news, RosterRenewed) for news in south.news)
        north.radio.hear(BO)
        await until(lambda: len(south.doors.elsewhere.came) == 3)
        assert south.doors.checked_in == 3
    assert log_path(south.config, "evening").read_bytes().count(b"\n") == 2  # its own, and no other
    capsys.readouterr()
    printer = JsonPrinter()
    for news in south.news:
        printer.news(news)
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counts = [each["checkedIn"] for each in documents if each["type"] == "doors"]
    assert counts[-1] == 3
    assert ADA not in json.dumps([each for each in documents if each["type"] == "doors"])

    await lost(store, south.config)
    again = ["log", "peers", "send", "--event", "evening", "North", "--json"]
    args = ["--data-dir", south.config.data_dir, *again, "--url", url]
    environ = {"SCANNER_API_KEY": "South-key"}
    sent = await asyncio.to_thread(CliRunner().invoke, cli, args, env=environ)
    assert json.loads(sent.stdout)["received"] == 0  # nothing that it has not acknowledged
    listed_and_removed(south.config)


def no_retry(_error: object, _wait: float) -> None:
    raise AssertionError


async def lost(store: Store, south: Config) -> None:
    """North is never seen again. South has what it told; North's own key is good as yet."""
    copies = await asyncio.to_thread(peer_logs, south, "evening")
    assert [(copy.name, copy.records) for copy in copies] == [("North", 3)]
    done = await send(south, "evening", copies, no_retry)
    assert [refused.code for refused in done[0].result.refused] == ["SCANNER_NAME_TAKEN"] * 3
    store.revoke_scanner("North", now_ms=SystemClock().now().wall_ms)
    for expected in ((3, 0), (0, 0)):  # again changes nothing
        done = await send(south, "evening", copies, no_retry)
        result = done[0].result
        assert (result.received, len(result.refused)) == expected
    heard = {(each.name, each.scanner_id) for each in store.recent_records("evening", limit=9)}
    assert heard == {("Ada", "North"), ("Bo", "North"), ("Chidi", "North")}
    assert not StationStore(state_dir(south)).refused("evening")


def listed_and_removed(south: Config) -> None:
    runner, data = CliRunner(), ["--data-dir", south.data_dir, "log", "peers"]
    listed = runner.invoke(cli, [*data, "list", "--event", "evening", "--json"])
    assert json.loads(listed.stdout)["scanners"] == ["North"]
    kept = runner.invoke(cli, [*data, "remove", "--event", "evening"], standalone_mode=False)
    assert isinstance(kept.exception, UsageError)
    assert runner.invoke(cli, [*data, "remove", "--event", "evening", "--yes"]).exit_code == 0
    assert peer_logs(south, "evening") == []


async def test_without_a_key_the_scan_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = door(tmp_path, "North", "http://127.0.0.1:1", "")
    async with alone.scanning():
        alone.radio.hear(ADA)
        await until(lambda: alone.doors.trouble)
    assert log_path(alone.config, "evening").read_bytes().count(b"\n") == 1
    assert alone.doors.trouble == NO_KEY
    printer = Printer()
    for _ in range(2):
        printer.news(alone.doors)
    assert capsys.readouterr().err.count("There is no fleet key") == 1  # said once


def test_doors_come_and_go_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer()
    here = Door("North", connected=True, last_ms=START, records=12)
    gone = Door("North", connected=False, last_ms=START, records=40)
    for each in (here, here, gone, gone):
        printer.news(DoorsChanged((each,), Elsewhere(), checked_in=186))
    assert capsys.readouterr().err.splitlines() == [
        "Other doors: North tells; 186 people checked in at all doors.",
        "Other doors: North fell silent; 40 records of it kept here.",
    ]
