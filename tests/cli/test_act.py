"""`headcount act`: durable lines of the log, without a screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headcount.cli import main
from headcount.store.attendance_log import AttendanceLog

BADGE = "c3c3c3c3-c3c3-c3c3-c3c3-c3c3c3c3c3c3"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def run(tmp_path: Path, *args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["--data-dir", str(tmp_path / "data"), "act", *args, "--event", "e1"])
    return int(ended.value.code or 0)


def lines(tmp_path: Path) -> list[dict[str, Any]]:
    log = tmp_path / "data" / "events" / "e1" / "attendance_log.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_persons_evening(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "walk-in", "Zoë", "--yes", "--email", "z@x.org", "--by", "Eve") == 0
    assert run(tmp_path, "check-in", "zo", "--by", "Eve") == 0
    assert run(tmp_path, "undo", "--why", "twice", "--by", "Eve") == 0
    assert run(tmp_path, "assign", "zoe", BADGE) == 0
    assert run(tmp_path, "excuse", "zoe", "--why", "ill") == 0
    walk_in, manual, void, assign, excused = lines(tmp_path)
    kinds = [line["kind"] for line in (walk_in, manual, void, assign, excused)]
    assert kinds == ["walkIn", "manual", "void", "assign", "excused"]
    assert (void["of"], void["why"], void["by"]) == (manual["id"], "twice", "Eve")
    assert {line["user"] for line in lines(tmp_path)} == {walk_in["user"]}
    assert [line["seq"] for line in lines(tmp_path)] == [1, 2, 3, 4, 5]
    assert "Checked in by hand: Zoë" in capsys.readouterr().out


def test_json_names_the_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, "walk-in", "Zoë", "--yes", "--json")
    (line,) = lines(tmp_path)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["id"], printed["kind"], printed["name"]) == (line["id"], "walkIn", "Zoë")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["check-in", "nobody"], "Nobody on the roster"),
        (["walk-in", "Zoë"], "--yes"),
        (["undo"], "nothing of"),
    ],
)
def test_a_refusal_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], args: list[str], says: str
) -> None:
    assert run(tmp_path, *args) == 2
    assert says in capsys.readouterr().err
    assert lines(tmp_path) == []


def test_while_a_scan_runs_it_says_where_to_do_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = AttendanceLog.open(
        tmp_path / "data" / "events" / "e1" / "attendance_log.jsonl",
        session="s",
        on_durable=lambda _: None,
        on_trouble=lambda _: None,
    )
    try:
        assert run(tmp_path, "walk-in", "Zoë", "--yes") == 1
    finally:
        log.close()
    err = capsys.readouterr().err
    assert "A scan of this event is running" in err
    assert "checkin NAME" in err
