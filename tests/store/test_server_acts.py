"""The backend's store: operators' acts, in any order, split and repetition, lead to one state."""

from __future__ import annotations

import itertools
import random
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headcount.core.attendance import Status
from headcount.core.backend import ActRecord, Batch, BatchRecord, NewEvent, PersonRow
from headcount.core.clocks import StationClock
from headcount.core.model import NIL_UUID, BatchAnswer, Kind
from headcount.core.report import EventFacts, Method, Report, build_report
from headcount.core.report import PersonRow as Row
from headcount.store.server import Store, open_store

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
START, END = 30 * DAY, 30 * DAY + 100 * MINUTE
NOW = END + DAY
"""When batches arrive."""
BOOTED = START - MINUTE
CLOCK = StationClock(NOW, NOW - BOOTED, "b1")
"""What the station's clocks show when it sends: only `mono` and `boot` matter."""

Fact = BatchRecord | ActRecord


def badge(number: int) -> str:
    return str(uuid.UUID(int=number))


PEOPLE = [
    PersonRow(1, "Ann", "ann@x.org", badge(1)),
    PersonRow(2, "Ben", "ben@x.org", badge(2)),
    PersonRow(3, "Cid", "cid@x.org", ""),
]


class Desk:
    """A backend with one event, and short ways to say what happens there."""

    def __init__(self, store: Store, event: str = "class") -> None:
        self.store = store
        self.event = event
        people = store.registrations(event, limit=100).items
        self.ids = {person.name: person.user_id for person in people}

    def send(self, *facts: Fact, clock: StationClock | None = None) -> BatchAnswer:
        placed = [fact._replace(place=place) for place, fact in enumerate(facts)]
        records = [fact for fact in placed if isinstance(fact, BatchRecord)]
        acts = [fact for fact in placed if isinstance(fact, ActRecord)]
        batch = Batch(self.event, records, clock=clock, acts=acts)
        return self.store.merge_batch(batch, received_ms=NOW)

    def report(self, now: int = END) -> Report:
        return build_report(self.store.report_facts(self.event), now)

    def row(self, name: str) -> Row:
        return next(row for row in self.report().people if row.name == name)

    def act(self, kind: Kind, id_: str, user: str = "", **members: object) -> ActRecord:
        values: dict[str, object] = {
            "ble_uuid": NIL_UUID,
            "time": START,
            "scanner_id": "Door",
            "by": "Eve",
            "why": "",
            "of": "",
            "of_time": None,
            "name": "",
            "email": "",
        }
        user_id = self.ids.get(user, user)
        return ActRecord(id=id_, kind=kind, user=user_id, **(values | members))  # type: ignore[arg-type]


def seen(number: int, time: int = START, scanner: str = "Door") -> BatchRecord:
    return BatchRecord(badge(number), time, scanner, 0)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the event and its people."""
    path = tmp_path_factory.mktemp("acts") / "backend.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.create_event(NewEvent("Class", START, END, id="class"), now_ms=0)
        store.import_people(PEOPLE, event_id="class", now_ms=1)
    return path


@contextmanager
def new_desk(template: Path, folder: Path) -> Iterator[Desk]:
    copy = shutil.copy(template, folder / "backend.db")
    with closing(open_store(f"sqlite:///{copy}")) as store:
        yield Desk(store)


@pytest.fixture
def desk(template: Path, tmp_path: Path) -> Iterator[Desk]:
    with new_desk(template, tmp_path) as desk:
        yield desk


def test_whoever_is_checked_in_by_hand_is_present(desk: Desk) -> None:
    desk.send(desk.act(Kind.MANUAL, "s-1", "Cid", time=START + MINUTE))
    cid = desk.row("Cid")
    assert (cid.status, cid.method, cid.check_in_time) == (
        Status.PRESENT,
        Method.MANUAL,
        START + MINUTE,
    )
    assert cid.scanner_id == "Door"
    assert "by hand" in cid.rule


def test_the_earliest_check_in_wins_by_hand_or_scanned(desk: Desk) -> None:
    desk.send(desk.act(Kind.MANUAL, "s-1", "Ann", time=START + 2 * MINUTE))
    desk.send(seen(1, START + 3 * MINUTE))
    assert desk.row("Ann").method is Method.MANUAL
    desk.send(seen(1, START + MINUTE))
    assert (desk.row("Ann").method, desk.row("Ann").check_in_time) == (
        Method.SCANNED,
        START + MINUTE,
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_void_takes_a_check_in_back_in_either_order(desk: Desk, order: tuple[int, int]) -> None:
    facts = [
        desk.act(Kind.MANUAL, "s-1", "Cid"),
        desk.act(Kind.VOID, "s-2", of="s-1", why="wrong person", time=START + MINUTE),
    ]
    for place in order:
        desk.send(facts[place])
    cid = desk.row("Cid")
    assert (cid.status, cid.check_in_time, cid.method) == (Status.ABSENT, None, None)
    (void,) = desk.report().voids
    assert (void.record_id, void.kind, void.name, void.by, void.why, void.time) == (
        "s-1",
        "manual",
        "Cid",
        "Eve",
        "wrong person",
        START + MINUTE,
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_voided_sighting_does_not_count(desk: Desk, order: tuple[int, int]) -> None:
    void = desk.act(Kind.VOID, "s-9", of="s-1", ble_uuid=badge(1), of_time=START, why="lost phone")
    for place in order:
        desk.send((seen(1), void)[place])
    assert desk.row("Ann").check_in_time is None
    desk.send(seen(1))
    assert (desk.row("Ann").check_in_time, desk.row("Ann").sightings) == (None, 0)
    desk.send(seen(1, START + MINUTE))
    assert desk.row("Ann").check_in_time == START + MINUTE


def test_a_voided_stranger_is_no_longer_listed(desk: Desk) -> None:
    desk.send(seen(9), desk.act(Kind.VOID, "v", of="s-1", ble_uuid=badge(9), of_time=START))
    assert desk.report().unknown == []


def test_whoever_is_excused_is_not_absent_unless_seen(desk: Desk) -> None:
    desk.send(
        desk.act(Kind.EXCUSED, "s-1", "Ann", why="ill"),
        desk.act(Kind.EXCUSED, "s-2", "Cid", why="ill"),
        seen(1),
    )
    assert (desk.row("Cid").status, desk.row("Cid").rule) == (Status.EXCUSED, "excused: ill")
    assert desk.row("Ann").status is not Status.EXCUSED
    assert desk.report().totals.absent == 1


def test_a_walk_in_is_checked_in_and_waits_for_an_admin(desk: Desk) -> None:
    walk_in = desk.act(Kind.WALK_IN, "s-1", "w1", name="Dan", email="dan@x.org")
    desk.send(walk_in)
    desk.send(walk_in)
    dan = desk.row("Dan")
    assert (dan.user_id, dan.email, dan.registration) == ("w1", "dan@x.org", "pending")
    assert (dan.status, dan.method) == (Status.NOT_EXPECTED, Method.MANUAL)
    desk.send(desk.act(Kind.VOID, "s-2", of="s-1", why="mistake"))
    assert "Dan" not in {row.name for row in desk.report().people}


def test_a_walk_in_whose_email_is_known_is_that_person(desk: Desk) -> None:
    desk.send(desk.act(Kind.WALK_IN, "s-1", "w1", name="Cidney", email="CID@x.org"))
    assert (desk.row("Cid").method, desk.row("Cid").registration) == (Method.MANUAL, "approved")
    desk.send(desk.act(Kind.EXCUSED, "s-2", "w1"), desk.act(Kind.VOID, "s-3", of="s-1", why="x"))
    assert desk.row("Cid").status is Status.EXCUSED


def test_an_act_may_come_before_the_walk_in_that_it_is_about(desk: Desk) -> None:
    desk.send(desk.act(Kind.ASSIGN, "s-2", "w1", ble_uuid=badge(7)), seen(7, START + MINUTE))
    desk.send(desk.act(Kind.WALK_IN, "s-1", "w1", name="Dan", time=START + 5 * MINUTE))
    assert (desk.row("Dan").check_in_time, desk.row("Dan").ble_uuid) == (START + MINUTE, badge(7))


def test_a_claim_makes_earlier_unknown_sightings_theirs(desk: Desk) -> None:
    desk.send(seen(7, START + MINUTE), seen(7, START + 9 * MINUTE))
    assert len(desk.report().unknown) == 1
    desk.send(desk.act(Kind.ASSIGN, "s-1", "Cid", ble_uuid=badge(7), time=START + 5 * MINUTE))
    cid = desk.row("Cid")
    assert (cid.check_in_time, cid.sightings, cid.ble_uuid) == (START + MINUTE, 2, badge(7))
    assert desk.report().unknown == []
    desk.send(seen(7, START))
    assert desk.row("Cid").check_in_time == START


def test_a_replaced_badge_keeps_its_past_and_nothing_more(desk: Desk) -> None:
    change = desk.act(Kind.ASSIGN, "s-1", "Ann", ble_uuid=badge(7), time=START + 5 * MINUTE)
    desk.send(seen(1, START + MINUTE), change)
    desk.send(seen(1, START + 9 * MINUTE), seen(7, START + 8 * MINUTE))
    ann = desk.row("Ann")
    assert (ann.first_seen, ann.last_seen) == (START + MINUTE, START + 8 * MINUTE)
    assert ann.ble_uuid == badge(7)


def test_a_badge_that_changes_hands_keeps_its_past(desk: Desk) -> None:
    desk.send(seen(1, START), seen(1, START + 9 * MINUTE))
    desk.send(desk.act(Kind.ASSIGN, "s-1", "Cid", ble_uuid=badge(1), time=START + 5 * MINUTE))
    assert (desk.row("Ann").check_in_time, desk.row("Ann").sightings) == (START, 1)
    assert (desk.row("Cid").check_in_time, desk.row("Cid").sightings) == (START + 9 * MINUTE, 1)
    desk.send(desk.act(Kind.VOID, "s-2", of="s-1", why="wrong person"))
    assert (desk.row("Ann").sightings, desk.row("Cid").check_in_time) == (2, None)


def test_a_claim_counts_at_every_event(desk: Desk) -> None:
    desk.send(seen(7))
    first = desk.event
    desk.event = desk.store.create_event(NewEvent("Next", START, END), now_ms=0).id
    desk.send(desk.act(Kind.ASSIGN, "s-1", "Cid", ble_uuid=badge(7)))
    desk.event = first
    assert desk.row("Cid").check_in_time == START


def test_an_import_after_a_void_does_not_bring_the_sighting_back(desk: Desk) -> None:
    desk.send(seen(7), desk.act(Kind.VOID, "v", of="s-1", ble_uuid=badge(7), of_time=START))
    desk.store.import_people(
        [PersonRow(1, "Cid", "cid@x.org", badge(7))], event_id=desk.event, now_ms=2
    )
    assert (desk.row("Cid").check_in_time, desk.row("Cid").ble_uuid) == (None, badge(7))


def test_a_voided_claim_leaves_the_badge_to_the_import(desk: Desk) -> None:
    desk.send(seen(7), desk.act(Kind.ASSIGN, "s-1", "Ann", ble_uuid=badge(7)))
    desk.send(desk.act(Kind.VOID, "s-2", of="s-1", why="wrong person"))
    assert [fact.ble_uuid for fact in desk.report().unknown] == [badge(7)]
    result = desk.store.import_people([PersonRow(1, "Cid", "cid@x.org", badge(7))], now_ms=2)
    assert result.errors == ()
    assert desk.row("Cid").check_in_time == START


def heard_wrong(who: int, true_ms: int, error_ms: int, scanner: str = "Door") -> BatchRecord:
    """A sighting by a station whose wall clock is so much ahead."""
    written = true_ms + error_ms
    return BatchRecord(badge(who), written, scanner, 0, CLOCK.boot, true_ms - BOOTED)


def act_wrong(act: ActRecord, error_ms: int) -> ActRecord:
    """The act as that station writes it."""
    return act._replace(time=act.time + error_ms, boot=CLOCK.boot, mono=act.time - BOOTED)


@pytest.mark.parametrize("error", [-START, -DAY, 3 * DAY])
@pytest.mark.parametrize("early", [False, True])
def test_an_acts_time_is_corrected_with_its_station(desk: Desk, error: int, early: bool) -> None:
    act = act_wrong(desk.act(Kind.MANUAL, "s-1", "Cid", time=START + MINUTE), error)
    void = act_wrong(desk.act(Kind.VOID, "s-3", of="s-2", why="x"), error)
    if early:
        desk.send(act, void)
        assert desk.row("Cid").check_in_time == START + MINUTE + error
    for _ in range(2):
        desk.send(act, void, clock=CLOCK)
        cid = desk.row("Cid")
        assert (cid.check_in_time, cid.method, cid.corrected) == (
            *(START + MINUTE, Method.MANUAL),
            -error,
        )
        assert [taken_back.time for taken_back in desk.report().voids] == [START]
    assert [note.verified for note in desk.report().clocks] == [True]


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_a_void_names_a_sighting_by_the_time_that_the_station_wrote(
    desk: Desk, order: Sequence[int]
) -> None:
    """Sent by a laptop, by the station, and the void, in any order."""
    wrong = heard_wrong(1, START, -DAY)
    named: dict[str, Any] = {"ble_uuid": badge(1), "of_time": START - DAY, "why": "lost phone"}
    void = act_wrong(desk.act(Kind.VOID, "s-9", of="s-1", time=START + MINUTE, **named), -DAY)
    for what in order:
        match what:
            case 0:
                desk.send(wrong)
            case 1:
                desk.send(wrong, clock=CLOCK)
            case _:
                desk.send(void)
    ann = desk.row("Ann")
    assert (ann.check_in_time, ann.sightings, ann.status) == (None, 0, Status.ABSENT)
    desk.send(heard_wrong(1, START + MINUTE, -DAY), clock=CLOCK)
    assert (desk.row("Ann").check_in_time, desk.row("Ann").sightings) == (START + MINUTE, 1)


def test_a_void_spares_a_sighting_that_was_only_moved_to_its_time(desk: Desk) -> None:
    void = desk.act(Kind.VOID, "s-9", of="s-1", ble_uuid=badge(1), of_time=START, why="x")
    desk.send(void)
    desk.send(heard_wrong(1, START, -DAY), clock=CLOCK)
    assert desk.row("Ann").check_in_time == START


@pytest.mark.parametrize("who", ["Ann", "Cid"])
def test_a_check_in_by_hand_survives_that_a_sighting_of_its_time_is_moved(
    desk: Desk, who: str
) -> None:
    """The act is of another boot, so it stays where it is."""
    claim = [desk.act(Kind.ASSIGN, "s-2", "Cid", ble_uuid=badge(7))] if who == "Cid" else []
    number = 7 if claim else 1
    wrong = heard_wrong(number, START + MINUTE, -MINUTE)
    desk.send(desk.act(Kind.MANUAL, "s-1", who), *claim)
    desk.send(wrong)
    desk.send(wrong, clock=CLOCK)
    row = desk.row(who)
    assert (row.check_in_time, row.method, row.first_seen) == (
        *(START, Method.MANUAL),
        START + MINUTE,
    )


def test_an_act_is_moved_where_no_sighting_is_left(desk: Desk) -> None:
    """Its row of before is no purged sighting's."""
    late = act_wrong(desk.act(Kind.MANUAL, "s-1", "Ann"), -DAY)
    desk.send(late)
    desk.send(late, clock=CLOCK)
    assert desk.row("Ann").check_in_time == START


CHANGES: list[dict[str, object]] = [
    {"time": START + 1},
    {"user": "other"},
    {"why": "else"},
    {"by": "Else"},
    {"scanner_id": "Gate"},
    {"kind": Kind.EXCUSED},
    {"ble_uuid": badge(1)},
    {"boot": "b9", "mono": 3},
    {"name": "N"},
    {"email": "e@x.org"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
@pytest.mark.parametrize("together", [False, True])
def test_an_acts_id_with_other_content_is_refused(
    desk: Desk, change: dict[str, Any], together: bool
) -> None:
    first = desk.act(Kind.MANUAL, "s-1", "Ann")
    other = first._replace(**change)
    if together:
        answer = desk.send(first, first, other, desk.act(Kind.MANUAL, "s-2", "Ben"))
    else:
        assert desk.send(first, first).refused == ()
        answer = desk.send(seen(2), first, other)
    (refusal,) = answer.refused
    assert (refusal.index, refusal.code) == (2, "RECORD_CONFLICT")
    assert (desk.row("Ann").check_in_time, desk.row("Ann").method) == (START, Method.MANUAL)
    assert desk.row("Ben").check_in_time == START
    assert desk.send(first).refused == ()


@pytest.mark.parametrize("act_first", [False, True])
def test_an_act_and_a_sighting_have_ids_of_one_kind(desk: Desk, act_first: bool) -> None:
    facts: list[Fact] = [desk.act(Kind.MANUAL, "s-1", "Ann"), seen(2)._replace(id="s-1")]
    if not act_first:
        facts.reverse()
    (refusal,) = desk.send(*facts).refused
    assert refusal.index == 1
    assert (desk.row("Ann").check_in_time is None) is not act_first
    assert (desk.row("Ben").check_in_time is None) is act_first


def state(facts: EventFacts) -> object:
    """Everything that a report shows, without the ids that an event's own run gave."""
    people = [
        (
            *(p.name, p.email, p.ble_uuid, p.registration, p.check_in_time, p.scanner_id),
            *(tuple(p.sightings), tuple(p.by_hand), p.method, p.excused),
        )
        for p in facts.people
    ]
    voids = [(v.record_id, v.kind, v.name, v.by, v.time, v.why) for v in facts.voids]
    return sorted(people), sorted(facts.unknown), sorted(voids)


def random_facts(desk: Desk, chance: random.Random) -> list[Fact]:
    """Few people, badges and times, so that ties, voids and changes of hands meet each other."""
    facts: list[Fact] = []
    ids = [f"s-{n}" for n in range(chance.randint(0, 14))]

    def time() -> int:
        return START + chance.randrange(4)

    sightings = [
        seen(chance.randint(1, 4), time(), chance.choice(["A", "b"]))
        for _ in range(chance.randint(1, 8))
    ]
    facts += sightings
    for id_ in ids:
        kind = chance.choice([Kind.MANUAL, Kind.VOID, Kind.VOID, Kind.EXCUSED, Kind.ASSIGN])
        who = chance.choice(["Ann", "Ben", "Cid", "w1", "w2"])
        door = chance.choice(["A", "b"])
        members: dict[str, object] = {
            "time": time(),
            "scanner_id": door,
            "why": chance.choice("xy"),
        }
        if kind is Kind.VOID and chance.random() < 0.5:
            heard = chance.choice(sightings)
            members |= {"of": "other", "ble_uuid": heard.ble_uuid, "scanner_id": heard.scanner_id}
            members |= {"of_time": heard.check_in_time}
        elif kind is Kind.VOID:
            members |= {"of": chance.choice(ids)}
        elif kind is Kind.ASSIGN:
            members |= {"ble_uuid": badge(chance.randint(1, 4))}
        elif who.startswith("w"):
            kind = Kind.WALK_IN
            members |= {"name": who, "email": f"{who}@x.org"}
        facts.append(desk.act(kind, id_, "" if kind is Kind.VOID else who, **members))
    return facts


ERRORS = {0: -DAY, 1: -DAY, 2: 9 * DAY, 3: 0}
"""What the wrong clock of the door "A" is ahead, by the millisecond since the start."""


def by_wrong_clock(fact: Fact) -> Fact:
    """The same fact as the door "A" writes it down."""
    if fact.scanner_id != "A":
        return fact
    if isinstance(fact, BatchRecord):
        time = fact.check_in_time
        wrong = time + ERRORS[time - START]
        return fact._replace(check_in_time=wrong, boot=CLOCK.boot, mono=time - BOOTED)
    written, of_time = fact.time + ERRORS[fact.time - START], fact.of_time
    if of_time is not None:
        of_time += ERRORS[of_time - START]
    mono = fact.time - BOOTED
    return fact._replace(time=written, of_time=of_time, boot=CLOCK.boot, mono=mono)


def play(
    desk: Desk, facts: Sequence[Fact], sizes: Iterator[int], clock: StationClock | None = None
) -> object:
    """Send the facts in batches of these sizes; what the report is folded from."""
    left = list(facts)
    while left:
        size = next(sizes)
        assert desk.send(*left[:size], clock=clock).refused == ()
        left = left[size:]
    return state(desk.store.report_facts(desk.event))


def shuffled(facts: Sequence[Fact], chance: random.Random) -> list[Fact]:
    """The facts in another order, some of them twice."""
    again = [*facts, *chance.choices(facts, k=len(facts) // 2)]
    chance.shuffle(again)
    return again


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_any_shuffle_split_and_repetition_gives_the_same_state(template: Path, seed: int) -> None:
    """By a right clock, by a wrong one, and by a wrong one that is measured late.

    Badges and people outlive events, so each run has a database of its own.
    """
    chance = random.Random(seed)
    sizes = iter(lambda: chance.randint(1, 5), 0)
    with TemporaryDirectory() as folder, new_desk(template, Path(folder)) as desk:
        facts = random_facts(desk, chance)
        whole = play(desk, facts, repeat(100))
    with TemporaryDirectory() as folder, new_desk(template, Path(folder)) as desk:
        assert play(desk, shuffled(facts, chance), sizes) == whole
    wrong = [by_wrong_clock(fact) for fact in facts]
    with TemporaryDirectory() as folder, new_desk(template, Path(folder)) as desk:
        assert play(desk, shuffled(wrong, chance), sizes, CLOCK) == whole
    with TemporaryDirectory() as folder, new_desk(template, Path(folder)) as desk:
        play(desk, chance.sample(wrong, chance.randint(0, len(wrong))), sizes)
        assert play(desk, shuffled(wrong, chance), sizes, CLOCK) == whole
