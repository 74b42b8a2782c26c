"""Insights and feedback, by keys, against a real backend; and their words without a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.exports.samples import END, sample

from headcount.core.backend import Batch, BatchRecord, NewEvent, PersonRow
from headcount.core.feedback import FeedbackFilter, NewFeedback
from headcount.core.identity import from_bytes
from headcount.core.insight_book import Comment, InsightStatus, KeptInsight
from headcount.core.insights import InsightKind, RowKind, RowRef, Severity
from headcount.core.model import ScanSession
from headcount.tui.admin.insight_words import background, details, matters, standing

from .conftest import HOUR, Backend
from .steps import admin_app, enter, paste, shown, told

ANA, BEN = from_bytes(b"\xa1" * 16), "ben@example.org"
KEPT = KeptInsight(
    "i1", "evening", InsightKind.NO_SHOWS, Severity.INFO, "1 of 6 did not come.", {"people": 1},
    [RowRef(RowKind.PERSON, "u-dana"), RowRef(RowKind.PERSON, "gone"),
     RowRef(RowKind.SCANNER, "Main")],
    "", True, InsightStatus.OPEN, "", None, "", END, END,
)  # fmt: skip


def test_the_rows_behind_are_named_and_so_is_what_was_said() -> None:
    judged = replace(
        KEPT,
        source="survey",
        status=InsightStatus.DISMISSED,
        status_by="u9",
        status_at=END,
        why="it rained",
        comments=[Comment("u9", "Ada", END, "so \x1b[31mit did"), Comment("u8", "", END, "yes")],
    )
    when = "2026-05-01 11:30"
    lines = list(details(judged, background(sample(), "Ada")))
    assert [line.replace(lines[1][:16], when) for line in lines] == [
        "Told by survey.",
        f"{when} dismissed by Ada: it rained",
        f"{when} Ada: so [31mit did",
        f"{when} somebody: yes",
        "",
        "3 rows behind it:",
        "  Dana Dvořák, absent",
        "  gone",
        "  scanner Main",
    ]


@pytest.mark.parametrize(
    ("known", "word", "counts"),
    [
        (KEPT, "open", True),
        (replace(KEPT, holds=False), "no longer so", False),
        (replace(KEPT, status=InsightStatus.DISMISSED), "dismissed", False),
    ],
)
def test_only_what_holds_and_is_open_matters(known: KeptInsight, word: str, counts: bool) -> None:
    assert standing(known)[0] == word
    assert matters(known) is counts


@pytest.fixture
def over(backend: Backend) -> Backend:
    """With an event of yesterday: Ana came, Ben did not."""
    store, now = backend.store, backend.now_ms
    past = NewEvent("Yesterday", now - 25 * HOUR, now - 24 * HOUR, "UTC", "done")
    start = store.create_event(past, now_ms=now).start
    people = [PersonRow(2, "Ana Lima", "ana@example.org", ANA), PersonRow(3, "Ben Ode", BEN, "")]
    store.import_people(people, event_id="done", now_ms=now)
    session = ScanSession("s", "Door", start, start + HOUR, start + HOUR)
    batch = Batch("done", [BatchRecord(ANA, start, "Door", 0)], sessions=[session])
    store.merge_batch(batch, received_ms=now)
    return backend


async def test_an_event_is_looked_at_and_people_judge_what_it_says(over: Backend) -> None:
    async with admin_app(over.config).run_test(size=(110, 30)) as pilot:
        await enter(pilot)
        await shown(pilot, "Pairing codes")
        await pilot.press("n")
        await shown(pilot, "Which event?", "Yesterday")
        await paste(pilot, "yest")
        await pilot.press("enter")
        await shown(pilot, "0 insights", "n looks at the event anew")
        await pilot.press("n")
        await told(pilot, "1 found, 1 new, 0 no longer so.")
        await shown(pilot, "1 insight", "no-shows", "1 of 2 registered people did not come (50 %).")
        await pilot.press("c")
        await paste(pilot, "He is ill.")
        await pilot.press("enter", "enter")
        await shown(pilot, "Ada Root: He is ill.", "1 row behind it:", "Ben Ode, absent")
        await pilot.press("escape", "d")
        await shown(pilot, "Dismiss it. Why?")
        await pilot.press("enter")
        await shown(pilot, "Nothing was typed.")
        await paste(pilot, "known")
        await pilot.press("enter")
        await shown(pilot, "0 insights · 1 dismissed or no longer so")
        await pilot.press("t", "enter")
        await shown(pilot, "dismissed by Ada Root: known")
        await pilot.press("escape", "o")
        await paste(pilot, "not so")
        await pilot.press("enter")
        await told(pilot, "It is open again.")
    (kept,) = over.store.insights("done", limit=9).items
    assert (kept.status, kept.why, kept.comments[0].text) == ("open", "not so", "He is ill.")


async def test_feedback_is_published_or_hidden_with_a_reason(backend: Backend) -> None:
    store, now = backend.store, backend.now_ms
    ana = next(each.id for each in store.users(limit=9).items if each.name == "Ana Lima")
    for text, rating in (("The north door was locked.", 4), ("My neighbour snored.", 1)):
        store.add_feedback(NewFeedback(text, "e1", rating), by=ana, now_ms=now)
    async with admin_app(backend.config).run_test(size=(110, 30)) as pilot:
        await enter(pilot)
        await shown(pilot, "Pairing codes")
        await pilot.press("b")
        await shown(pilot, "2 texts · 2 are new · 2.5 of 5 on average", "My neighbour snored.")
        await pilot.press("slash", *"snored", "enter", "d")
        await shown(pilot, "Hide it. Why?")
        await paste(pilot, "names a person")
        await pilot.press("enter")
        await shown(pilot, "1 is new", "hidden", "Hidden: names a person")
        await pilot.press("escape", "slash", *"north", "enter", "p")
        await shown(pilot, "published")
        store.add_feedback(NewFeedback("Good soup.", "", None), by=ana, now_ms=now)
        await pilot.press("escape")
        await shown(pilot, "3 texts · 1 is new", "Good soup.")  # by itself
    kept = store.feedback(FeedbackFilter(), limit=9).items
    assert {each.text: (each.status.value, each.why) for each in kept} == {
        "The north door was locked.": ("published", ""),
        "My neighbour snored.": ("hidden", "names a person"),
        "Good soup.": ("new", ""),
    }
