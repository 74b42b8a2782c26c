"""What a running backend does by itself, and that one of several does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url
from tests.store.care_event import END, LATER, START, fill

from headcount.bootstrap.backups import listed
from headcount.bootstrap.maintenance import Maintenance
from headcount.bootstrap.retention import archive_dir
from headcount.clock import ManualClock
from headcount.config import Config, Retention, Server
from headcount.core.access import NewScanner, NewSignIn
from headcount.core.audit import AuditFilter
from headcount.store.server import Store, open_store

HOUR = 3_600_000


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(open_store(database_url)) as opened:
        fill(opened)
        yield opened


def maintain(
    store: Store, url: str, folder: Path, clock: ManualClock, *, automatic: bool, told: list[str]
) -> tuple[Maintenance, Config]:
    config = Config(
        data_dir=str(folder),
        server=Server(database_url=url, backup_every_hours=0),
        retention=Retention(automatic=automatic),
    )
    return Maintenance(config, store, clock, told.append), config


@pytest.mark.parametrize("automatic", [False, True])
def test_what_is_over_goes_and_the_purge_only_if_wanted(
    store: Store, database_url: str, tmp_path: Path, *, automatic: bool
) -> None:
    user = store.users(limit=1).items[0].id
    store.sign_in(user, NewSignIn("a", LATER * 2), now_ms=START)
    store.add_pairing_code("c", NewScanner(), expires_at=START + 1, now_ms=START)
    clock, told = ManualClock(wall_ms=LATER), list[str]()
    work, config = maintain(store, database_url, tmp_path, clock, automatic=automatic, told=told)
    for _ in range(3):
        work.look()
    assert told == []
    assert store.expire(now_ms=LATER, idle_ms=HOUR) == dict.fromkeys(
        ("sign_ins", "live_tokens", "pairing_codes", "throttles", "webhook_messages"), 0
    )
    purges = store.audit_log(AuditFilter(actor="system"), limit=9).items
    assert [row.subject for row in purges] == ["events/old"] * automatic
    assert archive_dir(config).exists() is automatic
    clock.advance(40 * 24 * 3600)
    work.look()
    assert len(store.audit_log(AuditFilter(actor="system"), limit=9).items) == 2 * automatic
    clock.advance(366 * 24 * 3600)  # the audit log's own rows: what took them away stands there
    work.look()
    newest = store.audit_log(AuditFilter(actor="system"), limit=1).items
    assert [(row.action, row.subject) for row in newest] == [("data.purge", "")] * automatic


def test_one_of_several_does_it(store: Store, database_url: str, tmp_path: Path) -> None:
    clock, told = ManualClock(wall_ms=LATER), list[str]()
    work, _ = maintain(store, database_url, tmp_path, clock, automatic=True, told=told)
    is_shared = not make_url(database_url).drivername.startswith("sqlite")
    with closing(open_store(database_url)) as other, other.maintaining() as mine:
        assert mine
        work.look()
        done = store.audit_log(AuditFilter(actor="system"), limit=9).items
        assert len(done) == (0 if is_shared else 1)
    work.look()
    assert len(store.audit_log(AuditFilter(actor="system"), limit=9).items) == 1
    with store.maintaining() as again:
        assert again


def test_trouble_is_told_and_the_rest_is_done(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'b.db'}"
    (tmp_path / "file").write_text("")
    clock, told = ManualClock(wall_ms=LATER), list[str]()
    config = Config(
        data_dir=str(tmp_path),
        server=Server(database_url=url),
        retention=Retention(automatic=True, archive_dir=str(tmp_path / "file")),
    )
    with closing(open_store(url)) as store:
        fill(store)
        work = Maintenance(config, store, clock, told.append)
        work.look()
        assert [line.partition(":")[0] for line in told] == ["The purge failed"]
        assert len(listed(config)) == 1
        assert store.recent_records("old", limit=1, since=END - HOUR) != []
        with work.running():
            pass
