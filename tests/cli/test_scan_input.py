"""Lines typed while `scan --no-ui` runs."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from headcount.cli.scan_input import Typed, answer, help_lines
from headcount.clock import ManualClock
from headcount.core.acts import WalkIns
from headcount.core.dedupe import IdentifyRules
from headcount.core.desk import Desk
from headcount.core.model import Kind, Logged, Person, Record
from headcount.core.roster import Roster
from headcount.recorder import Recorder

BADGE = "c3c3c3c3-c3c3-c3c3-c3c3-c3c3c3c3c3c3"


FOREGROUND = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Makes standard input the controlling terminal, as a shell does for a job in the foreground."""


class Terminal:
    """A recorder whose log is a list, and an operator."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        clock = ManualClock()
        roster = Roster([(Person("1", "Ada Lovelace"), []), (Person("2", "Ben Bee"), [])], 0)
        self.recorder = Recorder(
            log=self, clock=clock, roster=roster, rules=IdentifyRules(), scanner_id="door"
        )
        desk = Desk("Eve", 15, WalkIns.ASK)
        self.typed = Typed(desk, self.recorder, clock, lambda: "w1")

    def append(self, record: Record) -> None:
        self.records.append(record)
        self.recorder.durable([Logged(len(self.records), f"s-{len(self.records)}", record)])


def test_people_are_checked_in_and_found_and_undone() -> None:
    terminal = Terminal()
    terminal.typed.line("checkin la\n")
    assert terminal.typed.line("who ada") == ["Ada Lovelace (1), checked in"]
    terminal.typed.line("undo")
    assert terminal.typed.line("who ada") == ["Ada Lovelace (1), not checked in"]
    assert [record.kind for record in terminal.records] == [Kind.MANUAL, Kind.VOID]


@pytest.mark.parametrize(
    ("text", "kind", "members"),
    [
        ("excuse ben, ill, at home", Kind.EXCUSED, {"user": "2", "why": "ill, at home"}),
        (f"assign ben, {BADGE}", Kind.ASSIGN, {"user": "2", "ble_uuid": BADGE}),
        (
            "walkin Cid de Vil c@x.org --yes",
            Kind.WALK_IN,
            {"user": "w1", "name": "Cid de Vil", "email": "c@x.org"},
        ),
    ],
)
def test_a_line_is_an_act(text: str, kind: Kind, members: dict[str, str]) -> None:
    terminal = Terminal()
    assert terminal.typed.line(text) == ()
    (record,) = terminal.records
    assert record.kind is kind
    assert {name: getattr(record, name) for name in members} == members


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("checkin zz", "Nobody on the roster"),
        ("checkin e", "may mean"),
        ("checkin", "Nobody on the roster"),
        ("walkin Cid", "--yes"),
        ("assign ben", "no bleUuid"),
        ("undo", "nothing of Eve"),
    ],
)
def test_what_can_not_be_done_is_said(
    capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    terminal = Terminal()
    answer(terminal.typed, text)
    assert says in capsys.readouterr().err
    assert terminal.records == []


def test_anything_else_is_answered_with_what_can_be_typed() -> None:
    assert Terminal().typed.line("dance") == help_lines()
    assert Terminal().typed.line("  ") == ()


def test_at_a_real_terminal(tmp_path: Path) -> None:
    """A walk-in typed into a running scan is in its log; the program ends by itself."""
    ours, theirs = pty.openpty()
    scan = ["-m", "headcount", "--data-dir", str(tmp_path), "scan", "--no-ui", "--event", "e1"]
    simulated = ["--radio", "simulated", "--phones", "1", "--duration", "4"]
    process = subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, *scan, *simulated],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, b"walkin Zoe --yes\n")
    output, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0, output
    assert "Walk-in checked in: Zoe" in output
    log = (tmp_path / "events" / "e1" / "attendance_log.jsonl").read_text()
    assert '"kind":"walkIn"' in log
