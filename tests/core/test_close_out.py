"""Closing an event: findings with before and after, acceptances, seals."""

from __future__ import annotations

from array import array
from dataclasses import replace

import pytest
from tests.exports.samples import END, FACTS, MINUTE, START, person

from headcount.core.attendance import Rules
from headcount.core.close_out import (
    Check,
    CloseOut,
    CloseOutOpen,
    EventSealed,
    close_out,
    require_open,
    require_sealable,
)
from headcount.core.report import EventFacts, GapFacts, ScannerFacts, build_report
from headcount.core.seals import Acceptance, Seal, digest_of

NOW = END + MINUTE
BO = "minimum:u-Bo"
GAP = GapFacts("Main", START + 10 * MINUTE, START + 35 * MINUTE, "powered-off")


def state(facts: EventFacts = FACTS, *accepted: str) -> CloseOut:
    return close_out(with_(facts, *accepted), NOW)


def with_(facts: EventFacts, *accepted: str) -> EventFacts:
    return replace(facts, acceptances=[Acceptance(each, "Ada", NOW, "") for each in accepted])


def every(facts: EventFacts = FACTS) -> tuple[str, ...]:
    return tuple(finding.id for finding in state(facts).findings)


def status(facts: EventFacts, name: str) -> tuple[str, str]:
    row = next(row for row in build_report(facts, NOW).people if row.name == name)
    return row.status, row.rule


def test_everything_worth_a_look_is_on_the_list() -> None:
    found = {finding.check: finding for finding in state().findings}
    assert set(found) == set(Check) - {Check.SCANNER, Check.DUPLICATE}
    assert (
        found[Check.MINIMUM].before
        == "left early: last seen 23 min early; present 58 %, minimum 75 %"
    )
    assert found[Check.MINIMUM].after == "present"
    assert found[Check.CLOCK].after == "corrected by +00:14:03"
    assert found[Check.UNKNOWN].what.endswith("was heard 4 times and is nobody's.")
    assert found[Check.REFUSED].what == "2 records were refused by the server."


def test_namesakes_are_shown_with_their_statuses() -> None:
    twins = [person("Ana", 0, 60), person("ANA ", 0, 60)._replace(user_id="u-2")]
    (finding,) = state(replace(FACTS, people=twins)).findings[-1:]
    assert (finding.check, finding.before) == (Check.DUPLICATE, "present, present")


def test_a_person_below_the_minimum_can_be_accepted_and_the_fact_stays() -> None:
    assert status(FACTS, "Bo")[0] == "left early"
    now, rule = status(with_(FACTS, BO), "Bo")
    assert now == "present"
    assert rule.startswith("accepted at the close-out; otherwise left early: last seen 23 min")
    (finding,) = [each for each in state(FACTS, BO).findings if each.id == BO]
    assert (finding.accepted, finding.by, finding.before[:10]) == (True, "Ada", "left early")


def test_an_acceptance_that_no_longer_fits_changes_nobody() -> None:
    assert status(with_(FACTS, "minimum:u-Chidi"), "Chidi") == status(FACTS, "Chidi")


@pytest.mark.parametrize(
    ("first_half", "second_half", "accepted", "expected"),
    [
        ((0, 10), (35, 60), False, "partial"),
        ((0, 10), (35, 60), True, "present"),
        ((0, 10), (50, 60), True, "partial"),  # not heard soon after it ended
        ((0, 10), (), True, "left early"),  # never heard again
    ],
)
def test_a_gap_is_bridged_for_those_heard_around_it(
    first_half: tuple[int, ...], second_half: tuple[int, ...], accepted: bool, expected: str
) -> None:
    times = [
        START + minute * MINUTE
        for half in (first_half, second_half)
        if half
        for minute in range(half[0], half[1] + 1, 5)
    ]
    facts = replace(FACTS, people=[person("Gil", 0, 5)._replace(sightings=times)], gaps=[GAP])
    key = f"gap:Main:{GAP.start}"
    (finding,) = [each for each in state(facts).findings if each.id == key]
    assert ("Gil partial to present" in finding.after) == (second_half == (35, 60))
    assert status(with_(facts, key) if accepted else facts, "Gil")[0] == expected


def test_a_scanner_that_never_comes_back_can_be_given_up() -> None:
    lost = replace(FACTS, scanners=[ScannerFacts("Main", START, 1)])
    assert state(lost).provisional
    assert "Main is still scanning" in state(lost).missing[0]
    assert not state(lost, "scanner:Main").provisional
    assert not build_report(with_(lost, "scanner:Main"), NOW).provisional


@pytest.mark.parametrize(
    ("facts", "digest", "says"),
    [
        (FACTS, "", "findings are open"),
        (with_(FACTS, *every()), "0" * 64, "changed since you looked"),
        (replace(FACTS, scanners=[]), "", "provisional"),
    ],
)
def test_what_is_not_ready_is_not_sealed(facts: EventFacts, digest: str, says: str) -> None:
    found = close_out(facts, NOW)
    with pytest.raises(CloseOutOpen, match=says):
        require_sealable(found, digest or found.digest)


def test_a_seal_freezes_acceptances_until_the_facts_change() -> None:
    facts = with_(FACTS, *every())
    require_sealable(close_out(facts, NOW), digest_of(facts))
    sealed = replace(facts, seals=[Seal(1, digest_of(facts), NOW, "Ada")])
    assert close_out(sealed, NOW).sealed
    with pytest.raises(EventSealed, match="version 1"):
        require_open(close_out(sealed, NOW), [BO])
    assert not build_report(sealed, NOW).changed
    later = replace(sealed, people=[*sealed.people, person("Hana", 0, 60)])
    assert build_report(later, NOW).changed
    require_open(close_out(later, NOW), [BO])


def test_what_is_no_finding_is_refused() -> None:
    with pytest.raises(CloseOutOpen, match="'nothing'"):
        require_open(state(), ["nothing"])


def test_the_digest_is_of_facts_and_rules_in_any_order() -> None:
    digest = digest_of(FACTS)
    shuffled = replace(FACTS, people=FACTS.people[::-1], scanners=[], created_at=5)
    assert digest_of(shuffled) == digest
    packed = [each._replace(sightings=array("q", each.sightings)) for each in FACTS.people]
    assert digest_of(replace(FACTS, people=packed)) == digest
    others = [
        replace(FACTS, rules=Rules(late_after_minutes=11)),
        replace(FACTS, people=FACTS.people[1:]),
        replace(FACTS, gaps=[]),
        replace(FACTS, voids=[]),
        replace(FACTS, unknown=[]),
        replace(FACTS, event=replace(FACTS.event, end=END + 1)),
        with_(FACTS, BO),
    ]
    assert len({digest, *map(digest_of, others)}) == len(others) + 1
