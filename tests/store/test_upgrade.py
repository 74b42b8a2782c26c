"""An upgrade happens on a copy: backed up, counted, switched at once; and there is a way back."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.store.earlier import DATABASE, LOG, earlier_directory, others

from headcount.bootstrap.admin import open_database
from headcount.bootstrap.backups import listed, verify
from headcount.bootstrap.upgrading import program_command
from headcount.cli import cli
from headcount.config import Config, Server
from headcount.core.errors import HeadcountError, UsageError
from headcount.store.server import migrate, open_store, schema, sqlite_backup
from headcount.store.server.upgrade import UpgradeFailed, previous_of, rehearse, upgrade, version_of

NOW = 1_753_000_000_000
REVISIONS = ("0001", "0005", "0008")


def run(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(cli, ["--data-dir", str(folder), *args])


def done(folder: Path, *args: str) -> dict[str, object]:
    """What a command that works says, as JSON."""
    result = run(folder, *args, "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, object] = json.loads(result.stdout)
    return told


def sightings(folder: Path) -> list[int]:
    with closing(open_store(f"sqlite:///{folder / DATABASE}")) as store:
        return [at for person in store.report_facts("E").people for at in person.sightings]


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_earlier_data_directory_goes_there_and_back(tmp_path: Path, revision: str) -> None:
    folder = earlier_directory(tmp_path / "data", revision)
    database, before = folder / DATABASE, others(folder)
    database.chmod(0o640)

    tried = done(folder, "upgrade", "--check")
    assert (tried["before"], tried["after"], tried["due"]) == (revision, schema.HEAD, True)
    assert version_of(database) == revision
    assert not (folder / "backups").exists()

    assert done(folder, "upgrade")["rows"] == tried["rows"]
    assert (version_of(database), database.stat().st_mode & 0o777) == (schema.HEAD, 0o640)
    ((file, manifest),) = listed(Config(data_dir=str(folder)))
    assert verify(file) == manifest
    assert manifest is not None
    assert (manifest.schema, manifest.rows) == (revision, tried["rows"])
    assert sightings(folder) == [NOW + 5000]
    again = done(folder, "upgrade")
    assert (again["due"], again["kept"]) == (False, None)

    back = done(folder, "upgrade", "--rollback")
    assert (back["before"], back["after"]) == (schema.HEAD, revision)
    assert (version_of(database), version_of(Path(str(back["kept"])))) == (revision, schema.HEAD)
    assert "no earlier version" in str(run(folder, "upgrade", "--rollback").exception)
    assert others(folder) == before
    ends = ("", ".lock", ".before-upgrade", ".before-upgrade.json")
    names = {path.name for path in folder.iterdir()} - {Path(str(back["kept"])).name}
    assert names <= {DATABASE + end for end in ends} | {"backups", "config.toml", "events"}


def test_the_backend_upgrades_in_the_same_way(tmp_path: Path) -> None:
    folder = earlier_directory(tmp_path / "data", "0008")
    for day in (1, 2, 3):
        name = f"2020010{day}T000000Z.sqlite3"
        sqlite_backup.back_up(folder / DATABASE, folder / "backups" / name, NOW)
    config = Config(data_dir=str(folder), server=Server(backups_kept=2))
    with open_database(config) as store:
        assert [person.name for person in store.report_facts("E").people] == ["Ann"]
    assert version_of(previous_of(folder / DATABASE)) == "0008"
    kept = [file.name for file, _ in listed(config)]
    assert (kept[0], len(kept)) == ("20200103T000000Z.sqlite3", 2)


def broken_migration(monkeypatch: pytest.MonkeyPatch, *statements: str) -> None:
    """The migrations run, and then these statements."""
    whole = migrate._upgrade

    def upgrade_and_more(connection: object) -> None:
        whole(connection)  # type: ignore[arg-type]
        for statement in statements:
            connection.exec_driver_sql(statement)  # type: ignore[attr-defined]

    monkeypatch.setattr(migrate, "_upgrade", upgrade_and_more)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM sightings", "0 of 1 rows in sightings"),
        ("DROP TABLE batches", "0 of 1 rows in batches"),
        ("UPDATE registrations SET user_id = 99", "FOREIGN KEY"),
        ("CREATE nonsense", "syntax error"),
    ],
)
def test_a_failing_migration_leaves_the_old_database_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, why: str
) -> None:
    folder = earlier_directory(tmp_path / "data", "0005")
    database, before = folder / DATABASE, others(folder)
    broken_migration(monkeypatch, statement)
    with (
        pytest.raises(UpgradeFailed, match=why) as caught,
        open_database(Config(data_dir=str(folder))),
    ):
        pass
    assert "as it was" in caught.value.safe
    with pytest.raises(UpgradeFailed, match=why):
        rehearse(database)
    monkeypatch.undo()
    assert (version_of(database), listed(Config(data_dir=str(folder)))) == ("0005", [])
    assert others(folder) == before
    assert not previous_of(database).exists()
    assert [path for path in folder.iterdir() if path.is_dir() and DATABASE in path.name] == []
    assert sightings(folder) == [NOW + 5000]  # the next program can


def test_in_use_newer_or_missing_is_left_alone(tmp_path: Path) -> None:
    folder = earlier_directory(tmp_path / "data", "0008")
    database = folder / DATABASE
    with closing(sqlite3.connect(database)) as other:
        other.execute("SELECT * FROM users").fetchall()
        with pytest.raises(UsageError, match="in use"):
            upgrade(database, tmp_path / "b.sqlite3", NOW)
        assert "was upgraded" in run(folder, "upgrade", "--check").output  # a copy can be tried
    assert version_of(database) == "0008"
    with closing(sqlite3.connect(database)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    assert "nothing to do" in run(folder, "upgrade").output
    assert "There is no backend's database here" in run(tmp_path / "none", "upgrade").output
    assert not (tmp_path / "none").exists()
    assert run(folder, "upgrade", "--check", "--rollback").exit_code != 0


def test_a_link_stays_a_link_and_leftovers_of_a_kill_go(tmp_path: Path) -> None:
    folder = earlier_directory(tmp_path / "data", "0001")
    real = tmp_path / "disk" / "real.sqlite3"
    real.parent.mkdir()
    (folder / DATABASE).rename(real)
    (folder / DATABASE).symlink_to(real)
    left = real.with_name(real.name + ".upgrading")
    left.mkdir()
    (left / real.name).write_text("half")
    assert "Upgraded from version 0001" in run(folder, "upgrade").output
    assert (folder / DATABASE).is_symlink()
    assert (version_of(real), left.exists()) == (schema.HEAD, False)
    assert sorted(path.name for path in real.parent.iterdir()) == [
        "real.sqlite3", "real.sqlite3.before-upgrade", "real.sqlite3.before-upgrade.json",
        "real.sqlite3.lock",
    ]  # fmt: skip


def test_without_a_backup_there_is_no_upgrade(tmp_path: Path) -> None:
    folder = earlier_directory(tmp_path / "data", "0001")
    (folder / "backups").write_text("no folder")
    with (
        pytest.raises(HeadcountError, match="can't be written"),
        open_database(Config(data_dir=str(folder))),
    ):
        pass
    assert version_of(folder / DATABASE) == "0001"


def test_the_words_say_what_was_done_and_how_to_go_back(tmp_path: Path) -> None:
    folder = earlier_directory(tmp_path / "data", "0001")
    words = run(folder, "upgrade").output
    assert "none is missing" in words
    assert "headcount upgrade --rollback" in words
    assert "-m pip install --upgrade headcount" in words
    words = run(folder, "upgrade", "--rollback").output
    assert "headcount sync --log FILE" in words
    assert LOG in (folder / "events" / "E" / "attendance_log.jsonl").read_text()


def test_the_command_for_the_program_is_the_installations_own(tmp_path: Path) -> None:
    venv = tmp_path / "opt" / "venvs" / "headcount"
    venv.mkdir(parents=True)
    assert program_command(venv) == f"{venv}/bin/python -m pip install --upgrade headcount"
    (venv / "pipx_metadata.json").write_text("{}")
    assert program_command(venv) == f"PIPX_HOME={tmp_path / 'opt'} pipx upgrade headcount"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can work for another user")
def test_root_upgrades_for_the_services_user(tmp_path: Path) -> None:
    folder = earlier_directory(tmp_path / "data", "0008")
    database = folder / DATABASE
    os.chown(database, 65534, 65534)
    run(folder, "upgrade")
    owners = {path.stat().st_uid for path in (database, previous_of(database))}
    assert (version_of(database), owners) == (schema.HEAD, {65534})
