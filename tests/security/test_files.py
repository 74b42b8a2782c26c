"""Files: who can read them under any umask, and links that lead elsewhere."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

import pytest
from tests.e2e.conftest import Station

from headcount.bootstrap.logs import PrivateHandler

from .hostile import BADGE

VICTIM = "somebody else's file\n"


def open_to_others(folder: Path) -> dict[str, str]:
    """What group or others may do anything with, by path."""
    found = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077:
            found[str(path.relative_to(folder))] = f"{mode:04o}"
    return found


def with_umask(station: Station, umask: str, *args: str | Path) -> None:
    done = station.done(*args, umask=int(umask, base=8))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("umask", ["000", "022", "077"])
def test_everything_we_make_is_the_owners_alone(station: Station, umask: str) -> None:
    station.folder.chmod(0o755)
    station.data = station.folder / "new" / "deep" / "data"
    station.environ["HEADCOUNT_DATA_DIR"] = str(station.data)
    people = station.folder / "people.csv"
    people.write_text(f"name,email,bleUuid\nAda,a@x.org,{BADGE % 1}\n", encoding="utf-8")
    out = station.folder / "out"
    out.mkdir(mode=0o700)
    times = ("--start", "now", "--end", "+1h")
    with_umask(station, umask, "events", "create", "--id", "e", "--name", "E", *times)
    with_umask(station, umask, "users", "import", people, "--event", "e")
    scan = ("scan", "--event", "e", "--radio", "simulated", "--duration", "1")
    with_umask(station, umask, *scan, "--record", out / "air.jsonl")
    with station.backend():
        with_umask(station, umask, "sync", "--event", "e")
        for kind in ("csv", "xlsx", "html"):
            report = ("report", "--event", "e", "--format", kind)
            with_umask(station, umask, *report, "--output", out / f"r.{kind}")
        assert (station.data / "backend.sqlite3-wal").exists()
        assert open_to_others(station.folder / "new") == {}
    with_umask(station, umask, "log", "export", "--event", "e", "--output", out / "stick.jsonl")
    assert open_to_others(station.folder / "new") == {}
    assert open_to_others(out) == {}
    names = {path.name for path in station.data.rglob("*")}
    assert {"attendance_log.jsonl", "headcount.log", "backend.sqlite3", "station"} <= names


@pytest.mark.parametrize("kind", ["csv", "xlsx", "html", "json", "table"])
def test_a_report_does_not_follow_a_link(station: Station, kind: str) -> None:
    station.set_up_event([BADGE % 1])
    victim, link = make_link(station)
    database = f"sqlite:///{station.data / 'backend.sqlite3'}"
    report = ("report", "--event", "evening", "--format", kind, "--database-url", database)
    assert "symbolic link" in station.run(*report, "--output", link, exit_code=2).stderr
    assert victim.read_text() == VICTIM


def make_link(station: Station, name: str = "link") -> tuple[Path, Path]:
    victim, link = station.folder / "victim", station.folder / name
    victim.write_text(VICTIM)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(victim)
    return victim, link


def test_a_report_replaces_a_file_and_keeps_its_mode(station: Station) -> None:
    station.set_up_event([BADGE % 1])
    file = station.folder / "report.csv"
    file.write_text("x" * 100_000)
    file.chmod(0o640)
    database = f"sqlite:///{station.data / 'backend.sqlite3'}"
    report = ("report", "--event", "evening", "--format", "csv", "--database-url", database)
    station.run(*report, "--output", file)
    assert file.read_text().startswith("Name,")
    assert "xxx" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_scan_export_and_recording_do_not_follow_a_link(station: Station) -> None:
    victim, link = make_link(station)
    scan = ("scan", "--event", "e", "--radio", "simulated", "--duration", "0.5")
    err = station.run(*scan, "--log", link, exit_code=1).stderr
    assert str(link) in err
    station.run(*scan, "--record", link, exit_code=2)
    station.run(*scan)
    assert "exists" in station.run("log", "export", "--output", link, exit_code=2).stderr
    assert victim.read_text() == VICTIM


def test_the_programs_own_log_does_not_follow_a_link(station: Station) -> None:
    victim, _ = make_link(station, "data/headcount.log")
    scan = ("scan", "--event", "e", "--radio", "simulated", "--duration", "0.5")
    err = station.run(*scan, exit_code=2).stderr
    assert "headcount.log" in err
    assert victim.read_text() == VICTIM


@pytest.mark.parametrize("name", ["station/station.json", "station/.station.json.tmp"])
def test_the_state_does_not_write_through_a_link(station: Station, name: str) -> None:
    victim, _ = make_link(station, f"data/{name}")
    station.run("scan", "--event", "e", "--radio", "simulated", "--duration", "0.5")
    assert victim.read_text() == VICTIM


def test_a_rotated_log_is_private_too(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        handler = PrivateHandler(tmp_path / "headcount.log", maxBytes=100, backupCount=1)
        for _ in range(2):
            handler.emit(logging.makeLogRecord({"msg": "x" * 90}))
        handler.close()
    finally:
        os.umask(before)
    assert len(list(tmp_path.iterdir())) == 2
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_an_events_folder_with_a_made_up_name_is_not_an_event(station: Station) -> None:
    for name in ("%1b%5d0%3bx%07", "..%2f..%2fetc", "%00"):
        folder = station.data / "events" / name
        folder.mkdir(parents=True)
        (folder / "attendance_log.jsonl").write_text("")
    assert "no log here yet" in station.run("log", "show", exit_code=2).stderr
