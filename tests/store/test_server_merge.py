"""The backend's store: batches in any order, piece, repetition and company lead to one state."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DataError
from tests.databases import Databases

from headcount.core.backend import (
    Batch,
    BatchRecord,
    EventNotFound,
    GapRecord,
    NewEvent,
    PersonRow,
)
from headcount.core.badges import NewBadge
from headcount.core.model import BatchAnswer, ScanSession
from headcount.core.report import GapFacts, ScannerFacts
from headcount.store.server import Store, open_store

Sighting = tuple[str, int, str]
"""bleUuid, time, scanner."""


def badge(number: int) -> str:
    return str(uuid.UUID(int=number))


OWNERS = {badge(1): "Ann", badge(2): "Ben", badge(3): "Cid", badge(4): "Cid"}
BADGES = [*OWNERS, badge(5), badge(6)]


@pytest.fixture(scope="module")
def store(databases: Databases) -> Iterator[Store]:
    """One database for the file: every test makes an event of its own."""
    with databases.new() as url, closing(open_store(url)) as opened:
        _fill(opened)
        yield opened


def _fill(opened: Store) -> None:
    opened.import_people(
        [
            PersonRow(row, name, f"{name}@example.org", ble_uuid)
            for row, (name, ble_uuid) in enumerate((n, b) for b, n in OWNERS.items() if n != "Cid")
        ],
        now_ms=1,
    )
    opened.import_people([PersonRow(1, "Cid", "cid@example.org", badge(3))], now_ms=0)
    cid = next(user.id for user in opened.users(limit=9).items if user.name == "Cid")
    opened.add_badge(cid, NewBadge(badge(4)), by="Ada", now_ms=1)


@pytest.fixture
def event(store: Store) -> str:
    return new_event(store)


def new_event(store: Store) -> str:
    return store.create_event(NewEvent("Class", 0, 1000), now_ms=0).id


def send(store: Store, event: str, sightings: Iterable[Sighting], received: int = 5) -> BatchAnswer:
    records = [BatchRecord(*sighting, place) for place, sighting in enumerate(sightings)]
    return store.merge_batch(Batch(event, records), received_ms=received)


def attendance(store: Store, event: str) -> dict[str, tuple[int, str]]:
    people = store.report_facts(event).people
    return {
        person.name: (person.check_in_time, person.scanner_id)
        for person in people
        if person.check_in_time is not None
    }


def model(sightings: Iterable[Sighting]) -> dict[str, tuple[int, str]]:
    """What the attendance table must hold: the earliest sighting, ties by scanner."""
    earliest: dict[str, tuple[int, str]] = {}
    for ble_uuid, time, scanner in sightings:
        if name := OWNERS.get(ble_uuid):
            earliest[name] = min(earliest.get(name, (time, scanner)), (time, scanner))
    return earliest


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 1 << 32), count=st.integers(0, 40))
def test_any_shuffle_split_and_repetition_gives_the_models_state(
    store: Store, seed: int, count: int
) -> None:
    """Few badges and times, so that ties and earlier sightings in later batches are common."""
    chance = random.Random(seed)
    store._tracked.part = chance.choice([4, 100_000])  # as a million records are: part by part
    sightings: list[Sighting] = [
        (chance.choice(BADGES), chance.randrange(3), chance.choice(["A", "B", "a", "É"]))
        for _ in range(count)
    ]
    left = sightings + chance.choices(sightings, k=count // 3) if sightings else []
    chance.shuffle(left)
    event, checked_in = new_event(store), 0
    while left:
        size = chance.randint(1, min(len(left), 9))
        answer = send(store, event, left[:size])
        assert answer.checked_in + answer.duplicates + answer.unknown == answer.received == size
        assert answer.unknown == sum(ble_uuid not in OWNERS for ble_uuid, *_ in left[:size])
        checked_in += answer.checked_in
        left = left[size:]
    facts = store.report_facts(event)
    assert attendance(store, event) == model(sightings)
    assert checked_in == len(model(sightings))
    for person in facts.people:
        times = sorted(t for b, t, _ in set(sightings) if OWNERS.get(b) == person.name)
        assert list(person.sightings) == times
    strangers = {b for b, *_ in sightings} - OWNERS.keys()
    assert {fact.ble_uuid for fact in facts.unknown} == strangers


def test_a_large_batch_of_several_scanners_is_the_same_in_parts(store: Store) -> None:
    """Twice, backwards the second time; large enough to be a bulk."""
    doors = ["A", "B" * 40, "C"]
    sightings = [(BADGES[n % 5], n // 5, doors[n % 3]) for n in range(6_000)]
    store._tracked.part = 2_500
    event = new_event(store)
    assert send(store, event, sightings) == BatchAnswer(6_000, 3, 4_797, 1_200)
    assert send(store, event, sightings[::-1]) == BatchAnswer(6_000, 0, 4_800, 1_200)
    assert attendance(store, event) == model(sightings)
    people = {each.name: each.sightings for each in store.report_facts(event).people}
    assert people["Ann"] == list(range(1_200))


@pytest.mark.parametrize(
    ("batches", "kept"),
    [
        pytest.param([[(5, "B")], [(4, "C")]], (4, "C"), id="an earlier one comes later"),
        pytest.param([[(4, "C")], [(5, "B")]], (4, "C"), id="a later one comes later"),
        pytest.param([[(5, "B")], [(5, "A")]], (5, "A"), id="a tie goes to the first by name"),
        pytest.param([[(5, "A")], [(5, "B")]], (5, "A"), id="in whichever order"),
        pytest.param([[(5, "a")], [(5, "Z")]], (5, "Z"), id="by code points, as everywhere"),
        pytest.param([[(9, "A")], [(8, "A"), (7, "B")]], (7, "B"), id="the best of a batch"),
        pytest.param([[(9, "A")], [(7, "B"), (7, "A")]], (7, "A"), id="the best of a batch's ties"),
        pytest.param([[(7, "C")], [(7, "B"), (7, "A")]], (7, "A"), id="the best of three ties"),
        pytest.param(
            [[(9, "New-2")], [(8, "New-1")], [(3, "New-2"), (3, "New-1")]],
            (3, "New-1"),
            id="a tie goes by name, not by who came first",
        ),
        pytest.param([[(7, "B"), (8, "A"), (7, "A")]], (7, "A"), id="the best of the first batch"),
    ],
)
def test_the_earliest_sighting_is_kept(
    store: Store, event: str, batches: list[list[tuple[int, str]]], kept: tuple[int, str]
) -> None:
    for batch in batches:
        send(store, event, [(badge(1), time, scanner) for time, scanner in batch])
    assert attendance(store, event) == {"Ann": kept}


@pytest.mark.parametrize(
    ("sent", "checked_in", "duplicates", "unknown"),
    [
        pytest.param([(badge(1), 3, "A")], 1, 0, 0, id="one person"),
        pytest.param([(badge(1), 3, "A"), (badge(1), 4, "A")], 1, 1, 0, id="seen twice"),
        pytest.param([(badge(3), 3, "A"), (badge(4), 3, "A")], 1, 1, 0, id="two badges"),
        pytest.param([(badge(1), 3, "A")] * 3, 1, 2, 0, id="the same record three times"),
        pytest.param([(badge(9), 3, "A")] * 2, 0, 0, 2, id="a stranger twice"),
        pytest.param([(badge(1), 3, "A"), (badge(9), 3, "A")], 1, 0, 1, id="one of each"),
        pytest.param([], 0, 0, 0, id="nothing"),
    ],
)
def test_each_record_is_counted_once(
    store: Store,
    event: str,
    sent: list[Sighting],
    checked_in: int,
    duplicates: int,
    unknown: int,
) -> None:
    answer = send(store, event, sent)
    assert answer == BatchAnswer(len(sent), checked_in, duplicates, unknown)


def test_the_same_batch_again_is_all_duplicates(store: Store, event: str) -> None:
    sent = [(badge(1), 3, "A"), (badge(2), 4, "A"), (badge(9), 4, "A")]
    send(store, event, sent)
    before = store.report_facts(event)
    assert send(store, event, sent) == BatchAnswer(3, checked_in=0, duplicates=2, unknown=1)
    assert store.report_facts(event) == before


def test_a_batch_larger_than_one_staging_statement_is_whole(store: Store, event: str) -> None:
    sent = [(badge(100 + number), number, f"S{number % 7}") for number in range(901)]
    assert send(store, event, sent).unknown == 901
    unknown = store.report_facts(event).unknown
    assert [(u.ble_uuid, u.first_seen, u.scanner_id) for u in unknown] == sent


def test_an_unknown_event_stores_nothing(database_url: str) -> None:
    with closing(open_store(database_url)) as empty:
        session = ScanSession("s", "New-Scanner", 1, 2)
        batch = Batch("nowhere", [BatchRecord(badge(1), 1, "New-Scanner", 0)], (), [session])
        with pytest.raises(EventNotFound, match="nowhere"):
            empty.merge_batch(batch, received_ms=5)
        event = new_event(empty)
        facts = empty.report_facts(event)
        assert (facts.people, facts.unknown, facts.scanners) == ([], [], [])
        send(empty, event, [(badge(1), 1, "New-Scanner")])
        assert [scanner.scanner_id for scanner in empty.report_facts(event).scanners] == [
            "New-Scanner"
        ]


def test_events_do_not_see_each_others_records(store: Store) -> None:
    one, two = new_event(store), new_event(store)
    send(store, one, [(badge(1), 3, "A")])
    send(store, two, [(badge(1), 2, "B"), (badge(9), 2, "B")])
    assert attendance(store, one) == {"Ann": (3, "A")}
    assert attendance(store, two) == {"Ann": (2, "B")}
    assert not store.report_facts(one).unknown


def test_sessions_grow_and_never_shrink(store: Store, event: str) -> None:
    states = [
        ScanSession("s1", "Door", 100, 200),
        ScanSession("s1", "Door", 100, 900, ended_at=900),
        ScanSession("s1", "Door", 100, 500),
    ]
    seen: list[ScannerFacts] = []
    for state in states:
        store.merge_batch(Batch(event, [], (), [state]), received_ms=5)
        seen.extend(store.report_facts(event).scanners)
    assert seen == [
        ScannerFacts("Door", 200, 1),
        ScannerFacts("Door", 900, 0),
        ScannerFacts("Door", 900, 0),
    ]


def test_sessions_of_two_scanners_may_have_the_same_id(store: Store, event: str) -> None:
    sessions = [ScanSession("s1", "Door", 100, 200), ScanSession("s1", "Gate", 100, 300)]
    store.merge_batch(Batch(event, [], (), sessions), received_ms=5)
    assert store.report_facts(event).scanners == [
        ScannerFacts("Door", 200, 1),
        ScannerFacts("Gate", 300, 1),
    ]


def test_a_scanner_without_sessions_is_covered_until_its_last_batch(
    store: Store, event: str
) -> None:
    send(store, event, [(badge(1), 3, "A"), (badge(1), 3, "B")], received=70)
    send(store, event, [(badge(1), 9, "B")], received=90)
    send(store, event, [(badge(1), 9, "B")], received=80)
    assert store.report_facts(event).scanners == [
        ScannerFacts("A", 70, 0),
        ScannerFacts("B", 90, 0),
    ]


def test_gaps_are_kept_once_and_count_as_received(store: Store, event: str) -> None:
    gaps = [GapRecord("Door", 10, 20, "powered-off"), GapRecord("Door", 5, 6, "silent")]
    for _ in range(2):
        answer = store.merge_batch(Batch(event, [], gaps), received_ms=5)
        assert answer == BatchAnswer(received=2, checked_in=0, duplicates=0, unknown=0)
    assert store.report_facts(event).gaps == [
        GapFacts("Door", 5, 6, "silent"),
        GapFacts("Door", 10, 20, "powered-off"),
    ]


@pytest.mark.parametrize("scanner", ["🚪", "'; DROP TABLE sightings; --", 'a"b', "%s :x ?"])
def test_a_scanners_name_is_only_text(store: Store, event: str, scanner: str) -> None:
    send(store, event, [(badge(1), 3, scanner)])
    assert attendance(store, event) == {"Ann": (3, scanner)}


def test_a_nul_is_kept_as_it_is_or_refused_with_the_whole_batch(
    store: Store, event: str, databases: Databases
) -> None:
    """PostgreSQL's text holds none. The boundary takes them out before (test_hostile_bodies)."""
    if databases.name == "sqlite":
        send(store, event, [(badge(1), 3, "a\0b")])
        assert attendance(store, event) == {"Ann": (3, "a\0b")}
    else:
        with pytest.raises(DataError, match="NUL"):
            send(store, event, [(badge(1), 3, "good"), (badge(1), 3, "a\0b")])
        assert store.report_facts(event).scanners == []


@pytest.mark.parametrize("stores", [1, 2], ids=["one store", "a store each"])
def test_two_scanners_at_once_make_one_row_a_person(database_url: str, stores: int) -> None:
    opened = [open_store(database_url) for _ in range(stores)]
    people = [PersonRow(n, f"P{n}", f"p{n}@example.org", badge(n + 1)) for n in range(300)]
    opened[0].import_people(people, now_ms=1)
    event = new_event(opened[0])
    answers: list[BatchAnswer] = []

    def scan(scanner: str, store: Store, times: int) -> None:
        for start in range(0, 300, 20):
            sent = [(badge(n + 1), times + n % 2, scanner) for n in range(start, start + 20)]
            answers.append(send(store, event, sent))

    threads = [
        threading.Thread(target=scan, args=("North", opened[0], 50)),
        threading.Thread(target=scan, args=("South", opened[-1], 50)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = attendance(opened[0], event)
    for store in opened:
        store.close()
    assert rows == {f"P{n}": (50 + n % 2, "North") for n in range(300)}
    assert sum(answer.checked_in for answer in answers) == 300
    assert sum(answer.duplicates for answer in answers) == 300
