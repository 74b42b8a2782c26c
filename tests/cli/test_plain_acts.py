"""What the operator's screens can do, the line mode can do: act by act."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.tui.fake_station import FakeStation, desk, person, uuid
from tests.tui.log_samples import PEOPLE, START, station
from tests.tui.test_real_station import make_config

from headcount.bootstrap.desk import StationDesk
from headcount.bootstrap.paths import log_path
from headcount.cli.plain_run import PlainApp
from headcount.cli.plain_words import in_range
from headcount.clock import local_zone
from headcount.config import Config
from headcount.core.errors import UsageError
from headcount.core.model import Instant
from headcount.core.pulse import Nearby, Pulse
from headcount.store.log_segment import segments
from headcount.tui.keys import EVERYWHERE, SCREEN_ACTS
from headcount.tui.ports import Desk, Station
from headcount.tui.screens import page_keys
from headcount.tui.state import LiveState

NO_WORD = "no word: "
ENROL = "headcount badges enrol, in words"
BADGE = "headcount badge is its line mode"
WORDS: dict[str, dict[str, str]] = {
    "everywhere": {
        "back": "stop",
        "help": "help",
        "palette": "help",
        "quit": "quit",
        "theme": NO_WORD + "lines have no colours",
    },
    "pages": {
        "people": "who",
        "log": "log",
        "sync": "sync",
        "muster": "muster",
        "health": "health",
        "enrol": NO_WORD + ENROL,
        "broadcast": NO_WORD + BADGE,
        "admin": NO_WORD + "headcount events, users, scanners, report and the like are its words",
    },
    "picker": {
        "filter": "events",
        "fetch": "fetch",
        "new_event": "new",
        "rehearsal": "rehearse",
    },
    "live": {
        "filter": "who",
        "claim": "claim",
        "order": "near",
        "retry": "pick",
        "accept": "accept",
    },
    "people": {
        "filter": "who",
        "undo": "undo",
        "excuse": "excuse",
        "badge": "assign",
        "walk_in": "walkin",
        "why": "why",
        "begin": "pick",
    },
    "log": {
        "filter": "log",
        "jump": "log",
        "follow": "log",
        "refused": "log",
        "verify": "verify",
        "export": "export",
        "retry": "retry",
        "discard": "discard",
        "restore": "restore",
        "assign": "give",
    },
    "sync": {"send": "sync", "stop": "cancel", "stick": "stick"},
    "muster": {
        "tick": "muster",
        "filter": "muster",
        "only_open": "muster",
        "order": "muster",
        "hand_over": "card",
        "save": "save",
        "print": "print",
    },
    "hand_over": {"notes": "note", "fetch": "card", "save": "save", "print": "print"},
    "health": {"fetch": "health"},
    "enrol": dict.fromkeys(
        ("give", "skip", "turn_back", "undo", "order", "begin"), NO_WORD + ENROL
    ),
    "broadcast": dict.fromkeys(("on_air", "form"), NO_WORD + BADGE),
}
"""The line mode's word for each act of each screen, or why there is none."""


def test_every_act_of_the_screens_has_a_word() -> None:
    acts = {"everywhere": EVERYWHERE, "pages": page_keys().keys(), **SCREEN_ACTS}
    assert {screen: set(words) for screen, words in WORDS.items()} == {
        screen: set(names) for screen, names in acts.items()
    }


def test_every_word_is_a_command() -> None:
    app = PlainApp(desk(FakeStation()), print)
    words = {word for each in WORDS.values() for word in each.values()}
    unknown = {word for word in words if not word.startswith(NO_WORD)} - app.commands.keys()
    assert unknown == {"cancel"}  # it goes ahead of the others, and so is no command


# --- an event made here ---


HEARD = ((1, "Al", -70, 99.0), (2, "Bo", -50, 91.0))


def line_mode(station: Station) -> tuple[PlainApp, list[str]]:
    """The line mode, and what it says."""
    said: list[str] = []
    return PlainApp(Desk(station, language="en"), said.append), said


async def said_to(station: Station, *lines: str) -> list[str]:
    app, said = line_mode(station)
    for line in lines:
        await app.line(line)
    return said


@pytest.mark.parametrize(
    ("line", "made", "hours"),
    [
        ("new Choir", "choir-2026-11-01", 2.0),
        ("new 合唱", "2026-11-01", 2.0),
        ("new Choir, 2026-05-01 18:00, 2026-05-01 20:30", "choir-2026-05-01", 2.5),
        ("new Choir, 2026-05-01 18:00, 2026-05-02 02:00, spring", "spring", 8.0),
        ("new Meyer, Miller, 2026-05-01 18:00, 2026-05-01 19:00", "meyer-miller-2026-05-01", 1.0),
    ],
)
async def test_an_event_is_made_here(line: str, made: str, hours: float) -> None:
    station = FakeStation(time_zone="Europe/Vienna")
    said = await said_to(station, line)
    [event] = station.created
    assert (event.id, event.tz) == (made, "Europe/Vienna")
    assert event.end - event.start == hours * 3_600_000
    assert f"Its id is {made}." in said[0]
    assert said[-1] == f"Type: pick {made}"
    if "18:00" in line:
        assert event.start == 1_777_651_200_000  # 18:00 in Vienna is 16:00 UTC


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("new", "Give it a name."),
        ("new , 2026-05-01 18:00, 2026-05-01 20:00", "Give it a name."),
        ("new Choir, 2026-05-01 18:00", "'' is no time."),
        ("new Choir, 2026-05-01 18:00, 2026-05-01 17:00", "It must end after it starts."),
        ("new Choir, 2026-05-01 18:00, 2026-05-01 20:00, a b", "An id is 1 to 64"),
    ],
)
async def test_an_event_that_was_typed_wrong_is_not_made(line: str, problem: str) -> None:
    station = FakeStation()
    said = await said_to(station, line)
    assert problem in said[0]
    assert said[1:] == [
        "Nothing was written.",
        "Such as: new Choir, 2026-05-01 18:00, 2026-05-01 20:00",
    ]
    assert station.created == []


async def test_what_was_made_here_is_listed_and_narrowed_down(tmp_path: Path) -> None:
    app, said = line_mode(StationDesk(make_config(tmp_path)))
    for line in ("new Choir", "new Choir", "new Band", "events cho", "events x", "pick x"):
        await app.line(line)
    assert any("There is an event choir-" in line for line in said)
    assert any(line.startswith("1: Choir, on now") for line in said)
    assert not any(line.startswith("2: ") for line in said)
    assert "No event's name has these letters." in said


@pytest.mark.parametrize(
    ("tz", "link", "text", "expected"),
    [
        ("Europe/Vienna", "America/Lima", "Asia/Tokyo\n", "Europe/Vienna"),
        (":Europe/Vienna", "America/Lima", "", "Europe/Vienna"),
        ("", "America/Lima", "Asia/Tokyo\n", "America/Lima"),
        ("CET-1CEST", "posix/America/Lima", "", "America/Lima"),
        ("", "", "Asia/Tokyo\n", "Asia/Tokyo"),
        ("../../etc/passwd", "", "/etc/passwd", "UTC"),
        ("", "Etc/UTC", "", "UTC"),
        ("", "", "", "UTC"),
    ],
)
def test_the_zone_is_the_machines(
    tmp_path: Path, tz: str, link: str, text: str, expected: str
) -> None:
    if link:
        (tmp_path / "localtime").symlink_to(f"/usr/share/zoneinfo/{link}")
    if text:
        (tmp_path / "timezone").write_text(text, encoding="ascii")
    assert local_zone(tz, tmp_path) == expected


# --- refused records, copies, lists: of an event without a scan ---


def lines_of(config: Config) -> list[str]:
    """Of all files of the event's log."""
    return [
        line
        for file in segments(log_path(config, "fair"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


async def test_refused_records_are_dealt_with_by_their_numbers(tmp_path: Path) -> None:
    config, _ = station(tmp_path)
    said = await said_to(StationDesk(config), "open summer", "log refused", "record 1")
    assert "The event at hand is fair; no scan runs." in said
    assert any(line.startswith("1: ") and line.endswith(", refused") for line in said)
    app, said = line_mode(StationDesk(config))
    for line in ("open fair", "log", "give 1, anna"):
        await app.line(line)
    assert "Line 1 is no refused record." in said
    for line in ("log refused", "give 1", "give 1, anna adler", "log refused"):
        await app.line(line)
    assert "Whose is it?" in said
    assert "They are checked in by hand at its time; the record itself is left alone." in said
    assert "No line fits." in said
    for line in ("discard 0badcafe, twice", "log assigned", "restore 1"):
        await app.line(line)
    assert "No refused record of fair has the id 0badcafe." in said
    assert "It is kept again: the next sync tries it." in said
    for line in ("log refused", "discard 1, a test badge"):
        await app.line(line)
    assert said[-1] == "It is left alone from now on; the log keeps it."
    [line] = [each for each in lines_of(config) if "manual" in each]
    by_hand = json.loads(line)
    assert (by_hand["user"], by_hand["checkInTime"]) == ("u0", START + 38 * 20_000)
    assert "EVENT_CLOSED" in by_hand["why"]


async def test_a_log_is_copied_and_a_list_saved(tmp_path: Path) -> None:
    config, _ = station(tmp_path / "data")
    table, text, card = (tmp_path / name for name in ("list.csv", "list.txt", "card.txt"))
    app, said = line_mode(StationDesk(config))
    for line in (
        "open fair",
        f"export {tmp_path}/copy.csv",
        f"export {tmp_path}/copy.csv",
        f"save muster {table}",
        f"save muster {text}",
        "note Bring tape.",
        "note --anew Bring chairs.",
        f"save card {card}",
        "save nothing",
    ):
        await app.line(line)
    assert f"59 records written to {tmp_path}/copy.csv. 1 damaged stretch passed over." in said
    assert f"{tmp_path}/copy.csv exists already." in " ".join(said)
    assert f"Saved: {table}" in said
    assert table.read_text(encoding="utf-8").splitlines()[1].startswith("Anna Adler,")
    assert "[ ] Anna Adler" in text.read_text(encoding="utf-8")
    assert "Bring chairs." in card.read_text(encoding="utf-8")
    assert "Bring tape." not in card.read_text(encoding="utf-8")
    assert said[-2:] == ["The muster list or the card?", "Type: save muster, or save card"]


async def test_the_list_is_by_name_or_without_those_ticked_off(tmp_path: Path) -> None:
    config, _ = station(tmp_path)
    app, said = line_mode(StationDesk(config))
    for line in ("open fair", "muster zoe", "muster --open", "muster --by-name"):
        await app.line(line)
    opened, named = said[4 : 4 + len(PEOPLE) - 1], said[-len(PEOPLE) :]
    assert [line.partition(",")[0] for line in opened] == PEOPLE[:-1]
    assert [line.partition(",")[0] for line in named] == PEOPLE
    assert named[-1].endswith(", ticked off")


# --- who is in range ---


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", ["Bo, -50 dBm, 9 s ago", "Al, -70 dBm, 1 s ago"]),
        ("signal", ["Bo, -50 dBm, 9 s ago", "Al, -70 dBm, 1 s ago"]),
        ("name", ["Al, -70 dBm, 1 s ago", "Bo, -50 dBm, 9 s ago"]),
        ("silent", ["Bo, -50 dBm, 9 s ago", "Al, -70 dBm, 1 s ago"]),
    ],
)
def test_who_is_in_range_is_told_in_any_order(word: str, expected: Sequence[str]) -> None:
    live, now = LiveState(), Instant(0, 100.0, "boot")
    assert in_range(live, word) == ["Nobody is in range yet."]
    near = [Nearby(uuid(n), person(n, name), rssi, mono) for n, name, rssi, mono in HEARD]
    live.pulse(Pulse(now, 2, 2, 0, 2, near))
    assert in_range(live, word) == expected
    with pytest.raises(UsageError, match="signal, name, silent"):
        in_range(live, "loud")
