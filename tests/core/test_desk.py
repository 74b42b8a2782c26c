"""From what an operator types to an act."""

from __future__ import annotations

import pytest

from headcount.core.acts import Act, ActBook, WalkIns, fold, to_record
from headcount.core.desk import Desk, one_person
from headcount.core.errors import UsageError
from headcount.core.model import NIL_UUID, Instant, Kind, Logged, Person
from headcount.core.roster import Roster

A = "aaaaaaaa-0000-4000-8000-000000000001"
NOW = Instant(1_753_000_000_000, 1000, "boot")
ADA, ADAM, BEN = Person("1", "Ada", "ada@x.org"), Person("2", "Adam Ant"), Person("3", "Ben Bee")
ROSTER = Roster([(ADA, [A]), (ADAM, []), (BEN, [])], fetched_ms=0)
DESK = Desk("Eve", 15, WalkIns.ASK)


@pytest.mark.parametrize(
    ("who", "person"),
    [("ben", BEN), ("bb", BEN), ("ADA", ADA), ("ada@x.org", ADA), ("2", ADAM), ("ant ad", ADAM)],
)
def test_one_person_is_meant(who: str, person: Person) -> None:
    assert one_person(ROSTER, who) == person


@pytest.mark.parametrize(
    ("who", "says"),
    [("ad", r"Ada \(1\), Adam Ant \(2\)"), ("zz", "Nobody"), ("", "Nobody"), (" ", "Nobody")],
)
def test_a_doubtful_name_is_never_guessed(who: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        one_person(ROSTER, who)


def test_a_check_in_carries_the_persons_badge_if_there_is_one() -> None:
    assert DESK.check_in(ROSTER, "ada") == Act(Kind.MANUAL, "1", A, "Eve")
    assert DESK.check_in(ROSTER, "ben").ble_uuid == NIL_UUID


def test_a_badge_must_be_one() -> None:
    assert DESK.assign(ROSTER, "ben", A.upper()).ble_uuid == A
    with pytest.raises(UsageError, match="no bleUuid"):
        DESK.assign(ROSTER, "ben", "b1")


@pytest.mark.parametrize(
    ("policy", "confirmed", "allowed"),
    [
        (WalkIns.ALLOW, False, True),
        (WalkIns.ASK, False, False),
        (WalkIns.ASK, True, True),
        (WalkIns.REFUSE, True, False),
    ],
)
def test_walk_ins_follow_the_policy(policy: WalkIns, confirmed: bool, allowed: bool) -> None:
    desk = Desk("Eve", 15, policy)
    if allowed:
        assert desk.walk_in("Cid", "", "w1", confirmed=confirmed).user == "w1"
    else:
        with pytest.raises(UsageError):
            desk.walk_in("Cid", "", "w1", confirmed=confirmed)


def done(*acts: Act) -> ActBook:
    return fold(Logged(n, f"s-{n}", to_record(act, "door", NOW)) for n, act in enumerate(acts, 1))


MINE = Act(Kind.MANUAL, "1", by="Eve")
THEIRS = Act(Kind.MANUAL, "3", by="Mallory")


@pytest.mark.parametrize(
    ("acts", "record_id", "undone"),
    [
        ([MINE, MINE, THEIRS], "", "s-2"),
        ([MINE, MINE], "s-1", "s-1"),
        ([MINE, MINE, Act(Kind.VOID, of="s-2", by="Eve", why="x")], "", "s-1"),
        ([THEIRS], "", None),
        ([MINE, THEIRS], "s-2", None),
        ([], "", None),
    ],
)
def test_undo_takes_the_last_own_act_back(
    acts: list[Act], record_id: str, undone: str | None
) -> None:
    if undone is None:
        with pytest.raises(UsageError, match="nothing of Eve"):
            DESK.undo(done(*acts), NOW, record_id, "")
    else:
        assert DESK.undo(done(*acts), NOW, record_id, "").of == undone


def test_after_a_quarter_of_an_hour_nothing_is_undone() -> None:
    with pytest.raises(UsageError, match="15 minutes"):
        DESK.undo(done(MINE), NOW.at(1901), "", "")


WALK_IN = Act(Kind.WALK_IN, "w1", by="Eve", name="Cid")
CLAIM = Act(Kind.ASSIGN, "w1", A, "Eve")
BOTH = ["s-2", "s-1"]


@pytest.mark.parametrize(
    ("acts", "record_id", "undone"),
    [
        ([WALK_IN, CLAIM], "", BOTH),
        ([WALK_IN, CLAIM], "s-1", BOTH),
        ([WALK_IN, CLAIM, MINE], "", ["s-3"]),
        ([MINE, Act(Kind.ASSIGN, "1", A, "Eve")], "", ["s-2"]),
        ([WALK_IN, Act(Kind.ASSIGN, "1", A, "Eve")], "", ["s-2"]),
        ([WALK_IN, CLAIM, Act(Kind.VOID, of="s-2", by="Eve", why="x")], "", ["s-1"]),
    ],
)
def test_a_badge_claimed_for_a_walk_in_is_taken_back_with_it(
    acts: list[Act], record_id: str, undone: list[str]
) -> None:
    assert [each.of for each in DESK.undo_all(done(*acts), NOW, record_id, "")] == undone


def test_a_badge_given_to_a_walk_in_later_is_an_act_of_its_own() -> None:
    book = done(WALK_IN)
    later = Instant(NOW.wall_ms + 5000, NOW.mono + 5, NOW.boot)
    book.add(Logged(2, "s-2", to_record(CLAIM, "door", later)))
    assert [each.of for each in DESK.undo_all(book, later, "", "")] == ["s-2"]
