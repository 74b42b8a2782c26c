"""`headcount seed` and `headcount insights`: on the database, and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headcount.cli import main
from headcount.clock import SystemClock
from headcount.core.backend import NewEvent
from headcount.store.server import open_store


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "seed"
    folder.mkdir()
    (folder / "people.csv").write_text("name,email\nAda,ada@example.org\nBen\x1b,ben\n")
    (folder / "events.csv").write_text("id,name,start,end\nfair,Fair,1,2\n")
    return folder


def run(tmp_path: Path, *args: object) -> int:
    database = f"sqlite:///{tmp_path / 'backend.db'}"
    with pytest.raises(SystemExit) as ended:
        main([*map(str, args), "--database-url", database])
    return int(ended.value.code or 0)


def test_a_preview_then_the_import(
    tmp_path: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "seed", files, "--preview") == 1
    out, err = capsys.readouterr()
    assert f"{files}/events.csv, line 2: created fair" in out
    assert f"{files}/people.csv: would be 1 users created, 0 updated, 0 unchanged, 1 row" in out
    assert f"{files}/people.csv, line 3, column email ('ben'): email 'ben' is no address." in err
    assert "Nothing was stored." in err
    assert run(tmp_path, "seed", files, "--strict") == 1
    assert "not stored: 1 users created" in capsys.readouterr().out
    assert run(tmp_path, "seed", files, "--json") == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["kind"], line["created"], line["stored"]) for line in lines] == [
        ("events", 1, True),
        ("users", 1, True),
    ]
    assert run(tmp_path, "seed", files / "events.csv") == 0
    assert "0 events created, 0 updated, 1 unchanged" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["empty", "missing.csv"])
def test_a_path_without_files_is_usage(tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path, "seed", tmp_path / what) == 2


def test_insights_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = SystemClock().now().wall_ms
    store = open_store(f"sqlite:///{tmp_path / 'backend.db'}")
    store.create_event(NewEvent("Fair", now, now + 1, id="fair"), now_ms=now)
    store.close()
    assert run(tmp_path, "insights", "list", "--event", "fair", "--generate") == 0
    assert "Nothing to tell" in capsys.readouterr().err
