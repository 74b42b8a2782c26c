"""Calendars, and other programs' lists of people, through the commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headcount.bootstrap.calendars import convert
from headcount.cli import main
from headcount.core.errors import UsageError

# The shapes of RFC 5545: a zone by TZID with its definition, a UTC time with DURATION, dates, a
# repetition, a cancellation, folded and escaped text.
ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
X-WR-TIMEZONE:America/New_York
BEGIN:VEVENT
UID:fair-2026@example.org
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Vienna:20260501T180000
DTEND;TZID=Europe/Vienna:20260501T220000
SUMMARY:Spring fair\\, the long on
 e
DESCRIPTION:Bring\\nyour badge
END:VEVENT
BEGIN:VEVENT
UID:talk@example.org
DTSTART:20260502T100000Z
DURATION:PT90M
RRULE:FREQ=WEEKLY
SUMMARY:Talk
END:VEVENT
BEGIN:VEVENT
UID:day@example.org
DTSTART;VALUE=DATE:20260503
SUMMARY:Open day
END:VEVENT
BEGIN:VEVENT
UID:gone@example.org
DTSTART:20260504T100000Z
DTEND:20260504T110000Z
STATUS:CANCELLED
SUMMARY:Gone
END:VEVENT
BEGIN:VEVENT
UID:none@example.org
DTSTART:20260504T100000Z
SUMMARY:Reminder
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def run(tmp_path: Path, *args: object) -> int:
    database = f"sqlite:///{tmp_path / 'backend.db'}"
    with pytest.raises(SystemExit) as ended:
        main([*map(str, args), "--database-url", database])
    return int(ended.value.code or 0)


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_calendar_is_imported_and_again_it_updates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cal.ics"
    file.write_text(ICS)
    assert run(tmp_path, "events", "import", file, "--preview") == 0
    out, err = capsys.readouterr()
    assert "would be 3 events created" in out
    assert err.splitlines() == [
        "Talk: it repeats; only the first time was taken.",
        "Gone: left out, it is cancelled.",
        "Reminder: left out, it has no end after its start.",
    ]
    assert run(tmp_path, "events", "import", file, "--json") == 0
    assert lines(capsys.readouterr().out)[0]["created"] == 3
    run(tmp_path, "events", "list", "--json")
    events = {each["name"]: each for each in lines(capsys.readouterr().out)}
    fair, talk, day = events["Spring fair, the long one"], events["Talk"], events["Open day"]
    assert (fair["start"], fair["tz"]) == (1_777_651_200_000, "Europe/Vienna")
    assert fair["end"] - fair["start"] == 4 * 3_600_000
    assert (talk["end"] - talk["start"], talk["tz"]) == (90 * 60_000, "UTC")
    assert (day["start"], day["tz"]) == (1_777_780_800_000, "America/New_York")
    assert day["end"] - day["start"] == 24 * 3_600_000
    file.write_text(ICS.replace("SUMMARY:Talk", "SUMMARY:Lecture"))
    assert run(tmp_path, "events", "import", file) == 0
    assert "0 events created, 1 updated, 2 unchanged" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    ["", "hello", "BEGIN:VCALENDAR\r\n", "BEGIN:VEVENT\r\nEND:VEVENT\r\n", "\0", "a:b\r\n c"],
)
def test_what_is_no_calendar_is_usage(text: str) -> None:
    with pytest.raises(UsageError, match="no iCalendar file"):
        convert("x.ics", text)


@pytest.mark.parametrize(
    "start", ["DTSTART:soon", "DTSTART:20269999T100000Z", "X:1", "DTSTART:20260504T100000Z"]
)
def test_an_event_without_times_is_named_and_left_out(start: str) -> None:
    event = f"BEGIN:VEVENT\nUID:u\nSUMMARY:S\n{start}\nDTEND:x\nEND:VEVENT\n"
    text = f"BEGIN:VCALENDAR\n{event}END:VCALENDAR\n".replace("\n", "\r\n")
    assert convert("x.ics", text).notes == ["S: left out, its times can't be read."]


def test_an_export_of_another_program_is_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "attendees.csv"
    head = "Order #,First Name,Last Name,Email,Attendee Status\n"
    file.write_text(f"{head}1,Ada,L,ada@x.org,Attending\n2,Ben,K,ben@x.org,Deleted\n")
    assert run(tmp_path, "users", "import", file, "--from", "eventbrite", "--json") == 0
    out, err = capsys.readouterr()
    assert lines(out)[0]["created"] == 1
    assert "line 3: not imported, Deleted" in err
