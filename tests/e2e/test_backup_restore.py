"""The restore drill, as an admin does it: back up, lose the database, bring it back."""

from __future__ import annotations

from pathlib import Path

from .conftest import Station

A = "aaaaaaaa-0000-4000-8000-000000000001"


def test_a_lost_database_comes_back_from_its_backup(station: Station) -> None:
    station.set_up_event([A])
    with station.backend():
        backup = Path(station.run("backup").stdout.strip())
        assert "is sound" in station.run("backup", "verify", backup).stdout
    (listed,) = station.json("backup", "list", "--json")
    assert (listed["file"], listed["rows"]["users"]) == (str(backup), 1)
    refused = station.run("restore", backup, exit_code=2).stderr
    assert "--force" in refused
    for file in station.data.glob("backend.sqlite3*"):
        file.unlink()
    station.run("restore", backup)
    assert [user["bleUuid"] for user in station.json("users", "list", "--json")] == [A]
    assert "is now" in station.run("restore", backup, "--force").stderr
    kept = list(station.data.glob("backend.sqlite3.before-*"))
    assert len(kept) == 1


def test_a_backup_goes_to_a_stick_too(station: Station) -> None:
    station.set_up_event([A])
    stick = station.folder / "stick"
    (made,) = station.json("backup", "--to", stick, "--json")
    assert Path(made["file"]).parent == stick
    assert "no backup" in station.run("backup", "list").stderr
    Path(made["file"]).write_bytes(b"not a database")
    assert "no sound database" in station.run("backup", "verify", made["file"], exit_code=1).stderr
    assert (
        "no database"
        in station.run("backup", "--database-url", "sqlite:///missing.sqlite3", exit_code=2).stderr
    )
