"""Rotating ids at the backend: attributed in their time, refused out of it, in any order."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.databases import Databases

from headcount.core.backend import Batch, BatchRecord, NewEvent, PersonRow
from headcount.core.identity import from_bytes
from headcount.core.model import BatchAnswer, ScanSession
from headcount.core.report import Report, build_report
from headcount.core.retention import Due, Retention
from headcount.core.rotation import DAY_MS, WINDOW_MS, window_of
from headcount.rotating import id_at
from headcount.store.server import open_store
from headcount.store.server.store import Store

NINE = 20_289 * DAY_MS + 9 * 3_600_000
HOUR = 3_600_000
OLD, NEW = b"o" * 32, b"n" * 32
STATIC = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    with databases.new() as url, closing(open_store(url)) as opened:
        yield opened


def person(store: Store, name: str, event: str = "", badge: str = "") -> str:
    row = PersonRow(1, name, f"{name}@example.org", badge)
    store.import_people([row], event_id=event, now_ms=1)
    return next(user.id for user in store.users(limit=99).items if user.name == name)


def evening(store: Store, *, rotating: bool = True, days: int = 0) -> str:
    end = NINE + 2 * HOUR + days * DAY_MS
    return store.create_event(NewEvent("Evening", NINE, end, rotating=rotating), now_ms=1).id


def shown(secret: bytes, at: int) -> str:
    """What a phone shows at this time."""
    return from_bytes(id_at(secret, window_of(at)))


def hear(store: Store, event: str, *heard: tuple[str, int]) -> BatchAnswer:
    records = [BatchRecord(badge, at, "Door", place) for place, (badge, at) in enumerate(heard)]
    return store.merge_batch(Batch(event, records), received_ms=NINE + 3 * HOUR)


def counts(answer: BatchAnswer) -> tuple[int, int, int]:
    return answer.checked_in, answer.duplicates, answer.unknown


def report(store: Store, event: str) -> Report:
    return build_report(store.report_facts(event), NINE + 3 * HOUR)


def rows(store: Store, event: str) -> dict[str, tuple[int | None, int, str]]:
    """Check-in in minutes after nine, sightings, assurance."""
    return {
        row.name: (
            None if row.check_in_time is None else (row.check_in_time - NINE) // 60_000,
            row.sightings,
            row.assurance or "",
        )
        for row in report(store, event).people
    }


def test_one_person_over_a_change_of_windows_beside_a_fixed_badge(store: Store) -> None:
    event = evening(store)
    person(store, "Ann", event, STATIC)
    store.add_rotation(person(store, "Ben", event), OLD, now_ms=1)
    heard = [(shown(OLD, NINE + at * WINDOW_MS), NINE + at * WINDOW_MS + 60_000) for at in range(4)]
    answer = hear(store, event, (STATIC, NINE), ("b" * 32, NINE), *heard)
    assert counts(answer) == (2, 3, 1)
    assert rows(store, event) == {"Ann": (0, 1, "low"), "Ben": (1, 4, "medium")}
    again = hear(store, event, *reversed(heard))
    assert counts(again) == (0, 4, 0)
    totals = report(store, event).totals
    assert (totals.checked_in, totals.unknown, totals.replays) == (2, 1, 0)
    recent = store.recent_records(event, limit=9)
    assert {(each.name, each.assurance.value) for each in recent} == {
        ("Ann", "low"),
        ("", "low"),
        ("Ben", "medium"),
    }


@pytest.mark.parametrize("after", [-WINDOW_MS - 1, 2 * WINDOW_MS, HOUR])
def test_a_copied_id_is_nobodys_and_counted(store: Store, after: int) -> None:
    event = evening(store)
    store.add_rotation(person(store, "Ben", event), OLD, now_ms=1)
    copied, start = shown(OLD, NINE + HOUR), NINE + HOUR
    assert counts(hear(store, event, (copied, start + after))) == (0, 0, 1)
    found = report(store, event)
    assert (found.totals.checked_in, found.totals.unknown, found.totals.replays) == (0, 1, 1)
    assert [(each.ble_uuid, each.replay) for each in found.unknown] == [(copied, True)]
    assert counts(hear(store, event, (copied, start))) == (1, 0, 0)
    assert rows(store, event)["Ben"] == (60, 1, "medium")
    assert report(store, event).totals.replays == 1


def test_who_is_registered_later_was_there(store: Store) -> None:
    event = evening(store)
    ben = person(store, "Ben")
    store.add_rotation(ben, OLD, now_ms=1)
    assert counts(hear(store, event, (shown(OLD, NINE), NINE + 1))) == (0, 0, 1)
    person(store, "Ben", event)
    assert rows(store, event) == {"Ben": (0, 1, "medium")}


def test_the_option_counts_also_for_what_was_heard_before(store: Store) -> None:
    event = evening(store, rotating=False)
    store.add_rotation(person(store, "Ben", event), OLD, now_ms=1)
    assert counts(hear(store, event, (shown(OLD, NINE), NINE))) == (0, 0, 1)
    assert report(store, event).totals.replays == 0
    from dataclasses import replace

    before = store.event(event)
    store.update_event(before, replace(before, rotating=True))
    assert rows(store, event) == {"Ben": (0, 1, "medium")}


def test_a_new_secret_replaces_the_old_one_from_then_on(store: Store) -> None:
    event = evening(store)
    ben = person(store, "Ben", event)
    store.add_rotation(ben, OLD, now_ms=1)
    hear(store, event, (shown(OLD, NINE), NINE))
    store.add_rotation(ben, NEW, now_ms=NINE + HOUR)
    later = NINE + HOUR + 1
    answer = hear(store, event, (shown(OLD, later), later), (shown(NEW, later), later))
    assert counts(answer) == (0, 1, 1)
    assert rows(store, event)["Ben"] == (0, 2, "medium")


def test_stations_get_keys_of_the_events_days_and_of_nobody_else(store: Store) -> None:
    event = evening(store)
    for name, registered in (("Ann", True), ("Ben", True), ("Cid", False)):
        user = person(store, name, event if registered else "")
        store.add_rotation(user, name.encode() * 8, now_ms=1)
        store.add_rotation(user, name.encode() * 9, now_ms=2)
    page = store.day_keys(event, limit=1, now_ms=1)
    rest = store.day_keys(event, limit=9, cursor=page.cursor, now_ms=1)
    assert (len(page.items), len(rest.items), rest.cursor) == (1, 1, "")
    assert {key.day for key in (*page.items, *rest.items)} == {20_289}
    assert store.day_keys(event, limit=9, now_ms=NINE + 3 * DAY_MS).items == []
    assert store.day_keys(evening(store, rotating=False), limit=9, now_ms=1).items == []
    long = evening(store, days=30)
    person(store, "Ann", long)
    assert len(store.day_keys(long, limit=9, now_ms=1).items) == 8


def test_a_persons_badges_are_not_flooded(store: Store) -> None:
    event = evening(store)
    ben = person(store, "Ben", event, STATIC)
    store.add_rotation(ben, OLD, now_ms=1)
    hear(store, event, (shown(OLD, NINE), NINE))
    assert [period.ble_uuid for period in store.badges(ben)] == [STATIC]
    assert [user.ble_uuid for user in store.users(limit=9).items] == [STATIC]


def periods(url: str) -> list[tuple[str, int]]:
    """Whose ids are known of which hours, and how long each is."""
    engine = create_engine(url)
    query = "SELECT ble_uuid, valid_to - valid_from FROM badge_periods WHERE added_by = 'rotation'"
    with engine.connect() as connection:
        found = [(from_bytes(badge), length) for badge, length in connection.execute(text(query))]
    engine.dispose()
    return found


def test_whose_an_id_was_goes_with_the_sightings(databases: Databases, tmp_path: Path) -> None:
    with databases.new() as url, closing(open_store(url)) as store:
        event, later = evening(store), evening(store, days=20)
        for name, secret in (("Ben", OLD), ("Cid", NEW)):
            store.add_rotation(person(store, name, event), secret, now_ms=1)
        times = [NINE + at * WINDOW_MS + 60_000 for at in range(6)]
        heard = [(shown(secret, at), at) for secret in (OLD, NEW) for at in times]
        copied, stolen = (shown(OLD, times[0]), NINE + HOUR), (shown(NEW, times[1]), NINE + HOUR)
        hear(store, event, *heard, copied)
        hear(store, later, stolen)
        before = report(store, event)
        assert (rows(store, event)["Ben"], before.totals.replays) == ((1, 6, "medium"), 1)
        kept = {copied[0], stolen[0]}
        keep, now = Retention(), NINE + 23 * DAY_MS
        (due,) = store.purge_plan(keep, now_ms=now)
        assert due.rows == {"sightings": 13, "badge_periods": 10}
        assert store.purge(due, keep, str(tmp_path / "a"), now_ms=now).rows == due.rows
        archived = list(csv.DictReader((tmp_path / "a/badge_periods.csv").read_text().splitlines()))
        assert {row["user"] for row in archived} == {row.user_id for row in before.people}
        ids = {shown(secret, at) for secret in (OLD, NEW) for at in times}
        assert {str(uuid.UUID(row["ble_uuid"])) for row in archived} == ids - kept
        left = periods(url)
        assert {badge for badge, _ in left} & ids == kept
        assert report(store, event) == before
        assert report(store, later).totals.replays == 1
        assert len(left) == len(kept) + 2  # and a stand-in for each person
        hear(store, event, *heard)
        assert rows(store, event)["Cid"][2] == "medium"
        (again,) = store.purge_plan(keep, now_ms=now)
        store.purge(again, keep, str(tmp_path / "b"), now_ms=now)
        assert (report(store, event), sorted(periods(url))) == (before, sorted(left))
        assert store.purge_plan(keep, now_ms=now) == []


def test_an_id_in_the_trash_is_known_until_the_trash_is_emptied(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.new() as url, closing(open_store(url)) as store:
        event = evening(store)
        store.add_rotation(person(store, "Ben", event), OLD, now_ms=1)
        run = ScanSession("s", "Door", NINE, NINE + HOUR, NINE + HOUR)
        heard = [BatchRecord(shown(OLD, NINE), NINE, "Door", 0)]
        store.merge_batch(Batch(event, heard, sessions=[run]), received_ms=NINE + HOUR)
        (session,) = store.scan_sessions(event, limit=9).items
        store.delete_session(session.id, by="Eve", why="", now_ms=NINE + 20 * DAY_MS)
        assert store.purge_plan(Retention(), now_ms=NINE + 30 * DAY_MS) == []
        late = NINE + 60 * DAY_MS
        for table in ("trashed_sightings", "badge_periods"):
            (due,) = store.purge_plan(Retention(), now_ms=late)
            assert due == Due("", {table: 1})
            store.purge(due, Retention(), str(tmp_path / table), now_ms=late)
        assert (periods(url), store.purge_plan(Retention(), now_ms=late)) == ([], [])
