"""Retention: what goes is archived and verified first, and reports stay what they were."""

from __future__ import annotations

import csv
import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.store.care_event import KEEP, LATER, MINUTE, START, badge, fill, report, send

from headcount.core.audit import Actor, AuditFilter, Entry, auditing
from headcount.core.backend import PersonRow
from headcount.core.errors import UsageError
from headcount.core.retention import DAY_MS, Retention
from headcount.store.server import Store, archive, open_store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(open_store(database_url)) as opened:
        fill(opened)
        yield opened


def purge(store: Store, folder: Path) -> dict[str, dict[str, int]]:
    plan = store.purge_plan(KEEP, now_ms=LATER)
    entry = Entry(at=LATER, action="data.purge", actor=Actor.LOCAL)
    with auditing(entry):
        return {
            due.event_id: dict(
                store.purge(due, KEEP, str(folder / f"a-{due.event_id}"), now_ms=LATER).rows
            )
            for due in plan
        }


def test_a_report_is_the_same_after_its_sightings_were_purged(store: Store, tmp_path: Path) -> None:
    before, other = report(store), report(store, "new")
    assert {row.status for row in before.people} >= {"present", "partial", "late", "excused"}
    assert any(row.corrected for row in before.people)
    assert before.totals.unknown == 1
    (due,) = store.purge_plan(KEEP, now_ms=LATER)
    assert due.event_id == "old"
    assert purge(store, tmp_path) == {"old": dict(due.rows)}
    assert store.recent_records("old", limit=10) == []
    assert report(store) == before
    assert [row.record for row in store.refusals("old", limit=9).items] == [""]
    assert report(store, "new") == other
    assert store.purge_plan(KEEP, now_ms=LATER) == []
    (entry,) = store.audit_log(AuditFilter(action="data.purge"), limit=9).items
    assert (entry.subject, entry.details["rows"]) == ("events/old", dict(due.rows))


def test_the_archive_has_every_row_and_is_private(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "a-old"
    rows = purge(store, tmp_path)["old"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {name: file["rows"] for name, file in manifest["files"].items()} == {
        f"{table}.csv": count for table, count in rows.items()
    }
    for name, file in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == file["sha256"]
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    table = list(csv.DictReader((folder / "sightings.csv").read_text().splitlines()))
    assert {(row["event"], row["scanner"]) for row in table} == {("old", "Door"), ("old", "Gate")}
    assert uuid.UUID(table[0]["ble_uuid"]) == uuid.UUID(badge(1))


def test_the_same_records_sent_and_purged_again_change_nothing(
    store: Store, tmp_path: Path
) -> None:
    before = report(store)
    purge(store, tmp_path / "1")
    send(store)
    statuses = [(row.name, row.status, row.rule) for row in report(store).people]
    assert statuses == [(row.name, row.status, row.rule) for row in before.people]
    purge(store, tmp_path / "2")
    assert report(store).people == before.people


def test_a_badge_that_gets_an_owner_after_the_purge_becomes_a_check_in(
    store: Store, tmp_path: Path
) -> None:
    purge(store, tmp_path)
    store.import_people([PersonRow(1, "Fay", "fay@x.org", badge(9))], now_ms=LATER)
    (fay,) = [row for row in report(store).people if row.name == "Fay"]
    assert (fay.check_in_time, fay.scanner_id) == (START + 3 * MINUTE, "Door")
    assert report(store).totals.unknown == 0


def test_without_a_sound_archive_nothing_is_deleted(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    plan = store.purge_plan(KEEP, now_ms=LATER)
    with pytest.raises(UsageError, match="can't be written"):
        store.purge(plan[0], KEEP, str(tmp_path / "file" / "x"), now_ms=LATER)

    def damaged(folder: Path) -> None:
        raise archive.ArchiveDamaged(f"{folder} is damaged.")

    monkeypatch.setattr(archive, "verify", damaged)
    with pytest.raises(archive.ArchiveDamaged):
        store.purge(plan[0], KEEP, str(tmp_path / "x"), now_ms=LATER)
    assert store.purge_plan(KEEP, now_ms=LATER) == plan
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_days_of_zero_keep_for_ever_and_one_event_can_be_named(store: Store) -> None:
    store.add_audit(Entry(at=START, action="x"))
    for_ever = Retention(sightings=0, audit=0)
    assert store.purge_plan(for_ever, now_ms=LATER * 1000) == []
    assert store.purge_plan(KEEP, now_ms=LATER, event_id="new") == []
    much_later = store.purge_plan(KEEP, now_ms=LATER + 365 * DAY_MS)
    assert [(due.event_id, dict(due.rows).keys()) for due in much_later][-1] == (
        "",
        {"audit_log": 1}.keys(),
    )


def test_what_is_over_by_itself_goes(store: Store, database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        for hash_, used in (("a", START), ("b", LATER - 1)):
            connection.execute(
                text("INSERT INTO sign_ins VALUES (:hash, 1, 0, :used, :end)"),
                {"hash": hash_, "used": used, "end": LATER + 1},
            )
    engine.dispose()
    assert store.expire(now_ms=LATER, idle_ms=DAY_MS)["sign_ins"] == 1
