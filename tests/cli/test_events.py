"""`headcount events` on a database, and a station that obeys an event's walk-in policy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from headcount.bootstrap.desk import StationDesk
from headcount.cli import main
from headcount.config import Config
from headcount.core.model import Event
from headcount.store.station import StationStore

CLASS = ["--name", "Class", "--start", "2026-05-01T09:00", "--end", "2026-05-01T12:00"]
NINE = 1_777_626_000_000


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["--data-dir", "data", *args])
    return int(ended.value.code or 0)


def events(*args: str) -> int:
    return run("events", *args, "--database-url", "sqlite:///backend.db")


def test_an_events_rules_are_set_changed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert events("create", *CLASS, "--id", "e1", "--grace", "5", "--walk-ins", "refuse") == 0
    assert events("show", "e1") == 0
    shown = capsys.readouterr().out
    assert "at 09:03 and stays is present, at 09:07 late" in shown
    assert "Walk-ins: refuse." in shown
    assert events("update", "e1", "--grace", "10", "--walk-ins", "station", "--end", "+2h") == 0
    assert "at 09:08 and stays is present, at 09:12 late" in capsys.readouterr().out
    assert events("update", "e1", "--archived", "--json") == 0
    event = json.loads(capsys.readouterr().out)
    assert (event["walkInPolicy"], event["archived"], event["start"]) == ("", True, NINE)
    assert event["end"] == NINE + 2 * 3_600_000
    assert events("list") == 0
    assert "e1" not in capsys.readouterr().out
    assert events("list", "--archived") == 0
    assert "e1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--end", "2026-05-01T08:00"], "end after start"),
        (["--grace", "-1"], "0<=x<=1440"),
        (["--tz", "Mars"], "tz"),
    ],
)
def test_a_wrong_change_is_a_usage_error(
    args: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    events("create", *CLASS, "--id", "e1")
    assert events("update", "e1", *args) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("policy", "more", "code", "says"),
    [
        ("", [], 2, "--yes"),
        ("ask", [], 2, "--yes"),
        ("ask", ["--yes"], 0, "Zoë"),
        ("allow", [], 0, "Zoë"),
        ("refuse", ["--yes"], 2, "event.walkInPolicy is refuse"),
    ],
)
def test_a_station_obeys_the_events_walk_in_policy(
    policy: str, more: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    event = replace(Event("e1", "Class", 1, 2), walk_in_policy=policy)  # type: ignore[arg-type]
    StationStore(Path("data/station")).save_events([event], 1)
    assert run("act", "walk-in", "Zoë", *more, "--event", "e1") == code
    printed = capsys.readouterr()
    assert says in printed.out + printed.err


def test_an_archived_event_is_not_offered(tmp_path: Path) -> None:
    kept, gone = Event("kept", "Class", 1, 2), Event("gone", "Class", 1, 2, archived=True)
    StationStore(tmp_path / "data" / "station").save_events([kept, gone], 1)
    desk = StationDesk(Config(data_dir=str(tmp_path / "data")))
    assert [each.event.id for each in desk.events().listed] == ["kept"]
