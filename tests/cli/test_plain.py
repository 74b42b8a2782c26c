"""The line mode: every act of the screens by typed words, each answered in sentences."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.tui.fake_station import HOUR, MINUTE, FakeStation, desk, event, uuid
from tests.tui.test_real_station import know, make_config, on_now, records

from headcount.bootstrap.desk import ScanOptions, StationDesk, make_desk
from headcount.bootstrap.paths import state_dir
from headcount.bootstrap.radio import RadioChoice
from headcount.cli import cli
from headcount.cli.plain_run import PlainApp
from headcount.core.model import Advertisement
from headcount.store.pushed import LATEST, ToldSettings, save_told
from headcount.tui.ports import Events, Listed

ON, LATER = Listed(event("Evening", -HOUR), 3), Listed(event("Workshop", 2 * HOUR), 12)
NOON = 129_600_000
ALSO = Listed(event("Choir", -MINUTE))


class Terminal:
    """What was said, and a way to type."""

    def __init__(self, app: PlainApp, said: list[str]) -> None:
        self.app, self.said = app, said

    async def type(self, text: str) -> str:
        """What is said to a line."""
        before = len(self.said)
        await self.app.line(text)
        return "\n".join(self.said[before:])


@asynccontextmanager
async def scanning(folder: Path, *, people: int = 9) -> AsyncIterator[Terminal]:
    """A real station with people and no phones, whose scan has begun."""
    config = make_config(folder)
    know(config, on_now("Evening"), people=people)
    choice = RadioChoice("simulated", phones=0, seed=1, seconds=10_000_000)  # they come in days
    said: list[str] = []
    app = PlainApp(make_desk(StationDesk(config, options=ScanOptions(choice)), config), said.append)
    running = asyncio.create_task(app.run())
    async with asyncio.timeout(20):
        while not any(line.startswith("Radio:") for line in said):  # noqa: ASYNC110 - it is real
            await asyncio.sleep(0.02)
    yield Terminal(app, said)
    app.typed("quit")
    await running


def hear(terminal: Terminal, badge: str) -> None:
    """A badge close to the scanner."""
    people = terminal.app.session.station.people()
    assert people is not None
    recorder = people.recorder  # type: ignore[attr-defined] # the real one
    recorder.advertisement(Advertisement(badge, -40, people.now().mono))
    recorder.drain()


async def test_people_are_found_checked_in_and_corrected(tmp_path: Path) -> None:
    async with scanning(tmp_path) as terminal:
        assert terminal.said[1].startswith("Scanning for Evening as")
        assert "9 people are on the roster." in terminal.said
        assert "Person 3 (u3), not checked in" in await terminal.type("who person 3")
        assert await terminal.type("checkin person 3") == "Person 3 is checked in by hand."
        assert "Person 3 (u3), checked in" in await terminal.type("who person 3")
        assert await terminal.type("here") == "1 person is here now.\nPerson 3"
        assert await terminal.type("undo wrong person") == (
            "Taken back: Person 3 is checked in by hand."
        )
        assert await terminal.type("excuse person 4, ill") == "Person 4 is excused."
        assert "may mean Person 0" in await terminal.type("checkin person")
        assert "2 of 9" not in await terminal.type("status")
        assert "nothing of" not in await terminal.type("undo")
    lines = [line for line in records(make_config(tmp_path), "evening") if "user" in line]
    assert [line["kind"] for line in lines] == ["manual", "void", "excused", "void"]
    assert [line.get("why") for line in lines if line["kind"] == "void"] == [
        "wrong person",
        "undone",
    ]


async def test_new_settings_of_the_backend_are_told_and_accepted(tmp_path: Path) -> None:
    async with scanning(tmp_path) as terminal:
        assert "decided nothing new" in await terminal.type("accept")
        config = make_config(tmp_path)
        told = ToldSettings(config.backend.url, "x", "", "", {"dedupe_minutes": 2}, NOON)
        save_told(state_dir(config), LATEST, told)
        async with asyncio.timeout(20):
            while "now with the word accept" not in terminal.said[-1]:  # noqa: ASYNC110 - it is real
                await asyncio.sleep(0.02)
        assert terminal.said[-2] == "New settings from the backend: Window, min: 5 -> 2."
        assert "identify.dedupe_minutes: 5" in await terminal.type("settings dedupe")
        await terminal.type("accept")
        hold = "Settings of the backend hold from now on: Window, min: 5 -> 2."
        async with asyncio.timeout(20):
            while hold not in terminal.said:  # noqa: ASYNC110 - it is real
                await asyncio.sleep(0.02)
        said = await terminal.type("settings dedupe")
        assert "identify.dedupe_minutes: 2" in said
        assert "the backend, 1970-01-02" in said


async def test_badges_are_claimed_and_given_and_never_taken_unasked(tmp_path: Path) -> None:
    async with scanning(tmp_path) as terminal:
        assert await terminal.type("claim person 2") == (
            "No unknown badge is in range.\nHold it close to the scanner."
        )
        hear(terminal, uuid(70))
        async with asyncio.timeout(20):
            while "unknown badge, 00000046" not in terminal.said[-1]:  # noqa: ASYNC110 - it is real
                await asyncio.sleep(0.02)
        assert await terminal.type("unknown") == f"{uuid(70)}, -40 dBm"
        refused = await terminal.type("claim person 2")
        assert "They have another badge" in refused
        assert "type it with --yes" in refused
        said = await terminal.type("walkin Xaver x@example.org --badge --yes")
        assert said == "Xaver is checked in as a walk-in.\nXaver has the badge 00000046."
        assert "The badge is Xaver's now." in await terminal.type(f"assign person 2, {uuid(70)}")
        assert await terminal.type("undo") == (
            "Taken back: Xaver has the badge 00000046.\n"
            "Taken back: Xaver is checked in as a walk-in."
        )
        assert await terminal.type("claim person 2 --yes") == "Person 2 has the badge 00000046."
        why = await terminal.type("why person 2")
        assert "Check in by hand" in why
        assert why.startswith("The station hears\n")


async def test_log_muster_card_and_health_are_read_aloud(tmp_path: Path) -> None:
    async with scanning(tmp_path, people=30) as terminal:
        for number in range(10, 22):
            await terminal.type(f"checkin person {number}")
        await terminal.type("undo")
        page = (await terminal.type("log")).splitlines()
        assert [line.partition(":")[0] for line in page[:-1]] == [str(n) for n in range(1, 11)]
        assert re.fullmatch(r"2: \d\d:\d\d:\d\d, by hand, Person 21, void", page[1])
        assert page[-1] == "There is more. Type: more"
        assert (await terminal.type("more")).endswith("13 lines, that is all.")
        assert "Who: Person 21" in await terminal.type("record 2")
        assert "There is no line 99." in await terminal.type("record 99")
        found = await terminal.type("log void")
        assert found.endswith("1 line, that is all.")
        assert "Person 21" in found
        assert "is no time" in await terminal.type("log 99:99")
        assert "13 records are intact." in await terminal.type("verify")
        assert "Person 12, checked in" in await terminal.type("muster")
        assert "Person 12 is ticked off." in await terminal.type("muster person 12")
        assert "Person 12, checked in, ticked off" in await terminal.type("muster")
        assert "That may be" in await terminal.type("muster person 1")
        assert await terminal.type("note Bring tape.") == "Noted."
        assert (await terminal.type("card")).endswith("Bring tape.")
        assert "Radio: simulated: no Bluetooth is used" in await terminal.type("health")
        assert "station.undo_minutes: 15.0, default" in await terminal.type("settings undo")


async def test_sending_and_the_stick_say_what_is_safe(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    async with scanning(tmp_path) as terminal:
        await terminal.type("checkin person 3")
        status = await terminal.type("status")
        assert "Unsent 1." in status
        assert "1 here now, 1 checked in, 9 registered" in status
        copied = await terminal.type(f"stick {stick}")
        assert f"Copied to {stick}/attendance_evening" in copied
        assert "There is no folder" in await terminal.type(f"stick {tmp_path}/nowhere")
        said = await terminal.type("stop")
        assert "The scan has ended." in said
        assert "is safe here. It is unsent" in said
        assert "No scan is running" in await terminal.type("checkin person 4")
        assert "No scan is running." in await terminal.type("stop")
    assert len(list(stick.iterdir())) == 1


async def test_of_two_events_one_is_picked() -> None:
    said: list[str] = []
    app = PlainApp(desk(FakeStation(Events([LATER, ON, ALSO], fetched_ms=0))), said.append)
    app.typed(None)
    await app.run()
    assert said[1:] == [
        "1: Evening, on now, 2026-11-01, 3 registered",
        "2: Choir, on now, 2026-11-01",
        "3: Workshop, in 2 h, 2026-11-01, 12 registered",
        "Type: pick NUMBER",
    ]
    for line in ("pick nothing", "pick", "log", "pick chor", "help pick", "dance"):
        await app.line(line)
    assert "'nothing' is not one event." in said
    assert "No event is picked." in said
    assert "pick NUMBER: scan for an event" in said
    assert "There is no command 'dance'. Type: help" in said
    app.typed("pick 2")
    app.typed("quit")
    await app.run()
    assert app.session.event_id == "choir"
    assert [ended.event.id for ended in app.receipts] == ["choir"]


async def test_the_language_is_the_operators() -> None:
    said: list[str] = []
    station = FakeStation(Events([LATER], fetched_ms=0))
    app = PlainApp(replace(desk(station), language="de"), said.append)
    app.typed(None)
    await app.run()
    await app.line("log")
    assert "Keine Veranstaltung ist gewählt." in said


def test_it_also_reads_from_a_pipe(tmp_path: Path) -> None:
    args = ["--data-dir", str(tmp_path), "--plain"]
    done = CliRunner().invoke(cli, args, input="help sync\nquit\n")
    assert done.exit_code == 0, done.output
    assert "No event is known yet. Type: fetch" in done.output
    assert "sync: send what is unsent" in done.output


@pytest.mark.parametrize("word", ["undo", "who x", "claim x", "walkin x"])
async def test_an_act_without_a_scan_says_what_to_type(word: str) -> None:
    said: list[str] = []
    app = PlainApp(desk(FakeStation()), said.append)
    await app.line(word)
    assert said[-2:] == ["No scan is running for this event.", "Type: pick NUMBER"]


def test_every_word_is_in_the_docs() -> None:
    table = (Path(__file__).parents[2] / "docs" / "screens.md").read_text(encoding="utf-8")
    app = PlainApp(desk(FakeStation()), print)
    missing = [each.usage for each in app.commands.values() if f"`{each.usage}`" not in table]
    assert not missing
