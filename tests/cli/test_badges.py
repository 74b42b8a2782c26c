"""`headcount badges`: the list for paper, and enrolment line by line."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from headcount.ble.battery import BATTERY_SERVICE
from headcount.ble.decode import Decoder
from headcount.bootstrap.acts import perform
from headcount.bootstrap.enrol import EnrolRun
from headcount.bootstrap.paths import log_path, make_data_dir, state_dir
from headcount.cli import main
from headcount.cli.enrol import EnrolLines
from headcount.clock import ManualClock
from headcount.config import Config, Identify
from headcount.core.errors import RadioError, RadioReason, UsageError
from headcount.core.identity import to_bytes
from headcount.core.model import Advertisement, Frame, Hearing, HearingChanged, Person
from headcount.core.ports import RadioCounters, RadioListener
from headcount.store.station import StationStore

EVENT = "autumn"
NEW, OTHER, ZOES = (f"0000000{n}-0000-4000-8000-00000000abc{n}" for n in (1, 2, 3))


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["--data-dir", "data", *args])
    return int(ended.value.code or 0)


def test_the_list_of_badges(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    database = ["--database-url", "sqlite:///backend.db"]
    people = (
        f"name,email,bleUuid\n=cmd|x!A1,a@x.y,{NEW}\n<b>Bo</b>,b@x.y,{OTHER}\nNo Badge,c@x.y,\n"
    )
    (tmp_path / "people.csv").write_text(people)
    assert run("badges", "list", *database) == 0
    assert "Nobody holds a badge yet." in capsys.readouterr().err
    times = ["--start", "2026-05-01T09:00", "--end", "2026-05-01T12:00"]
    assert run("events", "create", "--name", "E", *times, "--id", EVENT, *database) == 0
    assert run("users", "import", "people.csv", *database) == 0
    capsys.readouterr()
    assert run("badges", "list", *database) == 0
    found = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert [row[:3] for row in found] == [
        ["Person", "Badge", "Since"],
        ["<b>Bo</b>", "abc2", "ever since"],
        ["'=cmd|x!A1", "abc1", "ever since"],
    ]
    page = ["--format", "html", "--output", "badges.html"]
    assert run("badges", "list", *page, *database) == 0
    html = (tmp_path / "badges.html").read_text()
    assert "<td>&lt;b&gt;Bo&lt;/b&gt;</td><td>abc2</td>" in html
    assert NEW not in html
    assert (tmp_path / "badges.html").stat().st_mode & 0o077 == 0
    assert run("badges", "list", "--event", EVENT, *database) == 0  # nobody is registered
    assert len(capsys.readouterr().out.splitlines()) == 2


Script = Callable[["Round"], Awaitable[None]]


@dataclass
class Round:
    """A terminal, and a radio that does what the script says."""

    config: Config
    run: EnrolRun
    lines: asyncio.Queue[str | None]
    script: Script
    clock: ManualClock

    async def __call__(self) -> None:
        await self.script(self)

    def hold(self, badge: str, rssi: int = -40) -> None:
        for _ in range(3):
            self.clock.advance(1)
            self.run.advertisement(Advertisement(badge, rssi, self.clock.now().mono))

    async def type(self, line: str) -> None:
        """Until it was taken up and done."""
        await self.lines.put(f"{line}\n")
        await self.lines.put("?\n")  # harmless; once it is taken, the one before is done
        while not self.lines.empty():  # noqa: ASYNC110 - a queue does not tell
            await asyncio.sleep(0.001)


class Scripted:
    """Satisfies core.ports.Radio; one beacon's battery is low."""

    def __init__(self, round_: Round) -> None:
        self._round = round_

    def counters(self) -> RadioCounters:
        decoder = Decoder()
        ibeacon = {0x4C: b"\x02\x15" + to_bytes(OTHER) + bytes(5)}
        data = {BATTERY_SERVICE: b"\x07"}
        decoder.decode(Frame("A", -50, 1.0, (), ibeacon, data))
        return decoder

    def trouble(self) -> str:
        return ""

    async def run(self, listener: RadioListener) -> None:
        assert listener is self._round.run
        await self._round()
        await self._round.lines.put(None)
        await asyncio.Event().wait()


def station(tmp_path: Path) -> Config:
    """A roster of four; the station is strict, which changes nothing here."""
    config = Config(data_dir=str(tmp_path / "data"), identify=Identify(strict=True))
    make_data_dir(config)
    people = [Person("0", "Ada"), Person("1", "Bo\x1b[2J"), Person("2", "Chi"), Person("3", "Zoë")]
    members = [(each, (ZOES,) if each.name == "Zoë" else ()) for each in people]
    StationStore(state_dir(config)).save_roster(EVENT, members, 1)
    return config


async def enrol(config: Config, script: Script, *, as_json: bool = False, order: str = "") -> None:
    clock = ManualClock()
    made = EnrolRun(config, EVENT, clock, by="Eve", order=order)
    round_ = Round(config, made, asyncio.Queue(), script, clock)
    lines = EnrolLines(made, as_json=as_json)
    async with asyncio.timeout(20):
        await lines.follow(Scripted(round_), round_.lines)


def logged(config: Config) -> list[dict[str, str]]:
    return [json.loads(line) for line in log_path(config, EVENT).read_text().splitlines()]


async def test_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = station(tmp_path)

    async def script(round_: Round) -> None:
        await round_.type("")  # nothing is held
        round_.hold(NEW)
        await round_.type("")
        round_.hold(NEW)
        await round_.type("")  # it is Ada's now
        round_.clock.advance(9)
        round_.hold(ZOES)
        await round_.type("")
        await round_.type("s")
        round_.clock.advance(9)
        round_.hold(OTHER)
        await round_.type("?")
        await round_.type("")
        await round_.type("u")

    await enrol(config, script)
    out, err = capsys.readouterr()
    assert [line for line in out.splitlines() if " of 3: " in line] == [
        "1 of 3: Ada. Hold a beacon close.",
        "2 of 3: Bo[2J. Hold a beacon close.",
        "3 of 3: Chi. Hold a beacon close.",
        "3 of 3: Chi. Hold a beacon close.",
    ]
    assert "Nobody is left on the list; given: 2." in out
    assert "No single badge is held close." in err
    assert f"Badge {NEW} is now Ada's." in err
    assert out.count("Its battery is low (7 %): change it first.") == 1
    assert "This badge is Ada's." in err
    assert "This badge is Zoë's." in err
    acts = [
        (line["kind"], line.get("user"), line["by"], line["bleUuid"]) for line in logged(config)
    ]
    assert acts == [
        ("assign", "0", "Eve", NEW),
        ("assign", "2", "Eve", OTHER),
        ("void", "2", "Eve", OTHER),
    ]  # and no sighting of anybody


async def test_by_a_file_for_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = station(tmp_path)

    async def script(round_: Round) -> None:
        round_.run.hearing(HearingChanged(Hearing.DEAF, 0.0, "The radio is deaf."))
        round_.hold(NEW)
        await round_.type("")

    await enrol(config, script, as_json=True, order="name\nChi\nNobody\n")
    out, err = capsys.readouterr()
    (given,) = [json.loads(line) for line in out.splitlines()]
    assert (given["kind"], given["user"], given["bleUuid"]) == ("assign", "2", NEW)
    assert "Row 3: Nobody on the roster." in err
    assert "The radio is deaf." in err
    # the same fact as by hand: whoever assigns it again by hand changes nothing
    again = perform(config, EVENT, "Eve", lambda desk, roster, *_: desk.assign(roster, "Chi", NEW))
    assert again.record.kind == "assign"
    assert again.record.ble_uuid == given["bleUuid"]


async def test_a_radio_that_can_not_listen(tmp_path: Path) -> None:
    async def script(_round: Round) -> None:
        raise RadioError(
            RadioReason.NO_ADAPTER, "This machine has no Bluetooth adapter.", remedy=""
        )

    with pytest.raises(RadioError, match="no Bluetooth adapter"):
        await enrol(station(tmp_path), script)


def test_where_nobody_is_known_or_nobody_sits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Config(data_dir=str(tmp_path / "data"))
    make_data_dir(config)
    with pytest.raises(UsageError, match="No roster of autumn is known here"):
        EnrolRun(config, EVENT, ManualClock())
    assert run("badges", "enrol", "--event", EVENT) == 2
    assert "needs a terminal" in capsys.readouterr().err
