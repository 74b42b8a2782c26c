"""Sentences that the core derives are said on the screens in the operator's language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.api.wire import from_wire, to_wire
from headcount.core.attendance import Rules, Status, derive_status
from headcount.core.close_out import Finding, close_out
from headcount.core.insights import InsightKind
from headcount.core.model import Event
from headcount.core.report import (
    EventFacts,
    GapFacts,
    PersonFacts,
    Report,
    ScannerFacts,
    UnknownFacts,
    build_report,
)
from headcount.core.sentences import SENTENCES, english, said, understood, with_changes
from headcount.tui import words
from headcount.tui.admin.close_state import change, what
from headcount.tui.sentence_words import WORDS, all_told, told

MIN = 60_000
START, END = 60 * MIN, 120 * MIN
VALUES = {"status": "partial", "statuses": "present, left early", "then": "rule.late"}


@pytest.fixture
def german() -> Iterator[None]:
    words.use("de")
    yield
    words.use("en")


def sample(code: str) -> dict[str, int | str]:
    """Something for each place of a sentence."""
    if "{changes}" in SENTENCES[code]:
        return dict(with_changes([("Bo", "partial", "present")] * 4)) | {"code": code}
    places = re.findall(r"\{(\w+)\}", SENTENCES[code])
    return {
        "code": code,
        "minutes": 1_234,
        **{each: VALUES.get(each, f"<{each}>") for each in places},
    }


@pytest.mark.parametrize("code", SENTENCES)
def test_a_code_says_the_same_on_the_screen_as_in_the_core(code: str, german: None) -> None:
    sentence = sample(code)
    core = english(sentence)
    assert "{" not in core
    translated = told(sentence, "not known")
    assert translated not in {"", "not known"}
    words.use("en")
    assert told(sentence, "not known") == core


def test_no_code_is_only_on_one_side() -> None:
    assert dict(WORDS) == dict(SENTENCES)


def test_what_is_not_known_stays_english(german: None) -> None:
    assert told({}, "Something new.") == "Something new."
    assert told({"code": "rule.new", "n": 1}, "A new rule \x1b[31m") == "A new rule [31m"
    assert told({"code": "rule.late"}, "first seen late") == "first seen late"  # lacks its minutes
    assert list(all_told([], ["Wait."])) == ["Wait."]


def person(user_id: str, name: str, *minutes: int) -> PersonFacts:
    times = [START + each * MIN for each in minutes]
    return PersonFacts(
        user_id, name, "", "", "approved", times[0] if times else None, "North", times
    )  # fmt: skip


FACTS = EventFacts(
    Event("e", "Evening", START, END),
    [
        person("u1", "Bo", 0, 5, 20, 25, 30, 35, 40, 45, 50, 55, 60),
        person("u2", "Bo"),
        person("u3", "Ada", 0, 5),
    ],
    [UnknownFacts("f" * 32, START, END, 1_400, "North")],
    [ScannerFacts("North", START, 1)],
    [GapFacts("North", START + 6 * MIN, START + 19 * MIN, "powered-off")],
    Rules(minimum_presence_percent=90),
    refused=2,
)


def test_a_close_out_is_german_after_its_way_over_the_wire(german: None) -> None:
    state = close_out(FACTS, END)
    known: list[Finding] = [from_wire(to_wire(each), Finding) for each in state.findings]
    said_of = {each.check.value: f"{what(each)} | {change(each)}" for each in known}
    assert said_of["gap"] == (
        "North hörte 13 min lang nichts (powered-off). | Zählt jetzt: niemand wird darin gezählt. "
        "Angenommen: Änderungen des Status: 1: Bo von teilweise zu anwesend."
    )
    assert said_of["minimum"] == (
        "Bo liegt unter der Mindestanwesenheit. | "
        "Zählt jetzt: teilweise: anwesend 75 %, Minimum 90 %. Angenommen: anwesend."
    )
    assert said_of["unknown"].startswith(f"Badge {'f' * 32} wurde 1,400-mal gehört")
    assert "Vom Server abgelehnte Einträge: 2." in said_of["refused"]
    assert "2 Personen heißen Bo. | Zählt jetzt: teilweise, abwesend." in said_of["duplicate"]
    for each in known:
        words.use("en")
        assert what(each) == each.what
        for part in (each.before, each.after):
            assert part in change(each)
        words.use("de")


def test_a_reports_reasons_are_german(german: None) -> None:
    report: Report = from_wire(to_wire(build_report(FACTS, END - MIN)), Report)
    assert list(all_told(report.missing_said, report.missing)) == [
        "Die Veranstaltung ist nicht zu Ende.",
        "Scanner North scannt noch, oder hat nicht abgeglichen.",
    ]
    assert {told(row.reason, row.rule) for row in report.people if row.name == "Ada"} == {
        "zuletzt gesehen 54 min vor dem Ende; anwesend 8 %, Minimum 90 %"
    }


def test_somebody_without_a_registration_has_both_reasons(german: None) -> None:
    verdict = derive_status(
        [START + 15 * MIN], start=START, end=END, rules=Rules(), registered=False
    )
    assert verdict.status is Status.NOT_EXPECTED
    assert told(verdict.reason, verdict.rule) == (
        "keine zugelassene Anmeldung; sonst verspätet: zuerst gesehen 15 min nach dem Beginn"
    )
    words.use("en")
    assert told(verdict.reason, "") == verdict.rule


KINDS = {each.value for each in InsightKind}
INSIGHTS = [code for code in SENTENCES if code.partition(".")[0] in KINDS]


@given(st.sampled_from(INSIGHTS), st.integers(0, 10**12), st.text(min_size=1, max_size=20))
def test_a_kept_insight_is_understood_whatever_is_put_in(code: str, number: int, name: str) -> None:
    texts = {"scanner", "one", "other"}
    members = {
        each: name if each in texts else number
        for each in re.findall(r"\{(\w+)\}", SENTENCES[code])
    }
    sentence = english(said(code, **members))
    assert english(understood(code.split(".", maxsplit=1)[0], sentence)) == sentence


def test_another_programs_insight_has_no_code() -> None:
    assert {code.partition(".")[0] for code in INSIGHTS} == KINDS - {"external"}
    assert understood("external", "2 of 3 people who came had no approved registration.") == {}
    assert understood("walkIns", "Nobody came.") == {}
