"""Hostile texts through every way in, looked for on every way out."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.e2e.conftest import KEY, Station

from .backend import ask, head
from .hostile import BADGE, FORMULAS, NOW, TEXTS, HostileBackend, harm_in

NAMES = list(TEXTS.values())
CANARY_TEXT = " ".join(NAMES[:14])


def people_csv(station: Station) -> Path:
    """Everybody's name is hostile; so is the address."""
    path = station.folder / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("name", "email", "bleUuid"))
        for number, text in enumerate(NAMES):
            writer.writerow((text, f"{number}{text[:40]}@x".replace(" ", ""), BADGE % number))
    return path


def foreign_log(station: Station) -> Path:
    """As another program may write it: raw text where JSON allows it, escapes elsewhere.

    Lines with a good id and time; the same with a made-up kind; lines with nothing good.
    """
    path = station.folder / "foreign.jsonl"
    good = [
        {"bleUuid": BADGE % n, "checkInTime": NOW + n, "scannerId": text, "id": text}
        for n, text in enumerate(NAMES)
    ]
    lines = good + [line | {"kind": line["id"], "why": line["id"]} for line in good]
    lines += [{"bleUuid": text, "checkInTime": text, "scannerId": text} for text in NAMES]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def output(done: subprocess.CompletedProcess[str]) -> list[str]:
    return harm_in(done.stdout + done.stderr)


class Tags(HTMLParser):
    """The names of a page's elements and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


OWN_ATTRIBUTES = {
    *("lang", "charset", "scope", "name", "content", "http-equiv", "class", "data-label"),
    *("viewbox", "role", "aria-label", "xmlns", "font-size", "d", "text-anchor"),
    *("x", "y", "width", "height"),
}
"""Of the page itself: one that somebody's name brought along would be another."""


def check_report(station: Station) -> None:
    """All five forms, of whatever backend the station has."""
    for kind in ("table", "csv", "html", "json"):
        done = station.run("report", "--event", "evening", "--format", kind)
        assert output(done) == [], kind
        if kind == "csv":
            cells = [cell for row in csv.reader(io.StringIO(done.stdout)) for cell in row]
            assert [cell for cell in cells if cell.startswith(FORMULAS)] == []
        if kind == "html":
            page = Tags(done.stdout)
            assert page.tags.isdisjoint({"script", "img", "a", "link", "iframe"})
            assert page.attributes <= OWN_ATTRIBUTES
        if kind == "json":
            assert len(json.loads(done.stdout)["people"]) >= 10
    book = station.folder / "report.xlsx"
    station.run("report", "--event", "evening", "--format", "xlsx", "--output", book)
    boxes: list[Any] = [
        cell
        for sheet in load_workbook(book).worksheets
        for row in sheet.iter_rows()
        for cell in row
    ]
    assert {box.data_type for box in boxes} <= {"s", "n", "d", "inlineStr"}
    texts = [str(box.value) for box in boxes if box.value is not None]
    assert [text for text in texts if harm_in(text)] == []
    assert [text for text in texts if text.startswith(FORMULAS)] == []


@pytest.mark.timeout(300)  # twenty processes, on two busy cores
def test_hostile_people_events_and_scanners_steer_nothing(station: Station) -> None:
    title = CANARY_TEXT.replace("\0", "")  # a system call takes no NUL
    args = ["--id", "evening", "--name", title, "--description", title]
    times = ["--start", str(NOW), "--end", str(NOW + 7_200_000)]
    assert output(station.run("events", "create", *args, *times)) == []
    imported = station.run(
        "users", "import", people_csv(station), "--event", "evening", exit_code=1
    )
    assert output(imported) == []
    log = foreign_log(station)
    with station.backend():
        synced = station.run("sync", "--event", "evening", "--log", log, exit_code=5)
        assert output(synced) == []
        for args in (
            ["events", "list"],
            ["events", "list", "--json"],
            ["events", "show", "evening"],
            ["users", "list"],
            ["users", "list", "--json"],
        ):
            assert output(station.run(*args)) == [], args
        check_report(station)
    for args in (["show"], ["show", "--json"], ["show", "--refused", "--event", "evening"]):
        done = station.run("log", *args, "--log", log)
        assert output(done) == [], args
    assert output(station.run("log", "verify", "--log", log)) == []
    exported = station.run("log", "export", "--log", log, "--format", "csv")
    assert output(exported) == []
    cells = [cell for row in csv.reader(io.StringIO(exported.stdout)) for cell in row]
    assert [cell for cell in cells if cell.startswith(FORMULAS)] == []


def test_hostile_texts_over_http_are_stored_clean(station: Station) -> None:
    made = station.json("users", "create-admin", "--name", "A", "--email", "a@x", "--json")[0]
    event = {"id": "evening", "name": CANARY_TEXT, "start": NOW, "end": NOW + 1, "tz": "UTC"}
    people = [
        {"row": number, "name": text, "email": f"{number}@x", "bleUuid": BADGE % number}
        for number, text in enumerate(NAMES)
    ]
    batch = {
        "eventId": "evening",
        "records": [
            {"bleUuid": BADGE % n, "checkInTime": NOW, "scannerId": text[:64] + "."}
            for n, text in enumerate(NAMES)
        ],
    }
    posts = {
        "/events": event,
        "/users/import": {"eventId": "evening", "people": people},
        "/batchCheckIn": batch,
    }
    with station.backend():
        for path, document in posts.items():
            key = KEY if path == "/batchCheckIn" else made["token"]
            body = json.dumps(document).encode("ascii")
            request = head("POST", path, key=key, Content_Length=len(body)) + body
            assert ask(station, request).status in {200, 201}, path
        for path in ("/events", "/users", "/events/evening/report", "/events/evening/attendance"):
            answer = ask(station, head("GET", path, key=made["token"]))
            assert harm_in(answer.body) == [], path
            assert json.loads(answer.body)


def test_a_hostile_backend_steers_nothing(station: Station, hostile: HostileBackend) -> None:
    station.environ["HEADCOUNT_BACKEND__TOKEN"] = "a-token"
    check_report(station)
    for args in (["events", "list"], ["events", "show", "evening"], ["users", "list"]):
        for form in ([], ["--json"]):
            assert output(station.run(*args, *form)) == [], args
    log = refused_log(station)
    sync = ("sync", "--event", "evening", "--log", log)
    done = station.run(*sync, exit_code=5)
    assert output(done) == []
    assert output(station.run(*sync, "--json", exit_code=5)) == []
    for form in ([], ["--json"]):
        shown = station.run("log", "show", "--refused", "--event", "evening", "--log", log, *form)
        assert output(shown) == []


def test_a_hostile_roster_and_scanner_name_steer_no_scan(
    station: Station, hostile: HostileBackend
) -> None:
    station.run("sync", "--event", "evening", "--log", refused_log(station), exit_code=5)
    name = "\x1b[2J\x9b31m\u202e[/nope]=1"
    scan = ("scan", "--event", "evening", "--radio", "simulated", "--duration", "3")
    for form in ([], ["--json"]):
        log = station.folder / f"scan{len(form)}.jsonl"
        done = station.run(*scan, "--scanner-id", name, "--log", log, *form)
        assert output(done) == []
        assert "[/nope]" in done.stdout + done.stderr
        assert form == [] or json.loads(done.stdout.partition("\n")[0])["rosterKnown"]
        assert harm_in(log.read_text("utf-8")) == []
        assert output(station.run("log", "show", "--log", log)) == []
    kept = station.data / "headcount.log"
    assert harm_in(kept.read_text("utf-8")) == []


def refused_log(station: Station) -> Path:
    """A log with as many records as the hostile backend refuses, each with a text of its own."""
    path = station.folder / "refused.jsonl"
    record = {"bleUuid": BADGE % 1, "scannerId": "door"}
    lines = [json.dumps(record | {"checkInTime": NOW + n}) for n in range(len(NAMES))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("status", [400, 401, 404, 409, 413, 429, 500])
def test_a_hostile_problem_document_steers_no_message(
    station: Station, hostile: HostileBackend, status: int
) -> None:
    station.environ["HEADCOUNT_SYNC__ATTEMPTS"] = "1"
    hostile.status = status
    hostile.problem = {
        "code": CANARY_TEXT,
        "detail": CANARY_TEXT,
        "title": CANARY_TEXT,
        "limit": CANARY_TEXT,
    }
    with station.start("report", "--event", "evening") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode in {1, 4}
    assert "Traceback" not in err
    assert harm_in(out + err) == []
    assert len(err) < 3_000


@pytest.mark.parametrize("huge", [2**63, 10**400, -(10**4200)], ids=["64-bit", "float", "digits"])
def test_a_number_that_nothing_can_hold_is_no_answer(
    station: Station, hostile: HostileBackend, huge: int
) -> None:
    hostile.huge = huge
    err = station.run("report", "--event", "evening", exit_code=4).stderr
    assert "integer out of range" in err


def test_a_list_that_never_ends_is_given_up(station: Station, hostile: HostileBackend) -> None:
    hostile.endless = True
    station.environ["HEADCOUNT_SYNC__ATTEMPTS"] = "1"
    err = station.run("sync", exit_code=4).stderr
    assert "a list that never ends" in err
    assert hostile.pages <= 1_000


@pytest.mark.parametrize(
    "args",
    [
        ["\x1b]0;x\x07"],
        ["--\x1b]0;x\x07"],
        ["scan", "--event", "e", "--\x1b[2J\u202e"],
        ["scan", "--event", "\x1b[2J"],
        ["scan", "--event", "e", "\x1b[2J\x9b31m"],
        ["scan", "--event", "e", "--radio", "\x1b[2J\u202e"],
        ["report", "--event", "e", "--format", "\x1b[2J\u202e"],
        ["events", "create", "--name", "\u202e", "--start", "now", "--end", "+1h"],
        ["events", "create", "--name", "n", "--start", "\x1b[2J", "--end", "+1h"],
        ["events", "create", "--name", "n", "--start", "1", "--end", "2", "--tz", "\x1b[2J"],
        ["events", "list", "--database-url", "\x1b[2J\u202e://"],
        ["users", "import", "\x1b[2J\u202e.csv"],
        ["log", "show", "--log", "\x1b[2J\u202e.jsonl"],
        ["--config", "\x1b[2J\u202e.toml", "log", "path"],
        ["sync", "--url", "http://\x1b[2J\u202e/"],
    ],
    ids=range(15),
)
def test_what_was_pasted_into_a_command_line_is_not_echoed_raw(
    station: Station, args: list[str]
) -> None:
    assert output(station.run(*args, exit_code=2)) == []


def test_a_name_that_is_no_text_is_kept_out(station: Station) -> None:
    broken = station.folder / "broken.csv"
    broken.write_bytes(b"name,email,bleUuid\n\xed\xa0\x80,a@x.org,\n")
    assert "not UTF-8" in station.run("users", "import", broken, exit_code=2).stderr
    name = os.fsdecode(b"bad\xff\xfename")
    args = ("--id", "e", "--name", name, "--start", "now", "--end", "+1h")
    station.run("events", "create", *args)
    assert station.json("events", "list", "--json")[0]["name"] == "badname"


def on_a_terminal(station: Station, *args: str | Path) -> str:
    """What a command writes onto a terminal."""
    screen, end = os.openpty()
    command = [sys.executable, "-m", "headcount", *map(str, args)]
    with subprocess.Popen(
        command, cwd=station.folder, env=station.environ, stdout=end, stderr=end
    ) as process:
        os.close(end)
        seen = b"".join(read_all(screen))
        process.wait(timeout=60)
    os.close(screen)
    return seen.decode("utf-8")


def read_all(screen: int) -> Iterator[bytes]:
    while select.select([screen], [], [], 60)[0]:
        try:
            data = os.read(screen, 65_536)
        except OSError:  # the other end is closed
            return
        if not data:
            return
        yield data


def test_file_names_and_other_programs_lines_steer_no_terminal(station: Station) -> None:
    odd = station.folder / "\x1b]0;owned\x07\u202e.jsonl"
    line = {"bleUuid": BADGE % 1, "checkInTime": NOW, "scannerId": "\x9b31m\u202edoor"}
    odd.write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
    for args in (["path"], ["show"], ["verify"], ["export"], ["export", "--format", "csv"]):
        seen = on_a_terminal(station, "log", *args, "--log", odd)
        assert harm_in(seen) == [], args
    # a script gets the very name and the very bytes
    assert station.run("log", "path", "--log", odd).stdout == f"{odd}\n"
    assert station.run("log", "export", "--log", odd).stdout == odd.read_text("utf-8")


def test_addresses_in_the_air_and_their_names_are_not_stored(station: Station) -> None:
    recording = station.folder / "air.jsonl"
    id_ = BADGE % 1
    frame = {"t": 0.0, "wall": NOW, "address": "\x1b[2J", "name": "\x1b]52;c;eA==\x07Alice"}
    frame |= {"rssi": -50, "serviceUuids": [id_], "localName": "\x1b[31mAlice"}
    lines = [frame | {"t": n / 10, "wall": NOW + n * 100} for n in range(30)]
    recording.write_text("".join(json.dumps(line) + "\n" for line in lines))
    scan = ("scan", "--event", "e", "--radio", f"replay:{recording}", "--speed", "0")
    done = station.run(*scan)
    assert output(done) == []
    log = station.log("e").read_text("ascii")
    assert id_ in log
    stored = log + "".join(
        path.read_text("utf-8") for path in station.data.rglob("*") if path.is_file()
    )
    assert re.findall(r"Alice|\\u001b|\x1b", stored) == []
