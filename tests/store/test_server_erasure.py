"""Erasure: nothing tells who it was, and reports still count them. Export: everything of one."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, select
from tests.store.care_event import END, KEEP, LATER, START, act, badge, fill, report

from headcount.core.access import ExternalPerson, LastAdmin, NewSignIn, NewUser, Status
from headcount.core.audit import Actor, AuditFilter, Entry, auditing
from headcount.core.backend import Batch, PersonRow, Role
from headcount.core.model import Kind
from headcount.core.personal import ERASED
from headcount.core.report import PersonRow as Row
from headcount.core.report import Report
from headcount.core.sentences import said
from headcount.store.server import Store, open_store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(open_store(database_url)) as opened:
        fill(opened)
        opened.create_admin("Root", "root@x.org", token_hash="t", now_ms=START)
        yield opened


def id_of(store: Store, name: str) -> str:
    return next(user.id for user in store.users(limit=20).items if user.name == name)


def whole_database(url: str) -> str:
    """Every cell of every table."""
    engine, meta = create_engine(url), MetaData()
    meta.reflect(engine)
    with engine.connect() as connection:
        rows = [row for table in meta.sorted_tables for row in connection.execute(select(table))]
    engine.dispose()
    cells = (cell.hex() if isinstance(cell, bytes) else str(cell) for row in rows for cell in row)
    return "\n".join(cells)


def anonymous(rows: Report) -> list[Row]:
    """The people of a report by what is counted, whoever they are."""
    people = [
        replace(
            row,
            user_id="",
            name="",
            email="",
            ble_uuid="",
            rule=row.rule.partition(":")[0],
            reason=said("rule.excused") if "why" in row.reason else row.reason,
        )
        for row in rows.people
    ]
    return sorted(people, key=str)


@pytest.mark.parametrize(
    ("name", "purged"),
    [("Ann", True), ("Cid", False), ("Dan", False), ("Dan", True), ("Eve", False)],
)
def test_an_erased_person_is_only_counted(
    store: Store, database_url: str, tmp_path: Path, name: str, *, purged: bool
) -> None:
    user_id, before = id_of(store, name), report(store)
    hash_ = hashlib.sha256(b"token").hexdigest()
    store.sign_in(user_id, NewSignIn(hash_, LATER), now_ms=START)
    for entry in (
        Entry(START, "users.set-role", Actor.PERSON, user_id, subject=f"users/{user_id}"),
        Entry(START, "users.import", after={"name": name, "email": f"{name}@x.org"}),
    ):
        store.add_audit(entry)
    if purged:
        for due in store.purge_plan(KEEP, now_ms=LATER):
            store.purge(due, KEEP, str(tmp_path / "a"), now_ms=LATER)
    data = store.personal_data(user_id, now_ms=LATER)
    badges = {row["bleUuid"] for row in data.tables["badges"]}
    preview = store.erasure(user_id)
    with auditing(Entry(LATER, "users.erase", Actor.LOCAL)):
        erased = store.erase(user_id)
    assert (preview.rows, preview.user_id) == (erased.rows, user_id)
    assert anonymous(report(store)) == anonymous(before)
    assert report(store).totals == before.totals
    left = whole_database(database_url)
    words = [f"{name}@x.org", user_id, hash_, *badges, *(uuid.UUID(b).hex for b in badges)]
    assert [word for word in (*words, "sick" if name == "Eve" else words[0]) if word in left] == []
    assert name not in left.splitlines()
    assert f'"{name}"' not in left
    (row,) = store.audit_log(AuditFilter(action="users.erase"), limit=9).items
    assert (row.subject, row.details["rows"]) == (f"users/{erased.user_id}", erased.rows)
    rows = store.audit_log(AuditFilter(actor=erased.user_id), limit=9).items
    assert [row.actor_name for row in rows] == [ERASED]


def test_two_who_had_one_badge_after_another_are_kept_apart(store: Store) -> None:
    before = report(store)
    store.erase(id_of(store, "Cid"))
    store.erase(id_of(store, "Dan"))
    after = report(store)
    assert anonymous(after) == anonymous(before)
    assert [row for row in after.people if row.name == "Ann"] == [
        row for row in before.people if row.name == "Ann"
    ]


def test_what_hangs_on_an_account_goes(store: Store, database_url: str) -> None:
    person = ExternalPerson("https://id.example|77", "Gus", "gus@example.org")
    holder = store.external_holder(person, now_ms=START)
    assert holder is not None
    store.sign_up(
        NewUser("Gus", "gus@example.org", "$argon2$x"), status=Status.ACTIVE, now_ms=START
    )
    store.erase(holder.user_id)
    left = whole_database(database_url)
    assert [word for word in ("Gus", "gus@", "id.example", "argon2") if word in left] == []


def test_a_walk_in_sent_again_brings_no_name_back(store: Store, database_url: str) -> None:
    walk_in = act(store, Kind.WALK_IN, "Fay", id="f", user="f-ref", name="Fay", email="fay@x.org")
    batch = Batch("old", [], acts=[walk_in])
    store.merge_batch(batch, received_ms=END)
    before = report(store)
    store.erase(id_of(store, "Fay"))
    store.merge_batch(batch, received_ms=END)
    assert anonymous(report(store)) == anonymous(before)
    left = whole_database(database_url)
    assert ("Fay" in left, "fay@x.org" in left) == (False, False)


def test_the_only_admin_stays(store: Store) -> None:
    with pytest.raises(LastAdmin):
        store.erase(id_of(store, "Root"))
    store.set_role(id_of(store, "Ann"), Role.ADMIN)
    store.erase(id_of(store, "Root"))


def test_an_export_has_everything_and_no_secret(store: Store) -> None:
    ann = id_of(store, "Ann")
    store.import_people([PersonRow(1, "Ann", "Ann@x.org", badge(77))], now_ms=2 * LATER)
    store.sign_in(ann, NewSignIn("secret-hash", LATER), now_ms=START)
    data = store.personal_data(ann, now_ms=LATER)
    (user,) = data.tables["users"]
    assert (user["name"], user["email"], user["publicId"]) == ("Ann", "Ann@x.org", ann)
    assert {row["bleUuid"] for row in data.tables["badgePeriods"]} == {badge(1), badge(77)}
    counts = {kind: len(rows) for kind, rows in data.tables.items() if rows}
    assert counts == {
        "users": 1,
        "badges": 1,
        "badgePeriods": 2,
        "registrations": 1,
        "attendance": 2,
        "sightings": 112,
        "signIns": 1,
    }
    assert {row["eventId"] for row in data.tables["sightings"]} == {"old", "new"}
    assert "secret-hash" not in str(data)
