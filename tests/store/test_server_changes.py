"""Versions: every write raises those of what it wrote to, and a result knows what it rests on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from headcount.core.backend import Batch, BatchRecord, EventNotFound, NewEvent, PersonRow
from headcount.core.feedback import FeedbackFilter, NewFeedback
from headcount.core.live import EVERYTHING, Topic
from headcount.store.server import Store, open_store

BADGE = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    for name in ("e1", "e2"):
        opened.create_event(NewEvent(name, 1, 2, id=name), now_ms=1)
    yield opened
    opened.close()


def batch(event: str, at: int = 5) -> Batch:
    return Batch(event, [BatchRecord(BADGE, at, "Door", 0)])


def person(name: str = "Ana") -> list[PersonRow]:
    return [PersonRow(1, name, f"{name}@example.org", BADGE if name == "Ana" else "")]


Change = Callable[[Store], object]
ASKS: dict[str, Callable[[Store], object]] = {
    "events": lambda store: store.events(limit=10),
    "users": lambda store: store.users(limit=10),
    "registrations": lambda store: store.registrations("e1", limit=10),
    "report": lambda store: store.report_facts("e1"),
    "records": lambda store: store.recent_records("e1", limit=10),
    "insights": lambda store: store.insights("e1", limit=10),
    "feedback": lambda store: store.feedback(FeedbackFilter(), limit=10),
}
WORDS = NewFeedback("Cold coffee.", "e1")
TOUCHES: list[tuple[str, Change, set[str]]] = [
    ("event", lambda s: s.create_event(NewEvent("x", 1, 2, id="x"), now_ms=1),
     {"events", "registrations", "report", "records", "insights", "feedback"}),
    ("registration", lambda s: s.import_people(person(), event_id="e1", now_ms=1),
     {"registrations", "report"}),
    ("person", lambda s: s.import_people(person("Ben"), event_id="e1", now_ms=1),
     {"users", "registrations", "report", "records", "insights", "feedback"}),
    ("batch", lambda s: s.merge_batch(batch("e1"), received_ms=1), {"report", "records"}),
    ("batch elsewhere", lambda s: s.merge_batch(batch("e2"), received_ms=1), set()),
    ("admin", lambda s: s.create_admin("A", "a@x.org", token_hash="h", now_ms=1),
     {"users", "registrations", "report", "records", "insights", "feedback"}),
    ("insights", lambda s: s.generate_insights("e1", now_ms=9), {"insights"}),
    ("feedback", lambda s: s.add_feedback(WORDS, by="u", now_ms=1), {"feedback"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "touched"), [row[1:] for row in TOUCHES], ids=[row[0] for row in TOUCHES]
)
def test_a_write_raises_the_version_of_what_may_have_changed_and_of_nothing_else(
    store: Store, change: Change, touched: set[str]
) -> None:
    about = dict.fromkeys(("registrations", "report", "records", "insights"), "e1")
    store.import_people(person(), event_id="e2", now_ms=1)  # some queries look further when there
    store.merge_batch(batch("e1", at=1), received_ms=1)  # is something to be found
    before = {
        name: store.observe(lambda ask=ask: ask(store), event_id=about.get(name, ""))[1]  # type: ignore[misc]
        for name, ask in ASKS.items()
    }
    told: list[frozenset[Topic]] = []
    store.listen(told.append)
    change(store)
    assert {name for name, old in before.items() if store.version(old) != old.version} == touched
    own = next(each for each in told if EVERYTHING not in each)
    assert {name for name, old in before.items() if old.touched_by(own)} == touched


def test_what_fails_changes_nothing_and_tells_nobody(store: Store) -> None:
    _, before = store.observe(lambda: store.events(limit=10))
    told: list[frozenset[Topic]] = []
    store.listen(told.append)
    with pytest.raises(EventNotFound):
        store.merge_batch(batch("nowhere"), received_ms=1)
    assert [each for each in told if EVERYTHING not in each] == []  # which a new connection tells
    assert store.version(before) == before.version


def test_a_result_and_its_version_are_of_one_moment(store: Store) -> None:
    def ask() -> list[str]:
        first = [event.id for event in store.events(limit=10).items]
        writer = threading.Thread(
            target=lambda: store.create_event(NewEvent("x", 1, 2, id="x"), now_ms=1)
        )
        writer.start()
        writer.join()
        assert [event.id for event in store.events(limit=10).items] == first
        return first

    seen, footing = store.observe(ask)
    assert seen == ["e1", "e2"]
    assert store.version(footing) == footing.version + 1


def test_another_process_sees_the_versions(store: Store, database_url: str) -> None:
    _, footing = store.observe(lambda: store.events(limit=10))
    other = open_store(database_url)
    other.create_event(NewEvent("x", 1, 2, id="x"), now_ms=1)
    other.close()
    assert store.version(footing) != footing.version


def test_a_listener_that_fails_does_not_make_the_write_fail(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    told = []

    def fail(topics: frozenset[Topic]) -> None:
        told.append(threading.get_ident())
        raise RuntimeError

    end = store.listen(fail)
    assert store.create_event(NewEvent("x", 1, 2, id="x"), now_ms=1).id == "x"
    assert "could not be told" in caplog.text
    end()
    store.create_event(NewEvent("y", 1, 2, id="y"), now_ms=1)
    # the database tells of x once more, in another thread, when it likes
    assert told.count(threading.get_ident()) == 1
