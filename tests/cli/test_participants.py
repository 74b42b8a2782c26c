"""`headcount me` and `headcount registrations`, against a backend on loopback and a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.api.conftest import serve

from headcount.api.access import Access, SignUp
from headcount.api.app import create_app
from headcount.api.auth import token_hash
from headcount.cli import cli
from headcount.clock import SystemClock
from headcount.core.backend import Batch, BatchRecord, NewEvent
from headcount.store.server import Store, open_store

HOUR = 3_600_000
PASSWORD = "four words for tests"
ANA = "ana@example.org"


class Backend:
    """Commands of one participant over HTTP, and of an admin on the database."""

    def __init__(self, folder: Path, url: str, database: str) -> None:
        self.start = ["--data-dir", str(folder)]
        self.url = url
        self.database = database

    def run(self, *args: str, typed: str = "", exit_code: int = 0) -> str:
        done = CliRunner().invoke(cli, [*self.start, *args], input=typed, catch_exceptions=True)
        words = str(done.exception) if done.exception else ""
        assert (done.exit_code == 0) == (exit_code == 0), done.output + words
        return done.stdout if exit_code == 0 else words

    def me(self, *args: str, typed: str = "", exit_code: int = 0) -> str:
        return self.run("me", *args, "--url", self.url, typed=typed, exit_code=exit_code)

    def asked(self, *args: str, exit_code: int = 0) -> str:
        return self.run("requests", *args, "--url", self.url, exit_code=exit_code)

    def admin(self, *args: str, exit_code: int = 0) -> str:
        given = ("--database-url", self.database)
        return self.run("registrations", *args, *given, exit_code=exit_code)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'backend.sqlite3'}")
    now = SystemClock().now().wall_ms
    event = NewEvent("Opening", now - HOUR, now + HOUR, "Europe/Berlin", "e1")
    store.create_event(event, now_ms=now)
    yield store
    store.close()


@pytest.fixture
def backend(tmp_path: Path, store: Store) -> Iterator[Backend]:
    app = create_app(
        store, clock=SystemClock(), scanner_key="k", access=Access(sign_up=SignUp.OPEN)
    )
    with serve(app) as address:
        database = f"sqlite:///{tmp_path / 'backend.sqlite3'}"
        yield Backend(tmp_path / "data", f"http://{address}", database)


def one(text: str) -> Any:
    (line,) = text.splitlines()
    return json.loads(line)


def test_who_could_not_sign_up_reads_what_is_true_for_a_person(backend: Backend) -> None:
    me, ana = backend.me, ("sign-up", "--name", "Ana", "--email")
    refused = me(*ana, "ana", typed=PASSWORD + "\n", exit_code=1)
    silent = ("me", *ana, ANA, "--url", "http://127.0.0.1:9")
    unheard = backend.run(*silent, typed=PASSWORD + "\n", exit_code=4)
    wrong = me("sign-in", "--email", ANA, typed="another\n", exit_code=1)
    assert ("No account was made." in refused, "Nothing was changed." in wrong) == (True, True)
    assert "signing up again does no harm." in unheard
    assert [words for words in (refused, unheard, wrong) if "unsent" in words] == []


def test_a_participants_way_from_sign_up_to_erasure(
    backend: Backend, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = backend.me
    assert "Nobody is signed in" in me("events", exit_code=2)
    signed_up = ("sign-up", "--name", "Ana", "--email", ANA)
    assert "Go on with: headcount me sign-in" in me(*signed_up, typed=PASSWORD + "\n")
    assert "as Ana (user)" in me("sign-in", "--email", ANA, typed=PASSWORD + "\n")
    assert "e1  Opening  not registered" in me("events")
    assert me("register", "e1") == "pending\n"
    backend.admin("reject", "e1", "--pending", "--why", "The room is full")
    assert "e1  Opening  rejected: The room is full" in me("events")
    assert "approved" in backend.admin("approve", "e1", ANA)
    assert "status: not seen yet: never seen" in me("record", "e1")
    badge = one(me("badge", "--new", "--json"))["bleUuid"]
    assert (badge in me("badge"), "Not heard yet" in me("heard", "e1")) == (True, True)
    start = store.event("e1").start
    records = [BatchRecord(badge, start + n * 60_000, "North\x1b[2J", n) for n in range(50)]
    store.merge_batch(Batch("e1", records), received_ms=start + HOUR)
    heard = me("heard", "e1").splitlines()
    assert len(heard) == 20
    assert all("North" in line and "\x1b" not in line for line in heard)
    text = me("record", "e1")
    assert ("registration: approved" in text, "heard: 50 times" in text) == (True, True)
    assert f"status: {one(me('record', 'e1', '--json'))['status']}: " in text
    wrong = one(me("wrong", "e1", "I came before", "--came", str(start), "--json"))
    assert "request: I came before [open]" in me("record", "e1")
    request, came = wrong["id"], wrong["cameAt"]
    assert came == start
    assert "refused" in backend.asked("decline", "e1", request, "--why", "no", exit_code=4)
    store.create_admin("Ada", "ada@x.org", token_hash=token_hash("t"), now_ms=start)
    monkeypatch.setenv("HEADCOUNT_BACKEND__TOKEN", "t")
    assert f"{request}  Ana  request: I came before [open]" in backend.asked("list", "e1")
    assert "[accepted]" in backend.asked("accept", "e1", request)
    assert backend.asked("list", "e1") == ""
    monkeypatch.delenv("HEADCOUNT_BACKEND__TOKEN")
    assert "I came before [accepted]" in me("record", "e1")
    assert one(me("export"))["tables"]["correctionRequests"][0]["words"] == "I came before"
    assert me("cancel", "e1") == "cancelled\n"
    assert "sightings: 50 rows" in me("erase")
    me("erase", "--yes", typed="something else\n", exit_code=1)
    assert "correctionRequests: 1 row" in me("erase", "--yes", typed=PASSWORD + "\n")
    assert "Nobody is signed in" in me("events", exit_code=2)


def test_an_admin_lists_adds_and_decides_on_the_database(backend: Backend, store: Store) -> None:
    file = Path(backend.start[1]).parent / "people.csv"
    file.write_text("name,email,bleUuid\nAna,ana@example.org,\nBen,ben@example.org,\n")
    backend.run("users", "import", str(file), "--database-url", backend.database)
    assert "approved" in backend.admin("add", "e1", ANA)
    assert "ben@example.org' is registered" in backend.admin(
        "approve", "e1", "ben@example.org", exit_code=2
    )
    (ana,) = store.registrations("e1", limit=9).items
    store.cancel_registration("e1", ana.user_id)
    assert "could not be changed" in backend.admin("approve", "e1", ana.user_id, exit_code=1)
    assert one(backend.admin("list", "e1", "--json"))["status"] == "cancelled"
    assert backend.admin("list", "e1", "--status", "pending") == ""
    log = backend.run("audit", "list", "--database-url", backend.database, "--json")
    assert "registrations.create" in log
