"""Backups of the SQLite database: consistent while it is written, verified, never overwriting."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headcount.bootstrap.backups import Keeper, backup_dir, due, listed
from headcount.clock import ManualClock
from headcount.config import Config, Server
from headcount.core.backend import NewEvent
from headcount.core.errors import HeadcountError, UsageError
from headcount.store.server import Store, open_store, sqlite_backup

NOW = 1_753_000_000_000
HOUR = 3_600_000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "backend.sqlite3"


@pytest.fixture
def store(database: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{database}")
    yield opened
    opened.close()


def add_event(store: Store, name: str) -> None:
    store.create_event(NewEvent(name, NOW, NOW + HOUR, id=name), now_ms=NOW)


def events_in(file: Path) -> list[str]:
    store = open_store(f"sqlite:///{file}")
    try:
        return [event.name for event in store.events(limit=100, cursor="").items]
    finally:
        store.close()


def test_a_backup_has_everything_that_was_committed(
    store: Store, database: Path, tmp_path: Path
) -> None:
    add_event(store, "Evening")
    backup = tmp_path / "b" / "one.sqlite3"
    made = sqlite_backup.back_up(database, backup, NOW)
    add_event(store, "Later")
    assert made.rows["events"] == 1
    assert sqlite_backup.verify(backup) == made
    assert backup.stat().st_mode & 0o777 == 0o600
    assert sqlite_backup.manifest_of(backup).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in backup.parent.iterdir()].count("one.sqlite3.part") == 0
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes(backup.read_bytes())
    assert events_in(copy) == ["Evening"]


def test_backups_under_a_live_writer_are_each_one_moment(
    store: Store, database: Path, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            add_event(store, f"e{number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = [
            sqlite_backup.back_up(database, tmp_path / f"{n}.bak", NOW).rows["events"]
            for n in range(10)
        ]
    finally:
        stop.set()
        writer.join()
    assert counts == sorted(counts)
    for number in range(10):
        sqlite_backup.verify(tmp_path / f"{number}.bak")


@pytest.mark.parametrize("place", [0, 100, 5000, -1])
def test_a_changed_byte_is_found(store: Store, database: Path, tmp_path: Path, place: int) -> None:
    add_event(store, "Evening")
    backup = tmp_path / "one.sqlite3"
    sqlite_backup.back_up(database, backup, NOW)
    content = bytearray(backup.read_bytes())
    content[place] ^= 0x55
    backup.write_bytes(content)
    with pytest.raises(sqlite_backup.BackupDamaged):
        sqlite_backup.verify(backup)
    with pytest.raises(sqlite_backup.BackupDamaged):
        sqlite_backup.restore(backup, tmp_path / "new.sqlite3", aside=None)
    assert not (tmp_path / "new.sqlite3").exists()


@pytest.mark.parametrize("manifest", [None, "", "{}", '{"created_at": "x"}'])
def test_without_its_manifest_a_backup_is_not_trusted(
    store: Store, database: Path, tmp_path: Path, manifest: str | None
) -> None:
    add_event(store, "Evening")
    backup = tmp_path / "one.sqlite3"
    sqlite_backup.back_up(database, backup, NOW)
    beside = sqlite_backup.manifest_of(backup)
    beside.unlink()
    if manifest is not None:
        beside.write_text(manifest)
    with pytest.raises(sqlite_backup.BackupDamaged, match="manifest"):
        sqlite_backup.verify(backup)


def test_a_backup_never_overwrites(store: Store, database: Path, tmp_path: Path) -> None:
    add_event(store, "Evening")
    target = tmp_path / "one.sqlite3"
    target.write_text("something else")
    with pytest.raises(UsageError, match="can't be written"):
        sqlite_backup.back_up(database, target, NOW)
    assert target.read_text() == "something else"


def test_nothing_to_back_up_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no database"):
        sqlite_backup.back_up(tmp_path / "none", tmp_path / "one", NOW)


def test_a_restore_keeps_what_was_there(database: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{database}")
    add_event(store, "Evening")
    backup = tmp_path / "one.sqlite3"
    sqlite_backup.back_up(database, backup, NOW)
    add_event(store, "Later")
    aside = tmp_path / "aside.sqlite3"
    with pytest.raises(UsageError, match="exists"):
        sqlite_backup.restore(backup, database, aside=None)
    with pytest.raises(UsageError, match="in use"):
        sqlite_backup.restore(backup, database, aside=aside)
    store.close()
    sqlite_backup.restore(backup, database, aside=aside)
    assert events_in(database) == ["Evening"]
    assert events_in(aside) == ["Evening", "Later"]


def test_a_damaged_database_can_be_replaced(store: Store, database: Path, tmp_path: Path) -> None:
    add_event(store, "Evening")
    backup = tmp_path / "one.sqlite3"
    sqlite_backup.back_up(database, backup, NOW)
    store.close()
    database.write_bytes(b"rubbish" * 1000)
    database.with_name(database.name + "-wal").write_bytes(b"left over")
    sqlite_backup.restore(backup, database, aside=tmp_path / "aside")
    assert not database.with_name(database.name + "-wal").exists()
    assert events_in(database) == ["Evening"]
    assert (tmp_path / "aside").read_bytes().startswith(b"rubbish")


def test_another_programs_database_is_no_backup(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(HeadcountError, match="no sound database"):
        sqlite_backup.back_up(other, tmp_path / "one", NOW)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["other.sqlite3"]


@pytest.mark.parametrize(
    ("newest", "every", "expected"),
    [
        (None, 24, True),
        (None, 0, False),
        (NOW - 24 * HOUR, 24, True),
        (NOW - 24 * HOUR + 1, 24, False),
        (NOW + 1, 24, True),
        (NOW - 100 * HOUR, 0, False),
    ],
)
def test_when_a_backup_is_due(newest: int | None, every: int, *, expected: bool) -> None:
    assert due(newest, NOW, every) is expected


def test_the_keeper_makes_one_a_day_and_keeps_a_number(store: Store, tmp_path: Path) -> None:
    config = Config(data_dir=str(tmp_path), server=Server(backups_kept=3))
    add_event(store, "Evening")
    clock, told = ManualClock(wall_ms=NOW), list[str]()
    keeper = Keeper(config, clock, told.append)
    made = 0
    for _ in range(24 * 5):
        made += keeper.look() is not None
        clock.advance(3600)
    assert (made, told) == (5, [])
    kept = listed(config)
    assert [manifest.created_at - NOW for _, manifest in kept if manifest] == [
        day * 24 * HOUR for day in (2, 3, 4)
    ]
    assert len(list(backup_dir(config).iterdir())) == 2 * len(kept)


def test_the_keepers_trouble_is_told_and_costs_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = Config(data_dir=str(tmp_path), server=Server(backup_dir=str(tmp_path / "file")))
    told = list[str]()
    assert Keeper(config, ManualClock(wall_ms=NOW), told.append).look() is None
    assert "The backup failed" in told[0]
    add_event(store, "Evening")
