"""What is kept between two reports changes none of them: a sealed one least of all."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.exports.samples import BADGE, END, FACTS, PEOPLE, START

from headcount.api.report_memo import ReportMemo
from headcount.core.report import EventFacts, Method, PersonFacts, build_report
from headcount.core.rotation import Assurance
from headcount.core.seals import NOT_DECIDING, Acceptance, Seal, digest_of

SEALED = replace(FACTS, seals=[Seal(1, digest_of(FACTS), END, "Ada")])
ANA = PEOPLE[0]


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


def of_dataclass(name: str, value: Any) -> Iterator[tuple[str, EventFacts]]:
    for field in dataclasses.fields(value):
        changed = replace(value, **{field.name: other(getattr(value, field.name))})
        yield f"{name}-{field.name}", with_(name, changed)


def with_(name: str, value: Any) -> EventFacts:
    return replace(SEALED, **{name: value})


def changes() -> Iterator[tuple[str, EventFacts]]:
    """One fact or one rule is another one."""
    yield from of_dataclass("event", SEALED.event)
    yield from of_dataclass("rules", SEALED.rules)
    persons: dict[str, Any] = {name: "x" for name, kind in PersonFacts.__annotations__.items()}
    persons |= {"check_in_time": START + 1, "sightings": ANA.sightings[:-1], "corrected": 1}
    persons |= {"by_hand": [START], "method": Method.MANUAL, "assurance": Assurance.MEDIUM}
    for name, value in persons.items():
        people = [ANA._replace(**{name: value}), *PEOPLE[1:]]
        yield f"person-{name}", replace(SEALED, people=people)
    yield "one-less", replace(SEALED, people=PEOPLE[1:])
    for name in ("unknown", "gaps", "voids"):
        (fact,) = getattr(SEALED, name)
        for member in fact._fields:
            changed = fact._replace(**{member: other(getattr(fact, member))})
            yield f"{name}-{member}", with_(name, [changed])
        yield f"{name}-none", with_(name, [])
    yield "refused", replace(SEALED, refused=3)
    yield "accepted", replace(SEALED, acceptances=[Acceptance(f"unknown:{BADGE}", "A", END, "")])


CHANGES = dict(changes())
KEPT_BY_A_SEAL = {f"event-{member}" for member in NOT_DECIDING}
"""Putting a sealed event away changes nothing about it."""


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_after_the_seal_is_found_by_what_is_kept(name: str) -> None:
    memo, changed = ReportMemo(), CHANGES[name]
    for facts, expected in ((SEALED, False), (changed, True), (SEALED, False), (changed, True)):
        report = build_report(facts, END, memo.fold, memo.digest)
        assert report == build_report(facts, END)
        assert report.changed is (expected and name not in KEPT_BY_A_SEAL)
        assert memo.digest(facts) == digest_of(facts)


class Counted(tuple[int, ...]):
    """Tells how often it was gone through."""

    __slots__ = ()
    times = 0

    def __iter__(self) -> Iterator[int]:
        Counted.times += 1
        return super().__iter__()


def test_sightings_are_gone_through_once_for_each_change() -> None:
    memo = ReportMemo()
    people = [person._replace(sightings=Counted(person.sightings)) for person in PEOPLE]
    heard = sum(bool(person.sightings) for person in people)
    Counted.times = 0
    memo.digest(replace(SEALED, people=people))
    assert Counted.times == heard
    one_more = people[0]._replace(sightings=Counted([*ANA.sightings, END]))
    Counted.times = 0
    memo.digest(replace(SEALED, people=[one_more, *people[1:]], refused=5))
    assert Counted.times == 1
