"""Backups of a real PostgreSQL: the restore drill, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url
from tests.postgres import GUARDED, PASSWORD, Cluster, execute
from tests.store.care_event import fill, report
from tests.store.earlier import bring

from headcount.bootstrap.admin import open_database
from headcount.bootstrap.backups import Keeper, back_up, listed, restore, verify
from headcount.bootstrap.upgrading import check, roll_back, upgrade
from headcount.cli import cli
from headcount.clock import ManualClock
from headcount.config import Config, Server
from headcount.core.backend import DatabaseUnavailable, NewEvent
from headcount.core.errors import UsageError
from headcount.store.server import open_store, pg_backup, schema
from headcount.store.server.sqlite_backup import BackupDamaged
from headcount.store.server.upgrade import UpgradeFailed

NOW = 1_753_000_000_000
HOUR = 3_600_000


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    made = cluster.create()
    yield made
    cluster.drop(made)


@pytest.fixture
def config(url: str, tmp_path: Path) -> Config:
    return Config(data_dir=str(tmp_path), server=Server(database_url=url, backups_kept=2))


def test_the_restore_drill(config: Config, url: str, cluster: Cluster, tmp_path: Path) -> None:
    with closing(open_store(url)) as store:
        fill(store)
        before = report(store)
        made = back_up(config, NOW)  # while the backend is connected
        store.create_event(NewEvent("Later", NOW, NOW + HOUR, id="later"), now_ms=NOW)
        with pytest.raises(UsageError, match="in use"):
            restore(config, made.file, NOW, force=True)
    assert verify(made.file) == made.manifest
    assert (made.manifest.rows["events"], made.manifest.rows["users"]) == (2, 5)
    assert made.file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="not empty"):
        restore(config, made.file, NOW, force=False)
    for number in (1, 2):  # twice: what was moved aside must not be in the way, nor in a backup
        manifest, aside = restore(config, made.file, NOW + number * 1000, force=True)
        assert (manifest, aside[:18]) == (made.manifest, "the schema before_")
        with closing(open_store(url)) as store:
            assert report(store) == before
            assert [event.id for event in store.events(limit=9).items] == ["old", "new"]
        execute(url, "ANALYZE")
        assert back_up(config, NOW + number * 1000).manifest.rows == made.manifest.rows
    assert [file.name for file, _ in listed(config)] == [
        f"{time}.pgdump" for time in ("20250720T082641Z", "20250720T082642Z")
    ]
    empty = cluster.create()
    fresh = config.model_copy(update={"server": Server(database_url=empty)})
    (newest, _), (_, _) = listed(config)
    assert restore(fresh, newest, NOW, force=False)[1] == ""
    with closing(open_store(empty)) as store:
        assert report(store) == before
    cluster.drop(empty)


def test_a_failed_restore_leaves_everything_as_it_was(
    config: Config, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_store(url)) as store:
        fill(store)
        before = report(store)
    made = back_up(config, NOW)
    monkeypatch.setattr(pg_backup, "verify", lambda _: made.manifest)
    made.file.write_bytes(made.file.read_bytes()[:-2000])
    with pytest.raises(DatabaseUnavailable):
        restore(config, made.file, NOW, force=True)
    with closing(open_store(url)) as store:
        assert report(store) == before


def test_damage_is_found(config: Config, url: str) -> None:
    open_store(url).close()
    made = back_up(config, NOW)
    content = bytearray(made.file.read_bytes())
    content[len(content) // 2] ^= 0x55
    for damaged in (bytes(content), bytes(content[:-500]), b"rubbish"):
        made.file.write_bytes(damaged)
        with pytest.raises(BackupDamaged):
            verify(made.file)


def test_what_stands_in_the_way_is_said(
    config: Config, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BackupDamaged, match="no sound dump"):  # an empty database is nobody's
        back_up(config, NOW)
    sqlite = config.model_copy(update={"server": Server()})
    with pytest.raises(UsageError, match="another kind"):
        restore(sqlite, tmp_path / "x.pgdump", NOW, force=False)
    gone = Server(database_url=url.replace("test_", "gone_"))
    with pytest.raises(DatabaseUnavailable, match="gone_"):
        back_up(config.model_copy(update={"server": gone}), NOW)
    guarded = make_url(url).set(username=GUARDED, password="wrong-" + PASSWORD)
    secret = Server(database_url=guarded.render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailable) as told:
        back_up(config.model_copy(update={"server": secret}), NOW)
    assert PASSWORD not in str(told.value)
    monkeypatch.setattr(pg_backup, "_VERSIONS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="postgresql-client"):
        back_up(config, NOW)
    assert not list(tmp_path.rglob("*.part"))


def test_the_keeper_makes_them_too(config: Config, url: str) -> None:
    open_store(url).close()
    clock, told = ManualClock(wall_ms=NOW), list[str]()
    keeper = Keeper(config, clock, told.append)
    made = 0
    for _ in range(4):
        made += keeper.look() is not None
        clock.advance(12 * 3600)
    assert (made, told) == (2, [])


def test_whoever_opens_an_older_database_makes_a_dump_first(
    config: Config, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_server(url)
    with monkeypatch.context() as without:
        without.setattr(pg_backup, "_VERSIONS", tmp_path)
        without.setenv("PATH", str(tmp_path))
        with pytest.raises(UpgradeFailed, match="pg_dump is not installed") as told:
            open_with(config)
        assert "BACKUP_BEFORE_UPGRADE=false" in told.value.remedy
        assert "postgresql-client" in told.value.remedy
        assert (check(config).version, listed(config)) == ("0008", [])
        without.setenv("HEADCOUNT_SERVER__BACKUP_BEFORE_UPGRADE", "false")
        done = CliRunner().invoke(cli, ["--data-dir", str(tmp_path), "purge", *OF, url])
        assert (done.exit_code, listed(config)) == (0, [])
    assert check(config).version == schema.HEAD
    execute(url, "DROP SCHEMA public CASCADE")
    execute(url, "CREATE SCHEMA public")
    bring_server(url)
    open_with(config)
    ((file, manifest),) = listed(config)
    assert (verify(file).schema, verify(file)) == ("0008", manifest)
    open_with(config)
    assert (check(config).version, len(listed(config))) == (schema.HEAD, 1)


OF = ("--dry-run", "--database-url")


def open_with(config: Config) -> None:
    """As `headcount serve` begins."""
    with open_database(config) as store:
        store.events(limit=1)


def bring_server(url: str) -> None:
    plain = make_url(url).set(drivername="postgresql+psycopg")
    bring(plain.render_as_string(hide_password=False), "0008")


def test_an_upgrade_has_a_dump_to_go_back_to(config: Config, url: str) -> None:
    bring_server(url)
    assert (check(config).version, check(config).is_due) == ("0008", True)
    done = upgrade(config, NOW)
    assert (done.version, done.newest, done.rows["alembic_version"]) == ("0008", schema.HEAD, 1)
    assert verify(Path(done.kept)).schema == "0008"
    assert not upgrade(config, NOW + 1000).is_due
    back = roll_back(config, NOW + 2000)
    assert (back.newest, back.kept[:18]) == ("0008", "the schema before_")
    assert check(config).version == "0008"
    with pytest.raises(UsageError, match="earlier version"):
        roll_back(config, NOW + 3000)
