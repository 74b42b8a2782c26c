"""The backend's store: importing people, registering them, accounts and lists."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DataError
from tests.databases import Databases

from headcount.core.access import Holder
from headcount.core.backend import (
    Batch,
    BatchRecord,
    EventExists,
    EventNotFound,
    ImportResult,
    NewEvent,
    Page,
    PersonRow,
    Role,
    User,
)
from headcount.core.badges import NewBadge
from headcount.core.errors import UsageError
from headcount.store.server import Store, open_store
from headcount.store.server.schema import registrations, tokens


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    numbers = itertools.count(1)
    opened = open_store(database_url, new_id=lambda: f"id{next(numbers)}")
    opened.create_event(NewEvent("Class", 0, 1000, id="E"), now_ms=0)
    yield opened
    opened.close()


def badge(number: int) -> str:
    return str(uuid.UUID(int=number))


ANN = PersonRow(2, "Ann", "ann@example.org", badge(1))
BEN = PersonRow(3, "Ben", "ben@example.org", badge(2))


def people(store: Store) -> list[tuple[str, str, str | None]]:
    return [(user.name, user.email, user.ble_uuid) for user in store.users(limit=100).items]


def badges(store: Store) -> dict[str, tuple[str, ...]]:
    return {item.name: item.ble_uuids for item in store.registrations("E", limit=100).items}


def sight(store: Store, number: int, time: int, scanner: str = "Door", event: str = "E") -> None:
    record = BatchRecord(badge(number), time, scanner, 0)
    store.merge_batch(Batch(event, [record]), received_ms=time)


def test_new_people_are_created_and_registered(store: Store) -> None:
    result = store.import_people([ANN, BEN], event_id="E", now_ms=1)
    assert result == ImportResult(created=2, updated=0, unchanged=0, registered=2)
    page = store.registrations("E", limit=9)
    assert [(item.name, item.status, item.ble_uuids) for item in page.items] == [
        ("Ann", "approved", (badge(1),)),
        ("Ben", "approved", (badge(2),)),
    ]


def test_without_an_event_nobody_is_registered(store: Store) -> None:
    assert store.import_people([ANN], now_ms=1).registered == 0
    assert store.registrations("E", limit=9).items == []


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    store.import_people([ANN, BEN], event_id="E", now_ms=1)
    result = store.import_people([ANN, BEN], event_id="E", now_ms=2)
    assert result == ImportResult(created=0, updated=0, unchanged=2, registered=0)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            PersonRow(2, "Ann B.", "ann@example.org", badge(1)),
            ("Ann B.", "ann@example.org", badge(1)),
            id="name, by email",
        ),
        pytest.param(
            PersonRow(2, "Ann B.", "ANN@Example.org ", ""),
            ("Ann B.", "ANN@Example.org", badge(1)),
            id="name, by email in another case",
        ),
        pytest.param(
            PersonRow(2, "Ann B.", "", badge(1)),
            ("Ann B.", "ann@example.org", badge(1)),
            id="name, by badge",
        ),
        pytest.param(
            PersonRow(2, "ann", "new@example.org", badge(1)),
            ("ann", "new@example.org", badge(1)),
            id="email, by badge and name",
        ),
        pytest.param(
            PersonRow(2, "Ann", "ann@example.org", badge(7)),
            ("Ann", "ann@example.org", badge(7)),
            id="one badge more",
        ),
    ],
)
def test_a_known_person_is_updated(
    store: Store, row: PersonRow, expected: tuple[str, str, str]
) -> None:
    store.import_people([ANN], now_ms=1)
    result = store.import_people([row], now_ms=2)
    assert result == ImportResult(created=0, updated=1, unchanged=0, registered=0)
    assert people(store) == [expected]


@pytest.mark.parametrize(
    "row",
    [
        PersonRow(2, "Ann", "ANN@EXAMPLE.ORG", ""),
        PersonRow(2, "", "ann@example.org", ""),
        PersonRow(2, "Ann", "", badge(1)),
    ],
    ids=["email in capitals", "no name", "no email"],
)
def test_an_empty_cell_or_another_spelling_changes_nothing(store: Store, row: PersonRow) -> None:
    store.import_people([ANN], now_ms=1)
    result = store.import_people([row], now_ms=2)
    assert result == ImportResult(created=0, updated=0, unchanged=1, registered=0)
    assert people(store) == [("Ann", "ann@example.org", badge(1))]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        pytest.param(
            PersonRow(9, "Eve", "eve@example.org", badge(1)),
            f"The bleUuid {badge(1)} belongs to Ann ann@example.org.",
            id="a new person with Ann's badge",
        ),
        pytest.param(
            PersonRow(9, "Ben", "ben@example.org", badge(1)),
            f"The bleUuid {badge(1)} belongs to Ann ann@example.org.",
            id="Ben with Ann's badge",
        ),
        pytest.param(
            PersonRow(9, "Ann", "Ann@example.org", ""),
            "Row 2 is about the same person.",
            id="the same email twice",
        ),
        pytest.param(
            PersonRow(9, "Ann", "", badge(1)),
            "Row 2 is about the same person.",
            id="the same badge twice",
        ),
        pytest.param(
            PersonRow(9, "Dan", " ", ""),
            "The row has neither email nor bleUuid: a second import could not find the person.",
            id="no key",
        ),
        pytest.param(PersonRow(9, "", "dan@example.org", ""), "The name is missing.", id="no name"),
    ],
)
@pytest.mark.parametrize("earlier", [True, False], ids=["known before", "in the same file"])
def test_a_bad_row_is_an_error_and_the_others_are_imported(
    store: Store, row: PersonRow, message: str, *, earlier: bool
) -> None:
    if earlier:
        store.import_people([ANN], now_ms=1)
    last = PersonRow(10, "Zoe", "zoe@example.org", badge(5))
    result = store.import_people([ANN, row, last], event_id="E", now_ms=2)
    assert [(error.row, error.message) for error in result.errors] == [(9, message)]
    assert (result.created, result.registered) == (2 - earlier, 2)
    assert people(store) == [
        ("Ann", "ann@example.org", badge(1)),
        ("Zoe", "zoe@example.org", badge(5)),
    ]


def test_a_person_may_have_several_badges_the_last_assigned_first(store: Store) -> None:
    row = PersonRow(2, "Ann", "ann@example.org", badge(5))
    store.import_people([row], event_id="E", now_ms=0)
    (ann,) = store.registrations("E", limit=1).items
    for time, number in enumerate((1, 9, 1), 1):
        store.add_badge(ann.user_id, NewBadge(badge(number)), by="Ada", now_ms=time)
    assert badges(store) == {"Ann": (badge(9), badge(1), badge(5))}


def test_many_people_without_email_are_all_kept(store: Store) -> None:
    rows = [PersonRow(n, f"P{n}", "", badge(n)) for n in range(1, 4)]
    assert store.import_people(rows, now_ms=1).created == 3


def test_an_import_for_an_unknown_event_changes_nothing(store: Store) -> None:
    with pytest.raises(EventNotFound):
        store.import_people([ANN], event_id="nowhere", now_ms=1)
    assert people(store) == []


def test_former_strangers_become_check_ins_at_every_event(store: Store) -> None:
    store.create_event(NewEvent("Other", 0, 1000, id="F"), now_ms=0)
    for number, time, scanner, event in (
        (1, 30, "B", "E"),
        (1, 20, "B", "E"),
        (1, 20, "A", "E"),
        (1, 5, "A", "F"),
        (2, 7, "A", "F"),
    ):
        sight(store, number, time, scanner, event)
    store.import_people([ANN], now_ms=40)
    here, there = store.report_facts("E"), store.report_facts("F")
    assert [(p.name, p.check_in_time, p.scanner_id) for p in here.people] == [("Ann", 20, "A")]
    assert list(here.people[0].sightings) == [20, 20, 30]
    assert here.unknown == []
    assert [(p.name, p.check_in_time, p.scanner_id) for p in there.people] == [("Ann", 5, "A")]
    assert [fact.ble_uuid for fact in there.unknown] == [badge(2)]


def test_a_second_badge_can_make_the_check_in_earlier_but_not_later(store: Store) -> None:
    store.import_people([ANN], now_ms=1)
    for number, time in ((1, 50), (7, 40), (8, 60)):
        sight(store, number, time)
    for number in (7, 8):
        store.import_people([PersonRow(2, "Ann", "ann@example.org", badge(number))], now_ms=70)
    (ann,) = store.report_facts("E").people
    assert (ann.check_in_time, list(ann.sightings)) == (40, [40, 50, 60])


@pytest.mark.parametrize(
    "name", ["👩‍🚀 Ann", 'O\'Brien "Q"', "'); DROP TABLE users; --", "%s :name ?", "-1"]
)
def test_a_name_is_only_text(store: Store, name: str) -> None:
    store.import_people([PersonRow(2, name, "x@example.org", badge(1))], event_id="E", now_ms=1)
    assert people(store) == [(name, "x@example.org", badge(1))]
    assert [item.name for item in store.registrations("E", limit=1).items] == [name]


def test_a_nul_is_kept_as_it_is_or_refused_with_the_whole_import(
    store: Store, databases: Databases
) -> None:
    """PostgreSQL's text holds none; the boundary takes them out before."""
    rows = [
        PersonRow(2, "Ann", "a@example.org", ""),
        PersonRow(3, "a\0b", "x@example.org", badge(1)),
    ]
    if databases.name == "sqlite":
        store.import_people(rows, event_id="E", now_ms=1)
        assert people(store)[1:] == [("a\0b", "x@example.org", badge(1))]
    else:
        with pytest.raises(DataError, match="NUL"):
            store.import_people(rows, event_id="E", now_ms=1)
        assert people(store) == []


def test_the_same_event_again_is_no_error(store: Store) -> None:
    new = NewEvent("Talk", 5, 9, "Europe/Berlin", "T", "On bees", rehearsal=True)
    assert store.create_event(new, now_ms=1) == store.create_event(new, now_ms=2)
    assert store.event("T").tz == "Europe/Berlin"


def test_another_event_with_the_same_id_is_refused(store: Store) -> None:
    with pytest.raises(EventExists, match="'E'"):
        store.create_event(NewEvent("Class", 0, 1001, id="E"), now_ms=1)
    assert store.event("E").end == 1000


def test_an_event_without_id_gets_one(store: Store) -> None:
    assert store.create_event(NewEvent("Talk", 5, 9), now_ms=1).id == "id1"


def test_an_unknown_event_is_named(store: Store) -> None:
    with pytest.raises(EventNotFound, match="'nowhere'"):
        store.event("nowhere")
    with pytest.raises(EventNotFound, match="'nowhere'"):
        store.registrations("nowhere", limit=1)


def test_an_admin_is_created_and_known_by_token(store: Store) -> None:
    admin = store.create_admin("Ada", "ada@example.org", token_hash="ab" * 32, now_ms=1)
    assert admin == User("id1", "Ada", "ada@example.org", Role.ADMIN, None)
    assert store.holder("ab" * 32, now_ms=2, idle_ms=1) == Holder(Role.ADMIN, "id1")
    assert store.holder("cd" * 32, now_ms=2, idle_ms=1) is None


def test_a_known_person_becomes_admin_and_keeps_name_and_badge(store: Store) -> None:
    store.import_people([ANN], now_ms=1)
    admin = store.create_admin("Boss", "ANN@example.org", token_hash="ab" * 32, now_ms=2)
    assert (admin.name, admin.role, admin.ble_uuid) == ("Ann", Role.ADMIN, badge(1))
    assert len(people(store)) == 1


def test_an_admin_needs_an_email(store: Store) -> None:
    with pytest.raises(UsageError, match="email"):
        store.create_admin("Ada", " ", token_hash="ab" * 32, now_ms=1)


def all_pages(page_of: Callable[[str], Page[User]]) -> list[str]:
    names, cursor = [], ""
    while True:
        page = page_of(cursor)
        names += [user.name for user in page.items]
        cursor = page.cursor
        if not cursor:
            return names


@pytest.mark.parametrize("limit", [1, 2, 5, 6, 100])
def test_pages_join_to_the_whole_list(store: Store, limit: int) -> None:
    names = ["Ann", "Ann", "Ben", "Émile", "ann", "Ann"]
    rows = [PersonRow(n, name, f"p{n}@x.org", "") for n, name in enumerate(names)]
    store.import_people(rows, now_ms=1)
    listed = all_pages(lambda cursor: store.users(limit=limit, cursor=cursor))
    assert listed == sorted(names)


def test_a_page_is_right_after_inserts_before_and_behind_it(store: Store) -> None:
    for start in (10, 20, 30):
        store.create_event(NewEvent(f"At {start}", start, 99, id=f"e{start}"), now_ms=1)
    first = store.events(limit=2)
    for start in (5, 25):
        store.create_event(NewEvent(f"At {start}", start, 99, id=f"e{start}"), now_ms=1)
    rest = store.events(limit=9, cursor=first.cursor)
    assert [event.id for event in first.items] == ["E", "e10"]
    assert [event.id for event in rest.items] == ["e20", "e25", "e30"]
    assert rest.cursor == ""


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "bnVsbA", "WzEsMl0", "WyJcdWQ4MDAiLCJhIl0", "WyJhXHUwMDAwIiwiYSJd", "W1tbW1s"],
)
def test_a_foreign_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(UsageError, match="cursor"):
        store.users(limit=1, cursor=cursor)


def test_a_cursor_with_a_huge_number_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="cursor"):
        store.events(limit=1, cursor="Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LCJhIl0")


@pytest.mark.parametrize(("now", "role"), [(99, Role.ADMIN), (100, None), (101, None)])
def test_an_expired_token_opens_nothing(store: Store, now: int, role: Role | None) -> None:
    store.create_admin("Ada", "ada@example.org", token_hash="ab" * 32, now_ms=1)
    with store._database.write() as connection:
        connection.execute(update(tokens).values(expires_at=100))
    holder = store.holder("ab" * 32, now_ms=now, idle_ms=1)
    assert (holder.role if holder else None) is role


@pytest.mark.parametrize(
    ("status", "after"),
    [("pending", "approved"), ("cancelled", "cancelled"), ("rejected", "rejected")],
)
def test_an_import_approves_what_is_pending_and_respects_decisions(
    store: Store, status: str, after: str
) -> None:
    store.import_people([ANN], event_id="E", now_ms=1)
    with store._database.write() as connection:
        connection.execute(update(registrations).values(status=status))
    assert store.import_people([ANN], event_id="E", now_ms=2).registered == 0
    assert [item.status for item in store.registrations("E", limit=9).items] == [after]
