"""Retention: what goes is archived and verified first, and reports stay what they were."""

from __future__ import annotations

import csv
import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.store.care_event import END, KEEP, LATER, MINUTE, START, badge, fill, report, seen, send

from headcount.core.audit import Actor, AuditFilter, Entry, auditing
from headcount.core.backend import Batch, PersonRow
from headcount.core.badges import NewBadge
from headcount.core.errors import UsageError
from headcount.core.model import ScanSession
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


def test_a_sealed_report_with_rules_of_its_own_and_a_new_phone_stays(
    store: Store, tmp_path: Path
) -> None:
    event = store.event("old")
    rules = replace(event, away_minutes=6, check_in_opens_minutes=3, minimum_presence_percent=40)
    store.update_event(event, rules)
    ann = next(user.id for user in store.users(limit=9).items if user.name == "Ann")
    store.end_badge(ann, badge(1), valid_to=START + 40 * MINUTE)
    store.add_badge(ann, NewBadge(badge(9), START + 50 * MINUTE), by="Eve", now_ms=LATER)
    everything = [each.id for each in store.close_out("old", now_ms=LATER).findings]
    ready = store.accept("old", everything, by="Eve", why="seen", now_ms=LATER)
    assert store.seal("old", ready.digest, by="Eve", now_ms=LATER).sealed
    before = report(store)
    assert {row.name: row.sightings for row in before.people}["Ann"] == 26
    assert before.totals.unknown == 2
    purge(store, tmp_path)
    after = report(store)
    assert (after, after.changed) == (before, False)
    store.import_people([PersonRow(1, "Ann", "Ann@x.org", badge(88))], now_ms=LATER)
    assert [row.check_in_time for row in report(store).people] == [
        row.check_in_time for row in before.people
    ]


def test_a_look_after_the_purge_hints_at_nobody_and_takes_no_hint_back(
    store: Store, tmp_path: Path
) -> None:
    minutes = {21: (0, 9, 18, 27, 36, 45), 22: (0, 9, 18, 27, 36, 45), 23: (0, 7, 17, 27, 36, 45)}
    people = [PersonRow(row, f"P{row}", "", badge(row)) for row in minutes]
    store.import_people(people, event_id="old", now_ms=START)
    heard = [seen(each, minute) for each, times in minutes.items() for minute in times]
    rows = [row._replace(place=place) for place, row in enumerate(heard)]
    store.merge_batch(Batch("old", rows), received_ms=END)

    def hints() -> list[tuple[str, bool]]:
        made = store.generate_insights("old", now_ms=LATER)
        assert made.gone == 0
        found = store.insights("old", limit=50).items
        kinds = ("movingTogether", "sightingsPurged")
        return [(each.kind.value, each.holds) for each in found if each.kind.value in kinds]

    assert hints() == [("movingTogether", True)]
    purge(store, tmp_path)
    assert hints() == [("movingTogether", True), ("sightingsPurged", True)]


def test_the_trash_goes_when_it_cannot_be_restored_any_more(store: Store, tmp_path: Path) -> None:
    run = ScanSession("s", "Gate", START, END, END)
    heard = Batch("old", [seen(1, 5, "Gate")], sessions=[run])
    store.merge_batch(heard, received_ms=END)
    (session,) = store.scan_sessions("old", limit=9).items
    store.delete_session(session.id, by="Eve", why="test", now_ms=LATER)
    before = report(store)
    keep = Retention(sightings=0, trash=7)
    late = LATER + 31 * DAY_MS
    assert store.purge_plan(keep, now_ms=LATER + 8 * DAY_MS) == []
    (due,) = store.purge_plan(keep, now_ms=late)
    store.purge(due, keep, str(tmp_path / "t"), now_ms=late)
    rows = list(csv.DictReader((tmp_path / "t" / "trashed_sightings.csv").read_text().splitlines()))
    assert (len(rows), due.event_id) == (due.rows["trashed_sightings"], "")
    assert {(row["event"], row["session"], row["scanner"]) for row in rows} == {
        ("old", "s", "Gate")
    }
    assert store.purge_plan(keep, now_ms=late) == []
    store.merge_batch(heard, received_ms=late)
    assert report(store).people == before.people


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
