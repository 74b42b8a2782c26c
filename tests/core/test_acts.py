"""What operators do: the fold of their acts over a log, and what they may take back."""

from __future__ import annotations

import pytest

from headcount.core.acts import Act, ActBook, can_undo, fold, to_record
from headcount.core.errors import UsageError
from headcount.core.model import NIL_UUID, Instant, Kind, Logged, Person, Record
from headcount.core.roster import Roster

A = "aaaaaaaa-0000-4000-8000-000000000001"
B = "bbbbbbbb-0000-4000-8000-000000000002"
NOW = Instant(1_753_000_000_000, 1000, "boot")
ADA, BEN = Person("1", "Ada"), Person("2", "Ben")
ROSTER = Roster([(ADA, [A]), (BEN, [])], fetched_ms=0)


def book(*acts: Act) -> ActBook:
    return fold(Logged(n, f"s-{n}", to_record(act, "door", NOW)) for n, act in enumerate(acts, 1))


def test_a_manual_check_in_holds_until_it_is_taken_back() -> None:
    manual = Act(Kind.MANUAL, user="1")
    assert set(book(manual).by_hand) == {"1"}
    undone = book(manual, Act(Kind.VOID, of="s-1", why="wrong person"))
    assert set(undone.by_hand) == set()
    assert undone.is_void("s-1")


def test_a_void_that_comes_first_holds_too() -> None:
    assert set(book(Act(Kind.VOID, of="s-2", why="x"), Act(Kind.MANUAL, user="1")).by_hand) == set()


def test_a_second_check_in_survives_the_void_of_the_first() -> None:
    manual = Act(Kind.MANUAL, user="1")
    kept = book(manual, manual, Act(Kind.VOID, of="s-1", why="twice"))
    assert kept.by_hand["1"].id == "s-2"


def test_the_same_line_twice_is_one_act() -> None:
    line = Logged(1, "s-1", to_record(Act(Kind.MANUAL, user="1"), "door", NOW))
    assert len(fold([line, line]).acts) == 1


def test_sightings_are_no_acts() -> None:
    assert fold([Logged(1, "s-1", Record(A, "door", NOW))]) == ActBook()


def test_excused_people_are_told() -> None:
    assert set(book(Act(Kind.EXCUSED, user="2", why="ill")).excused) == {"2"}


def test_a_walk_in_is_on_the_roster_and_checked_in() -> None:
    acts = book(Act(Kind.WALK_IN, user="w1", name="Cid", email="cid@example.org"))
    roster = acts.apply(ROSTER)
    assert roster.person("w1") == Person("w1", "Cid", "cid@example.org", registered=False)
    assert set(acts.by_hand) == {"w1"}
    assert ROSTER.person("w1") is None


def test_an_assigned_badge_replaces_the_older_one() -> None:
    roster = book(Act(Kind.ASSIGN, user="1", ble_uuid=B)).apply(ROSTER)
    assert (roster.owner(B), roster.owner(A)) == (ADA, None)
    assert roster.badges_of("1") == [B]


def test_a_badge_given_on_is_the_last_ones() -> None:
    given = (Act(Kind.ASSIGN, user="1", ble_uuid=B), Act(Kind.ASSIGN, user="2", ble_uuid=B))
    assert book(*given).apply(ROSTER).owner(B) == BEN


def test_a_void_gives_the_old_badge_back() -> None:
    acts = book(Act(Kind.ASSIGN, user="1", ble_uuid=B), Act(Kind.VOID, of="s-1", why="wrong badge"))
    roster = acts.apply(ROSTER)
    assert (roster.owner(A), roster.owner(B)) == (ADA, None)


def test_a_walk_in_can_get_a_badge() -> None:
    acts = book(Act(Kind.WALK_IN, user="w1", name="Cid"), Act(Kind.ASSIGN, user="w1", ble_uuid=B))
    owner = acts.apply(Roster()).owner(B)
    assert owner is not None
    assert owner.name == "Cid"


@pytest.mark.parametrize(
    ("act", "needs"),
    [
        (Act(Kind.MANUAL), "a person"),
        (Act(Kind.VOID, why="x"), "the id of a record"),
        (Act(Kind.VOID, of="s-1"), "a reason"),
        (Act(Kind.EXCUSED), "a person"),
        (Act(Kind.ASSIGN, user="1"), "a badge"),
        (Act(Kind.ASSIGN, user="1", ble_uuid="zz"), "32 hexadecimal digits"),
        (Act(Kind.WALK_IN, user="w", name="\x1b\x07"), "a name"),
        (Act(Kind.SIGHTING, user="1"), "one of an operator's"),
    ],
)
def test_an_act_that_says_too_little_is_refused(act: Act, needs: str) -> None:
    with pytest.raises(UsageError, match=needs):
        to_record(act, "door", NOW)


def test_texts_are_cleaned_and_the_station_signs_where_nobody_does() -> None:
    record = to_record(Act(Kind.EXCUSED, user="1", why="ill\x1b[2J"), "door", NOW)
    assert (record.why, record.by, record.ble_uuid) == ("ill[2J", "door", NIL_UUID)


MANUAL = Logged(1, "s-1", to_record(Act(Kind.MANUAL, user="1", by="Eve"), "door", NOW))
VOID = Logged(2, "s-2", to_record(Act(Kind.VOID, of="s-1", why="x"), "door", NOW))


@pytest.mark.parametrize(
    ("act", "now", "by", "allowed"),
    [
        (MANUAL, NOW.at(1000), "", True),
        (MANUAL, NOW.at(1900), "Eve", True),
        (MANUAL, NOW.at(1900.1), "Eve", False),
        (MANUAL, NOW.at(1001)._replace(wall_ms=0), "Eve", True),
        (MANUAL, NOW.at(1001)._replace(boot="another"), "Eve", False),
        (MANUAL, NOW.at(1001), "Mallory", False),
        (VOID, NOW.at(1001), "", False),
    ],
)
def test_an_own_act_can_be_undone_for_a_quarter_of_an_hour(
    act: Logged, now: Instant, by: str, allowed: bool
) -> None:
    assert can_undo(act, now, 15, by) is allowed
