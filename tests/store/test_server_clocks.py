"""Wrong clocks: what the server makes of records whose station did not know the time."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from headcount.core.backend import Batch, BatchRecord, GapRecord, NewEvent, PersonRow
from headcount.core.clocks import TOLERANCE_MS, StationClock
from headcount.core.model import NIL_UUID, ScanSession
from headcount.core.report import Report, build_report
from headcount.store.server import Store, open_store

START = 1_753_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR
YEARS = 3652 * DAY
ZERO = START - 2 * HOUR
"""When the station of these tests was switched on, by a right clock."""
NOW = START + 5 * HOUR
"""When its batches arrive."""


def badge(number: int) -> str:
    return str(uuid.UUID(int=number))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('clocks')}/backend.db")
    people = [PersonRow(n, f"P{n}", f"p{n}@example.org", badge(n)) for n in range(1, 4)]
    opened.import_people(people, now_ms=1)
    yield opened
    opened.close()


@pytest.fixture
def event(store: Store) -> str:
    return store.create_event(NewEvent("Class", START, START + 4 * HOUR), now_ms=START - DAY).id


def heard(
    true_ms: int, error_ms: int = 0, who: int = 1, boot: str = "b1", place: int = 0
) -> BatchRecord:
    """A sighting at this time by a clock that is so much ahead."""
    mono = true_ms - ZERO if boot else 0
    return BatchRecord(badge(who), true_ms + error_ms, "Door", place, boot, mono)


def clock(now_ms: int = NOW, error_ms: int = 0, boot: str = "b1") -> StationClock:
    return StationClock(now_ms + error_ms, now_ms - ZERO, boot)


def send(
    store: Store,
    event: str,
    records: Sequence[BatchRecord],
    now: int = NOW,
    sender: StationClock | None = None,
    gaps: Sequence[GapRecord] = (),
) -> None:
    store.merge_batch(Batch(event, records, gaps, (), sender), received_ms=now)


def report(store: Store, event: str) -> Report:
    return build_report(store.report_facts(event), NOW)


def seen(store: Store, event: str) -> dict[str, tuple[int | None, int | None, int]]:
    """First seen, last seen and correction, by name."""
    return {
        row.name: (row.first_seen, row.last_seen, row.corrected)
        for row in report(store, event).people
    }


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(-START, id="1970"),
        pytest.param(-YEARS, id="ten years back"),
        pytest.param(YEARS, id="ten years ahead"),
        pytest.param(-HOUR, id="an hour back"),
        pytest.param(-TOLERANCE_MS, id="just wrong"),
    ],
)
def test_a_wrong_clock_is_corrected(store: Store, event: str, error: int) -> None:
    raw = max(0, START + 60_000 + error) - START - 60_000
    send(store, event, [heard(START + 60_000, raw), heard(START + HOUR, 0)], sender=clock())
    found = report(store, event)
    row = found.people[0]
    assert (row.check_in_time, row.first_seen) == (START + 60_000, START + 60_000)
    assert (row.last_seen, row.sightings, row.corrected) == (START + HOUR, 2, -raw)
    (note,) = found.clocks
    assert (note.scanner_id, note.verified, note.least, note.most) == (
        "Door",
        True,
        min(0, -raw),
        max(0, -raw),
    )


@pytest.mark.parametrize("error", [0, 300, -300, TOLERANCE_MS - 1, 1 - TOLERANCE_MS])
def test_a_clock_that_is_nearly_right_is_left_alone(store: Store, event: str, error: int) -> None:
    send(store, event, [heard(START, error)], sender=clock(error_ms=error))
    assert seen(store, event) == {"P1": (START + error, START + error, 0)}
    assert report(store, event).clocks == []


def test_a_record_without_clocks_is_untouched(store: Store, event: str) -> None:
    send(store, event, [heard(START, -DAY, boot="")], sender=clock())
    assert seen(store, event) == {"P1": (START - DAY, START - DAY, 0)}
    assert report(store, event).clocks == []


def test_the_first_measurement_holds_for_every_repetition(store: Store, event: str) -> None:
    records = [heard(START, -DAY), heard(START + HOUR, -DAY, who=2)]
    send(store, event, records, sender=clock())
    before = store.report_facts(event)
    late = NOW + 3 * HOUR + 789
    send(store, event, records, now=late, sender=StationClock(0, late - ZERO - 12_345, "b1"))
    again = store.report_facts(event)
    assert (again.people, again.clocks) == (before.people, before.clocks)


def test_two_records_with_one_wall_time_stay_two_after_a_step_back(
    store: Store, event: str
) -> None:
    """The clock went back by an hour, and the badge is heard again at the same millisecond."""
    send(store, event, [heard(START), heard(START + HOUR, -HOUR)], sender=clock())
    assert seen(store, event) == {"P1": (START, START + HOUR, HOUR)}
    assert report(store, event).people[0].sightings == 2


@pytest.mark.parametrize("seed", range(5))
def test_any_order_and_split_lead_to_the_same_times(store: Store, event: str, seed: int) -> None:
    """A clock that starts in 1970, jumps both ways, and goes back in the middle."""
    chance = random.Random(seed)
    errors = [-START, YEARS, -YEARS // 10, 0, -HOUR]
    true = [
        (START + at * 60_000, errors[at * len(errors) // 200], who)
        for at, who in enumerate(chance.choices((1, 2, 3), k=200))
    ]
    left = [heard(*one, place=n) for n, one in enumerate(true)]
    left += chance.sample(left, 40)
    chance.shuffle(left)
    now = NOW
    while left:
        size = chance.randint(1, 30)
        # Later measurements differ by the way of the request; the first one counts.
        jitter = 0 if now == NOW else chance.randint(0, 900)
        send(store, event, left[:size], now=now + jitter, sender=clock(now))
        left, now = left[size:], now + 60_000
    for number in (1, 2, 3):
        times = [time for time, _, who in true if who == number]
        (person,) = [p for p in store.report_facts(event).people if p.name == f"P{number}"]
        assert list(person.sightings) == times
        assert person.check_in_time == times[0]


def test_an_unknown_badge_that_somebody_comes_to_own_has_the_corrected_time(
    store: Store, event: str
) -> None:
    number = random.Random(event).randrange(1000, 1 << 60)
    send(store, event, [heard(START, -DAY, who=number)], sender=clock())
    assert [unknown.first_seen for unknown in report(store, event).unknown] == [START]
    store.import_people([PersonRow(1, "New", f"{event}@x.org", badge(number))], now_ms=1)
    (row,) = report(store, event).people
    assert (row.check_in_time, row.corrected) == (START, DAY)


def test_an_earlier_arrival_at_a_wrong_clock_counts(store: Store, event: str) -> None:
    """Ten years behind and yet later; ten years ahead and yet earlier."""
    right = BatchRecord(badge(1), START + 5000, "Gate", 0)
    send(store, event, [right, right._replace(ble_uuid=badge(2))], now=NOW)
    wrong = [heard(START + 9000, -YEARS), heard(START + 1000, YEARS, who=2)]
    send(store, event, wrong, sender=clock())
    rows = {row.name: (row.check_in_time, row.scanner_id) for row in report(store, event).people}
    assert rows == {"P1": (START + 5000, "Gate"), "P2": (START + 1000, "Door")}


def test_a_gap_moves_with_its_clock(store: Store, event: str) -> None:
    gap = GapRecord("Door", START - DAY, START - DAY + 500, "silent", 0, "b1", START - ZERO)
    send(store, event, [], sender=clock(), gaps=[gap])
    send(store, event, [], sender=clock(), gaps=[replace_place(gap)])
    assert [(g.start, g.end) for g in store.report_facts(event).gaps] == [(START, START + 500)]


def replace_place(gap: GapRecord) -> GapRecord:
    return gap._replace(place=7)


@pytest.mark.parametrize(
    ("times", "suspect"),
    [
        pytest.param([(START, 0)], False, id="possible"),
        pytest.param([(START, -START)], True, id="1970"),
        pytest.param([(START, YEARS)], True, id="after it was received"),
        pytest.param([(START, 0), (START + HOUR, 7 - HOUR)], True, id="set in the middle"),
        pytest.param([(START - 2 * DAY, 0)], True, id="before the event was there"),
    ],
)
def test_a_boot_that_is_over_can_only_be_marked(
    store: Store, event: str, times: list[tuple[int, int]], suspect: bool
) -> None:
    """The station was switched off before it was online: its records stay as they are."""
    records = [heard(*time) for time in times]
    send(store, event, records, sender=clock(boot="another"))
    assert [note.verified for note in report(store, event).clocks] == [False] * suspect
    raw = sorted(record.check_in_time for record in records)
    assert list(store.report_facts(event).people[0].sightings) == raw


def test_each_scanner_boot_and_event_has_a_clock_of_its_own(store: Store, event: str) -> None:
    other = store.create_event(NewEvent("Other", START, START + HOUR), now_ms=START).id
    send(store, event, [heard(START, -DAY)], sender=clock())
    send(store, other, [heard(START, -DAY)])
    send(store, event, [heard(START, -DAY, who=2, boot="b2")], sender=clock())
    assert seen(store, event)["P1"] == (START, START, DAY)
    assert seen(store, event)["P2"] == (START - DAY, START - DAY, 0)
    assert seen(store, other)["P1"] == (START - DAY, START - DAY, 0)


def test_the_nil_badge_of_a_corrected_gap_belongs_to_nobody(store: Store, event: str) -> None:
    gap = GapRecord("Door", START - DAY, START, "silent", 0, "b1", START - ZERO)
    send(store, event, [], sender=clock(), gaps=[gap])
    found = report(store, event)
    assert NIL_UUID not in [unknown.ble_uuid for unknown in found.unknown]
    assert replace(found, clocks=()).people == []


@pytest.mark.parametrize("elsewhere", [None, START + 30_000, START - 30_000])
def test_a_clock_that_is_measured_late_moves_what_was_there(
    store: Store, event: str, elsewhere: int | None
) -> None:
    """A laptop sends a copy of the log first; the station sends the same when it is online."""
    records = [heard(START, -DAY), heard(START + HOUR, -DAY), heard(START, YEARS, who=2)]
    gap = GapRecord("Door", START - DAY, START - DAY + 500, "silent", 0, "b1", START - ZERO)
    if elsewhere is not None:
        send(store, event, [BatchRecord(badge(1), elsewhere, "Gate", 0)])
    send(store, event, records, sender=clock(boot="laptop"), gaps=[gap])
    assert seen(store, event)["P1"][0] == START - DAY
    for part in (records[1:], records[:1], records):
        batch = Batch(event, part, [gap], (), clock())
        assert store.merge_batch(batch, received_ms=NOW).checked_in == 0
    first = min(START, elsewhere or START)
    found = {row.name: row for row in report(store, event).people}
    assert found["P1"].check_in_time == found["P1"].first_seen == first
    assert (found["P1"].last_seen, found["P1"].corrected) == (START + HOUR, DAY)
    assert found["P1"].sightings == 2 + (elsewhere is not None)
    assert (found["P2"].check_in_time, found["P2"].sightings) == (START, 1)
    assert [(g.start, g.end) for g in store.report_facts(event).gaps] == [(START, START + 500)]
    assert [note.verified for note in report(store, event).clocks] == [True]


@pytest.mark.parametrize("ahead", [0, YEARS])
def test_no_station_covers_the_future(store: Store, event: str, ahead: int) -> None:
    """A clock that is ten years ahead does not make the report final while the scan goes on."""
    session = ScanSession("s", "Door", START + ahead, START + HOUR + ahead)
    sent = Batch(event, [], (), [session], clock(error_ms=ahead))
    now = START + HOUR
    store.merge_batch(sent, received_ms=now)
    (scanner,) = store.report_facts(event).scanners
    assert (scanner.covered_until, scanner.open_sessions) == (now, 1)
    found = build_report(store.report_facts(event), START + 9 * HOUR)
    assert found.missing == ["Scanner Door is still scanning, or has not synced."]
