"""The close-out: its words without a terminal, and the page by keys against a real backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from textual.pilot import Pilot

from headcount.core.backend import Batch, BatchRecord, NewEvent
from headcount.core.close_out import Check, CloseOut, Finding
from headcount.core.identity import from_bytes
from headcount.core.model import Event, ScanSession
from headcount.core.seals import Seal
from headcount.tui.admin.close_state import change, facts, hurdle, news
from headcount.tui.admin.ports_close import Closing

from .conftest import HOUR, Backend
from .steps import admin_app, enter, paste, shown, told

ANA, NOBODY = from_bytes(b"\xa1" * 16), from_bytes(b"\xee" * 16)
OPEN = Finding("gap:1", Check.GAP, "North heard nothing for 5 min.", "not counted", "present")
DONE = OPEN._replace(id="gap:2", accepted=True, by="Ada", why="power cut")
FETCH = "Fetch what is missing, or accept that a scanner's records will not come."
CHANGED = (
    "The facts have changed since version 1 was sealed. The next seal is version 2; version 1 "
    "stays on record."
)
SEAL = Seal(1, "0" * 64, 60_000, "Ada")


def state(
    findings: Sequence[Finding] = (),
    missing: Sequence[str] = (),
    seals: Sequence[Seal] = (),
    *,
    changed: bool = False,
) -> CloseOut:
    return CloseOut("e", bool(missing), missing, findings, "1" * 64, seals, changed)


@pytest.mark.parametrize(
    ("known", "said", "first", "hinders"),
    [
        (state(), "final · 0 findings · not sealed", "", ""),
        (
            state([OPEN, DONE]),
            "final · 2 findings · 1 open · not sealed",
            "",
            "1 finding is open: accept it, or mend what it is about.",
        ),
        (
            state(missing=["North is still scanning."]),
            "provisional · 0 findings · not sealed",
            "Provisional. North is still scanning.",
            f"The report is provisional: North is still scanning. {FETCH}",
        ),
        (
            state([DONE], seals=[SEAL]),
            "final · 1 finding · 0 open · version 1 sealed 1970-01-01 00:01 by Ada",
            "",
            "Version 1 is sealed, and nothing has changed since.",
        ),
        (
            state([DONE], seals=[SEAL], changed=True),
            "final · 1 finding · 0 open · version 1 sealed 1970-01-01 00:01 by Ada",
            CHANGED,
            "",
        ),
    ],
    ids=["nothing", "open", "provisional", "sealed", "changed"],
)
def test_where_it_stands(known: CloseOut, said: str, first: str, hinders: str) -> None:
    closing = Closing(Event("e", "Evening", 0, 1, "UTC"), known)
    assert " · ".join(facts(closing)) == said
    assert " ".join(news(known)).strip() == first
    assert hurdle(known) == hinders


def test_before_and_after_are_named_and_who_accepted_it_why() -> None:
    assert change(OPEN) == "Counts now: not counted. If accepted: present."
    assert change(DONE).splitlines() == [
        "Before: not counted. Accepted, it counts: present.",
        "Accepted by Ada: power cut",
    ]


def scan(backend: Backend, badges: Sequence[str]) -> None:
    start = backend.store.event("done").start
    records = [
        BatchRecord(badge, start + 60_000 * minute, "North", 0)
        for badge in badges
        for minute in range(30)
    ]
    session = ScanSession("s1", "North", start, start + HOUR // 2)
    backend.store.merge_batch(
        Batch("done", records, sessions=[session]), received_ms=backend.now_ms
    )


@pytest.fixture
def closing(backend: Backend) -> Backend:
    """With an event of yesterday, whose scanner has not told its end."""
    now = backend.now_ms
    past = NewEvent("Yesterday", now - 25 * HOUR, now - 24 * HOUR, "UTC", "done")
    backend.store.create_event(past, now_ms=now)
    scan(backend, [ANA, NOBODY])
    return backend


async def opened(pilot: Pilot[Any], *words: str) -> None:
    await enter(pilot)
    await shown(pilot, "Pairing codes")
    await pilot.press("c")
    await shown(pilot, "Which event?", "Yesterday")
    await paste(pilot, "yest")
    await pilot.press("enter")
    await shown(pilot, "Close-out: Yesterday", *words)


async def test_findings_are_accepted_with_a_reason_and_taken_back(closing: Backend) -> None:
    async with admin_app(closing.config).run_test(size=(120, 36)) as pilot:
        await opened(pilot, "unknown badge", "2 open", "Provisional.", "Counts now:")
        await pilot.press("s")
        await told(pilot, "The report is provisional: Scanner North is still scanning")
        await pilot.press("m", "a")
        await shown(pilot, "Accept 2 findings?")
        await paste(pilot, "a visitor's phone")
        await pilot.press("enter")
        await shown(pilot, "final", "0 open", "Accepted by Ada Root: a visitor's phone")
        await pilot.press("a")
        await told(pilot, "That is accepted already.")
        await pilot.press("end", "u")
        await shown(pilot, "1 open")
        await pilot.press("u")
        await told(pilot, "Nothing of it was accepted.")
        await pilot.press("s")
        await told(pilot, "1 finding is open")
    kept = closing.store.close_out("done", now_ms=closing.now_ms)
    assert [(each.check, each.why) for each in kept.findings] == [
        ("scanner", "a visitor's phone"),
        ("unknown", ""),
    ]


async def test_a_seal_names_its_consequence_and_what_comes_later_is_version_two(
    closing: Backend,
) -> None:
    now = closing.now_ms
    found = [each.id for each in closing.store.close_out("done", now_ms=now).findings]
    closing.store.accept("done", found, by="Ada", why="", now_ms=now)
    async with admin_app(closing.config).run_test(size=(120, 36)) as pilot:
        await opened(pilot, "0 open", "not sealed")
        await pilot.press("s")
        await shown(pilot, "Seal the report as version 1?", "open another version")
        await pilot.press("enter", "s")  # the first answer leaves it open
        await shown(pilot, "Seal the report as version 1?")
        await pilot.press("right", "enter")
        await shown(pilot, "version 1 sealed", "by Ada Root")
        scan(closing, [from_bytes(b"\xef" * 16)])
        await shown(pilot, "have changed since version 1 was sealed", "The next seal is version 2")
        await pilot.press("end", "a")
        await shown(pilot, "Accept 1 finding?")
        await paste(pilot, "known")
        await pilot.press("enter")
        await shown(pilot, "0 open")
        await pilot.press("s")
        await shown(pilot, "as version 2?")
        await pilot.press("right", "enter")
        await shown(pilot, "version 2 sealed")
    kept = closing.store.close_out("done", now_ms=now)
    assert [seal.version for seal in kept.seals] == [1, 2]
    assert kept.sealed
