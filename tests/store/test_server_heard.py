"""What is kept between reports gives the very report that reading everything gives."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from headcount.api.reports import Reports
from headcount.api.wire import report_to_json
from headcount.core.backend import ActRecord, Batch, BatchRecord, NewEvent, PersonRow
from headcount.core.clocks import StationClock
from headcount.core.model import NIL_UUID, Kind
from headcount.core.report import build_report
from headcount.store.server import Store, facts, heard, open_store

MINUTE = 60_000
START, END = 1_000 * MINUTE, 1_100 * MINUTE
NOW = END + MINUTE
BADGES = 12
STEPS = 60


def badge(number: int) -> str:
    return str(uuid.UUID(int=number))


class Walk:
    """Changes of every kind in any order: batches, acts, people, late clocks, another process."""

    def __init__(self, here: Store, there: Store, seed: int) -> None:
        self.here, self.there = here, there
        self.chance = random.Random(seed)
        self.number = 0

    def step(self) -> str:
        kinds: dict[Callable[[], None], int] = {
            self.batch: 8,
            self.elsewhere: 1,
            self.late_clock: 2,
            self.act: 3,
            self.people: 2,
            self.deletion: 1,
            self.other_event: 2,
        }
        self.number += 1
        kind = self.chance.choices(list(kinds), list(kinds.values()))[0]
        kind()
        return kind.__name__

    def records(self, boot: str = "", count: int = 0) -> list[BatchRecord]:
        pick = self.chance
        return [
            BatchRecord(
                badge(pick.randint(1, BADGES)),
                START + pick.randint(-30, 130) * MINUTE,
                pick.choice(["North", "South"]),
                place,
                boot,
                pick.randint(0, 9) * MINUTE,
            )
            for place in range(count or pick.randint(0, 20))
        ]

    def batch(self) -> None:
        self.here.merge_batch(Batch("e1", self.records()), received_ms=NOW)

    def elsewhere(self) -> None:
        self.there.merge_batch(Batch("e1", self.records()), received_ms=NOW)

    def other_event(self) -> None:
        self.here.merge_batch(Batch("e2", self.records()), received_ms=NOW)

    def late_clock(self) -> None:
        """The same records without, then with what their clock showed: they move."""
        records = self.records("b1", count=5)
        clock = StationClock(NOW, self.chance.randint(1, 90) * MINUTE, "b1")
        for measured in (None, clock):
            self.here.merge_batch(Batch("e1", records, clock=measured), received_ms=NOW)

    def act(self) -> None:
        pick = self.chance
        kind = pick.choice([Kind.MANUAL, Kind.VOID, Kind.ASSIGN, Kind.EXCUSED])
        users = [user.id for user in self.here.users(limit=99).items]
        who = badge(pick.randint(1, BADGES))
        time = START + pick.randint(-30, 130) * MINUTE
        of = f"act-{pick.randint(1, self.number)}" if pick.random() < 0.5 else ""
        is_of_sighting = kind is Kind.VOID and not of
        act = ActRecord(
            id=f"act-{self.number}",
            kind=kind,
            user="" if kind is Kind.VOID else pick.choice(users),
            ble_uuid=who if kind is Kind.ASSIGN or is_of_sighting else NIL_UUID,
            time=time,
            scanner_id="North",
            by="Eve",
            why="",
            of=of if kind is Kind.VOID else "",
            of_time=time if is_of_sighting else None,
            name="",
            email="",
        )
        self.here.merge_batch(Batch("e1", self.records(), acts=[act]), received_ms=NOW)

    def people(self) -> None:
        number = self.chance.randint(1, BADGES)
        row = PersonRow(1, f"P{number}", f"p{number}@x.org", badge(number))
        event = self.chance.choice(["", "e1"])
        self.here.import_people([row], event_id=event, now_ms=self.number)

    def deletion(self) -> None:
        statement = (
            "DELETE FROM sightings WHERE check_in_time = (SELECT max(check_in_time) FROM sightings)"
        )
        with self.here._database.write() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture
def stores(database_url: str) -> Iterator[tuple[Store, Store]]:
    with closing(open_store(database_url)) as here, closing(open_store(database_url)) as there:
        for name in ("e1", "e2"):
            here.create_event(NewEvent(name, START, END, id=name), now_ms=0)
        rows = [PersonRow(n, f"P{n}", f"p{n}@x.org", badge(n)) for n in range(1, BADGES // 2)]
        here.import_people(rows, event_id="e1", now_ms=0)
        yield here, there


@pytest.mark.parametrize("seed", range(2))
def test_the_kept_report_is_the_one_that_reading_all_gives(
    stores: tuple[Store, Store], seed: int
) -> None:
    here, there = stores
    walk, reports = Walk(here, there, seed), Reports(here)
    done = []
    for number in range(STEPS):
        done.append(walk.step())
        now = START + number * MINUTE  # it is folded anew while the event goes on
        with here._database.read() as connection:
            whole = facts.report_facts(connection, "e1")
        expected = report_to_json(build_report(whole, now))
        assert reports.get("e1", now).body == expected, done


def test_a_batch_costs_no_reading_of_what_was_there(
    stores: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = stores
    readings = []

    def read_all(*args: object) -> object:
        readings.append(args)
        return original(*args)  # type: ignore[arg-type]

    original = heard.read_all
    monkeypatch.setattr(heard, "read_all", read_all)

    def asked_after(store: Store, *records: BatchRecord) -> int:
        store.merge_batch(Batch("e1", records), received_ms=NOW)
        before = len(readings)
        here.report_facts("e1")
        return len(readings) - before

    assert asked_after(here, BatchRecord(badge(1), START, "North", 0)) == 1
    assert asked_after(here, BatchRecord(badge(2), START, "North", 0)) == 0
    assert asked_after(there, BatchRecord(badge(3), START, "North", 0)) == 1
    assert asked_after(here, BatchRecord(badge(4), START, "North", 0)) == 0
    assert len(here.report_facts("e1").scanners) == 1


@pytest.mark.parametrize(("name", "value"), [("MOST", 3 * heard.BADGE), ("LEFT", 2), ("EVENTS", 1)])
def test_what_is_kept_is_bounded(
    stores: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    monkeypatch.setattr(heard, name, value)
    here, _ = stores
    for turn in range(3):
        for event in ("e1", "e2"):
            records = [BatchRecord(badge(n), START + turn, "North", 0) for n in range(1, 9)]
            here.merge_batch(Batch(event, records), received_ms=NOW)
            seen = here.report_facts(event)
            assert sum(len(person.sightings) for person in seen.people) + sum(
                stranger.sightings for stranger in seen.unknown
            ) == 8 * (turn + 1)
    kept = here._tracked._heard
    assert len(kept._kept) <= heard.EVENTS
    assert sum(each.weight for each in kept._kept.values()) <= heard.MOST
    assert all(sum(map(len, left.values())) <= heard.LEFT for left in kept._left.values())
