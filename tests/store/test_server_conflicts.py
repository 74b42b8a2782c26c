"""One id, one content: a conflict is refused, and nothing is merged silently."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from headcount.core.backend import Batch, BatchRecord, GapRecord, NewEvent
from headcount.core.model import BatchAnswer
from headcount.store.server import Store, open_store

START = 1_753_000_000_000


def badge(number: int) -> str:
    return str(uuid.UUID(int=number))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('conflicts')}/backend.db")
    yield opened
    opened.close()


@pytest.fixture
def event(store: Store) -> str:
    return store.create_event(NewEvent("Class", START, START + 1), now_ms=START).id


def record(id_: str, who: int = 1, time: int = START, place: int = 0) -> BatchRecord:
    return BatchRecord(badge(who), time, "Door", place, id=id_)


def send(
    store: Store, event: str, records: Sequence[BatchRecord], gaps: Sequence[GapRecord] = ()
) -> BatchAnswer:
    placed = [each._replace(place=place) for place, each in enumerate(records)]
    return store.merge_batch(Batch(event, placed, gaps), received_ms=START)


def stored(store: Store, event: str) -> dict[str, tuple[int, int]]:
    """First seen and number of sightings, by badge; nobody is known here."""
    unknown = store.report_facts(event).unknown
    return {each.ble_uuid: (each.first_seen, each.sightings) for each in unknown}


IDS = [
    "s-1",
    "s-0",
    "s-255",
    "s-256",
    "s-300000000",
    "s-01",
    "s-",
    "-1",
    "x",
    "é\u202e",
    "s-9" * 80,
]


@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize(
    "change",
    [
        {"ble_uuid": badge(2)},
        {"check_in_time": START + 1},
        {"scanner_id": "Gate"},
        {"kind": "departure"},
        {"boot": "b", "mono": 5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_same_id_with_other_content_is_refused(
    store: Store, event: str, id_: str, change: dict[str, Any]
) -> None:
    first = record(id_)
    assert send(store, event, [first]).refused == ()
    before = stored(store, event)
    answer = send(store, event, [record("fine-1", who=1), first._replace(**change)])
    (refusal,) = answer.refused
    assert (refusal.index, refusal.code) == (1, "RECORD_CONFLICT")
    assert answer.unknown == 1
    assert stored(store, event) == before
    assert send(store, event, [first]).refused == ()


@pytest.mark.parametrize("id_", IDS)
def test_the_same_content_again_is_no_conflict(store: Store, event: str, id_: str) -> None:
    for _ in range(2):
        assert send(store, event, [record(id_), record(id_)]).unknown == 2
    assert stored(store, event) == {badge(1): (START, 1)}


def test_within_one_batch_the_first_is_kept(store: Store, event: str) -> None:
    sent = [record("s-1"), record("s-2", 2), record("s-1", 3), record("s-1"), record("s-1", 4)]
    assert [refusal.index for refusal in send(store, event, sent).refused] == [2, 4]
    assert stored(store, event).keys() == {badge(1), badge(2)}


def test_records_without_ids_are_never_in_conflict(store: Store, event: str) -> None:
    sent = [record("", who) for who in (1, 2, 1)]
    assert send(store, event, sent).refused == ()


def test_an_id_is_of_its_event(store: Store, event: str) -> None:
    other = store.create_event(NewEvent("Other", START, START + 1), now_ms=START).id
    send(store, event, [record("s-1")])
    assert send(store, other, [record("s-1", 2)]).refused == ()


def test_gaps_have_ids_too(store: Store, event: str) -> None:
    gap = GapRecord("Door", START, START + 5, "silent", 0, id="s-1")
    assert send(store, event, [], [gap, gap._replace(place=1)]).refused == ()
    other = gap._replace(end=START + 6)
    (refusal,) = send(store, event, [], [other]).refused
    assert refusal.code == "RECORD_CONFLICT"
    (refusal,) = send(store, event, [record("s-1")]).refused
    assert refusal.index == 0
    assert [(each.start, each.end) for each in store.report_facts(event).gaps] == [
        (START, START + 5)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_any_split_and_order_of_many_finds_exactly_the_conflicts(
    store: Store, event: str, seed: int
) -> None:
    """Runs of a log's lines, some repeated, some with an id that is taken."""
    chance = random.Random(seed)
    known: dict[str, BatchRecord] = {}
    lines = [record(f"{chance.choice('ab')}-{n}", who=n, time=START + n) for n in range(1, 900)]
    forged = [each._replace(check_in_time=1) for each in chance.sample(lines, 50)]
    left = [*lines, *chance.sample(lines, 200)]
    if seed % 2:
        chance.shuffle(left)
    for place, bad in zip(sorted(chance.sample(range(len(left)), 50)), forged, strict=True):
        left.insert(place, bad)
    while left:
        size = chance.randint(1, 600)
        batch, left = left[:size], left[size:]
        answer = send(store, event, batch)
        expected = [n for n, each in enumerate(batch) if known.setdefault(each.id, each) != each]
        assert sorted(refusal.index for refusal in answer.refused) == expected
    assert len(stored(store, event)) == len(known)
