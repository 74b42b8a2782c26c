"""Bulk enrolment: which beacon is held, whose turn it is, what is given and taken back."""

from __future__ import annotations

import pytest

from headcount.core.acts import Act, ActBook, WalkIns, to_record
from headcount.core.desk import Desk
from headcount.core.enrolment import Enrolment, in_order, without_badge
from headcount.core.errors import UsageError
from headcount.core.holding import Held, Holding, Verdict
from headcount.core.model import Instant, Kind, Logged, Person
from headcount.core.pulse import Nearby
from headcount.core.roster import Roster

ADA, BO, CHI, ZOE = (Person(str(n), name) for n, name in enumerate(["Ada", "Bo", "Chi", "Zoë"]))
NEW, OTHER, ZOES = (f"0000000{n}-0000-4000-8000-000000000000" for n in (1, 2, 3))
ROSTER = Roster([(ZOE, [ZOES]), (BO, []), (ADA, []), (CHI, [])], 1)
NOW = Instant(1_000_000, 100.0, "boot")
RULES = Desk("Eve", 15, WalkIns.ASK)


def owner(badge: str) -> Person | None:
    return ROSTER.owner(badge)


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        ([], Held(Verdict.NOTHING)),
        ([(NEW, -40, 1.0), (NEW, -41, 2.0)], Held(Verdict.NOTHING)),  # twice is not three times
        ([(NEW, -40, 1.0)] * 5, Held(Verdict.NOTHING)),  # one frame, told again and again
        ([(NEW, -40, -3.0), (NEW, -41, 2.0), (NEW, -41, 3.0)], Held(Verdict.NOTHING)),  # too long
        ([(NEW, -61, t) for t in (1.0, 2.0, 3.0)], Held(Verdict.FAR, NEW, -61)),
        ([(NEW, -40, t) for t in (1.0, 2.0, 3.0)], Held(Verdict.FOUND, NEW, -40)),
        (
            [(NEW, -40, t) for t in (1.0, 2.0, 3.0)] + [(OTHER, -49, 3.0)],
            Held(Verdict.UNCLEAR, NEW, -40),  # the second is heard once, and near all the same
        ),
        (
            [(NEW, -40, t) for t in (1.0, 2.0, 3.0)] + [(OTHER, -50, t) for t in (1.0, 2.0, 3.0)],
            Held(Verdict.FOUND, NEW, -40),
        ),
        ([(ZOES, -40, t) for t in (1.0, 2.0, 3.0)], Held(Verdict.TAKEN, ZOES, -40, ZOE)),
        (
            [(NEW, rssi, t) for rssi, t in ((-40, 1.0), (-90, 2.0), (-42, 3.0))],
            Held(Verdict.FOUND, NEW, -42),  # a hand between for a moment
        ),
    ],
)
def test_what_is_held(heard: list[tuple[str, int, float]], wanted: Held) -> None:
    holding = Holding()
    for badge, rssi, mono in heard:
        holding.heard(badge, rssi, mono)
    assert holding.look(3.0, owner) == wanted
    assert holding.look(60.0, owner) == Held(Verdict.NOTHING)


class Log:
    """Writes acts at once, as the recorder does."""

    def __init__(self) -> None:
        self.book = ActBook()
        self.number = 0

    def act(self, act: Act) -> None:
        self.number += 1
        self.book.add(Logged(self.number, f"s-{self.number}", to_record(act, "Door", NOW)))

    @property
    def roster(self) -> Roster:
        return self.book.apply(ROSTER)


def hold(enrolment: Enrolment, badge: str, roster: Roster, at: float = 100.0) -> Held:
    for t in (at - 2, at - 1, at):
        enrolment.hear([Nearby(badge, None, -40, t)])
    return enrolment.held(at, roster)


def turn(enrolment: Enrolment) -> Person | None:
    return enrolment.person


def test_a_round() -> None:
    log, enrolment = Log(), Enrolment(without_badge(ROSTER))
    assert enrolment.people == [ADA, BO, CHI]  # by name; Zoë has one
    act = enrolment.give(hold(enrolment, NEW, log.roster), RULES, log.roster)
    assert (act.kind, act.user, act.ble_uuid, act.by) == (Kind.ASSIGN, "0", NEW, "Eve")
    log.act(act)
    enrolment.was_given(act)
    assert turn(enrolment) == BO
    with pytest.raises(UsageError, match="This badge is Ada's"):
        enrolment.give(hold(enrolment, NEW, log.roster), RULES, log.roster)
    with pytest.raises(UsageError, match="No single badge"):
        enrolment.give(Held(Verdict.UNCLEAR, OTHER), RULES, log.roster)
    enrolment.skip()
    assert (turn(enrolment), enrolment.following) == (CHI, [])
    enrolment.back()
    assert enrolment.held(100.0, log.roster).verdict is Verdict.NOTHING  # heard anew for each turn
    log.act(enrolment.take_back(RULES, log.book, NOW))
    enrolment.was_taken_back()
    assert turn(enrolment) == ADA
    assert log.roster.owner(NEW) is None
    with pytest.raises(UsageError, match="Nothing was given"):
        enrolment.take_back(RULES, log.book, NOW)
    for _ in range(9):
        enrolment.skip()
    assert turn(enrolment) is None
    with pytest.raises(UsageError, match="had their turn"):
        enrolment.give(hold(enrolment, OTHER, log.roster), RULES, log.roster)


def test_what_is_not_written_yet_is_not_taken_back() -> None:
    enrolment = Enrolment([ADA])
    enrolment.was_given(Act(Kind.ASSIGN, "0", NEW))
    with pytest.raises(UsageError, match="not on the disk yet"):
        enrolment.take_back(RULES, ActBook(), NOW)


@pytest.mark.parametrize(
    ("text", "people", "troubles"),
    [
        ("name\nchi\nADA\nchi\n", [CHI, ADA], []),
        ("userId;name\n1;\n;Zoe\n", [BO], ["Row 3: Zoë has a badge."]),
        ("email,name\nx@y.z,Ada\n", [ADA], []),
        ("name\nNobody\n\nTwo\n", [], ["Row 2: Nobody on the roster.", "Row 4: Several"]),
    ],
)
def test_the_order_of_a_file(text: str, people: list[Person], troubles: list[str]) -> None:
    roster = ROSTER.with_people([Person("8", "Two"), Person("9", "Two")])
    found, wrong = in_order(text, roster)
    assert found == people
    assert [line[: len(each)] for line, each in zip(wrong, troubles, strict=True)] == troubles


def test_a_file_of_something_else() -> None:
    with pytest.raises(UsageError, match="none of the columns"):
        in_order("badge,note\n1,2\n", ROSTER)
