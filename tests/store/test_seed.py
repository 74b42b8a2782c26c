"""Seed files: what is made, updated, left alone; what is wrong; preview and strict."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headcount.api.seeding import SeedBody, seed
from headcount.core.backend import Role
from headcount.core.errors import UsageError
from headcount.core.seed import SeedFile, SeedResult
from headcount.store.server import Store, open_store

START = 1_753_000_000_000
ID = "9f2c4a6e-0b1d-4c3e-8f5a-7d9b1c3e5f70"

EVENTS = """\
id,name,start,end,tz,description
fair,Fair,2026-05-01T18:00,2026-05-01T22:00,Europe/Vienna,"Two
lines"
,Talk,1753000000000,1753003600000,,
"""
USERS = f"""\
\ufeffName;eMail;bleUuid;role\r
"Lovelace; Ada";ada@example.org;{ID.upper()};admin\r
Ben;BEN@example.org;;\r
"""
REGISTRATIONS = """\
event,email,status
fair,ada@example.org,
fair,ben@example.org,pending
"""
FILES = {"registrations.csv": REGISTRATIONS, "users.csv": USERS, "events.csv": EVENTS}


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


def load(
    store: Store, files: dict[str, str], *, preview: bool = False, strict: bool = False
) -> dict[str, SeedResult]:
    given = [SeedFile(name, text) for name, text in files.items()]
    answer = seed(store, SeedBody(given, preview, strict), START)
    return {result.name: result for result in answer.files}


def counts(results: dict[str, SeedResult]) -> dict[str, tuple[int, int, int, int]]:
    return {
        name: (each.created, each.updated, each.unchanged, len(each.errors))
        for name, each in results.items()
    }


def state(store: Store) -> tuple[object, ...]:
    events = store.events(limit=99).items
    people = [(u.name, u.email, u.role, u.ble_uuid) for u in store.users(limit=99).items]
    registered = [
        (event.id, row.email, row.status)
        for event in events
        for row in store.registrations(event.id, limit=99).items
    ]
    return tuple((e.name, e.start, e.end, e.tz) for e in events), people, sorted(registered)


NEW = {"events.csv": (2, 0, 0, 0), "users.csv": (2, 0, 0, 0), "registrations.csv": (2, 0, 0, 0)}


def test_a_directory_of_files_is_stored_in_the_right_order_and_again_changes_nothing(
    store: Store,
) -> None:
    before = state(store)
    preview = load(store, FILES, preview=True)
    assert counts(preview) == NEW
    assert not any(result.stored for result in preview.values())
    assert state(store) == before
    assert counts(load(store, FILES)) == NEW
    kept = state(store)
    assert kept == (
        (("Talk", START, START + 3_600_000, "UTC"),
         ("Fair", 1_777_651_200_000, 1_777_665_600_000, "Europe/Vienna")),
        [("Ben", "ben@example.org", Role.USER, None),
         ("Lovelace; Ada", "ada@example.org", Role.ADMIN, ID)],
        [("fair", "ada@example.org", "approved"), ("fair", "ben@example.org", "pending")],
    )  # fmt: skip
    again = load(store, FILES, strict=True)
    assert counts(again) == dict.fromkeys(FILES, (0, 0, 2, 0))
    assert state(store) == kept


def test_a_second_import_updates_and_names_what_changed(store: Store) -> None:
    load(store, FILES)
    later = {
        "events.csv": "name,id,start,end\nFair!,fair,2026-05-01T16:00Z,2026-05-01T23:00Z\n",
        "users.csv": "name,email,role\nBenjamin,ben@example.org,operator\nAda,ada@example.org,\n",
        "registrations.csv": f"event,email,bleUuid,status\nfair,,{ID},cancelled\n",
    }
    preview = load(store, later, preview=True)
    assert counts(preview) == {
        "events.csv": (0, 1, 0, 0),
        "users.csv": (0, 2, 0, 0),
        "registrations.csv": (0, 1, 0, 0),
    }
    (event,) = preview["events.csv"].changes
    assert (event.row, event.what, event.changed) == (2, "fair", ("name", "end"))
    assert [each.changed for each in preview["users.csv"].changes] == [("role",), ()]
    load(store, later)
    assert store.event("fair").name == "Fair!"
    assert store.event("fair").tz == "Europe/Vienna"
    roles = {user.email: (user.name, user.role) for user in store.users(limit=9).items}
    assert roles["ben@example.org"] == ("Benjamin", Role.OPERATOR)
    assert {row.status for row in store.registrations("fair", limit=9).items} == {
        "cancelled",
        "pending",
    }


WRONG = [
    ("users", "name,email\n,a@x.org\n", 2, "name", ""),
    ("users", "name,email\nAda,ada\n", 2, "email", "ada"),
    ("users", "name,email,role\nAda,a@x.org,chief\n", 2, "role", "chief"),
    ("users", 'name,email,bleUuid\n"A\nda",a@x.org,xyz\n', 2, "bleUuid", "xyz"),
    ("users", "name,email\nAda,a@x.org\nAda,A@x.org\n", 3, "", ""),
    ("users", "name,email\nAda,a@x.org,more\n", 2, "", ""),
    ("events", "id,name,start,end\n../x,A,1,2\n", 2, "id", "../x"),
    ("events", "name,start,end\nA,soon,2\n", 2, "start", "soon"),
    ("events", "name,start,end\nA,2,99999999999999999\n", 2, "end", "99999999999999999"),
    ("events", "name,start,end\nA,2,2\n", 2, "end", "2"),
    ("events", "name,start,end,tz\nA,1,2,Mars\n", 2, "tz", "Mars"),
    ("events", "name,start,end,rehearsal\nA,1,2,perhaps\n", 2, "rehearsal", "perhaps"),
    ("events", "id,name,start,end\ne,A,1,2\ne,B,1,2\n", 3, "id", "e"),
    ("registrations", "event,email\nnone,a@x.org\n", 2, "event", "none"),
    ("registrations", "event,email\nfair,nobody@x.org\n", 2, "email", "nobody@x.org"),
    ("registrations", "event,email,status\nfair,ben@example.org,maybe\n", 2, "status", "maybe"),
    ("registrations", "event,email\nfair,ben@example.org\nfair,BEN@example.org\n", 3, "email",
     "ben@example.org"),
]  # fmt: skip


def test_each_wrong_row_is_named_by_line_column_and_value_and_costs_no_good_row(
    store: Store,
) -> None:
    load(store, FILES)
    for kind, text, line, column, value in WRONG:
        (result,) = load(store, {f"{kind}.csv": text}, preview=True).values()
        (error,) = result.errors
        assert (error.row, error.column, error.value) == (line, column, value), text
        assert error.message
    good = "Cid,cid@example.org\n"
    (result,) = load(store, {"users.csv": f"name,email\n,x@x.org\n{good}"}).values()
    assert (result.created, len(result.errors), result.stored) == (1, 1, True)
    assert "cid@example.org" in {user.email for user in store.users(limit=9).items}


def test_strict_stores_nothing_of_any_file_if_one_row_is_wrong(store: Store) -> None:
    results = load(store, {**FILES, "users.csv": USERS + ";x@x.org;;\n"}, strict=True)
    assert not any(result.stored for result in results.values())
    assert state(store) == ((), [], [])


def test_the_only_admin_stays_one(store: Store) -> None:
    load(store, FILES)
    wanted = {"users.csv": "name,email,role\nAda,ada@example.org,user\n"}
    (error,) = load(store, wanted)["users.csv"].errors
    assert (error.column, error.value) == ("role", "user")
    assert Role.ADMIN in {user.role for user in store.users(limit=9).items}


@pytest.mark.parametrize(
    ("name", "text"),
    [("users.csv", "nome,email\n"), ("users.csv", ""), ("list.csv", "a,b\n")],
)
def test_a_file_that_can_not_be_understood_is_named(store: Store, name: str, text: str) -> None:
    with pytest.raises(UsageError, match=name):
        load(store, {**FILES, name: text})
    assert state(store) == ((), [], [])


@pytest.mark.parametrize(
    ("header", "kind"),
    [("Start;End;Name", "events"), ("email,event", "registrations"), ('"name","email"', "users")],
)
def test_the_columns_tell_what_a_file_holds(store: Store, header: str, kind: str) -> None:
    assert load(store, {"/a/export.csv": f"{header}\n"})["/a/export.csv"].kind == kind
