"""What participants say is wrong: accepted with a correction, or declined, by keys."""

from __future__ import annotations

from headcount.core.audit import AuditFilter
from headcount.core.correction_requests import NewRequest

from .conftest import Backend
from .steps import admin_app, enter, paste, shown, told

SIZE = (110, 34)


def ask(backend: Backend) -> str:
    """Ana says she came at the start, Ben that he was ill, Ada that she came; Ana's id."""
    store, now = backend.store, backend.now_ms
    ids = {each.name: each.id for each in store.users(limit=9).items}
    start = store.event("e1").start
    wrong = (
        ("Ana Lima", "I was there, my phone was flat.", start),
        ("Ben Ode", "I was ill.", None),
        ("Ada Root", "I helped at the door.", None),
    )
    for place, (name, text, came) in enumerate(wrong):
        store.add_request("e1", NewRequest(text, came), by=ids[name], now_ms=now + place)
    return ids["Ana Lima"]


async def test_requests_are_decided_once_and_put_on_record(either: Backend) -> None:
    ana = ask(either)
    async with admin_app(either.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "What participants say is wrong")
        await pilot.press("w")
        await shown(pilot, "3 requests · 3 are open", "I was there, my phone was flat.", "Opening")
        await pilot.press("enter")
        await shown(pilot, "Ana Lima at Opening", "Says they came at", "not seen yet: never seen")
        await pilot.press("a")
        await shown(pilot, "Check Ana Lima in by hand", "I was there, my phone was flat.")
        await pilot.press("enter")
        await told(pilot, "Accepted; the correction is on record.")
        await shown(pilot, ": accepted", "present: checked in by hand")
        await pilot.press("a", "q")  # what is decided is not decided again
        await shown(pilot, "3 requests · 2 are open", "accepted")
        await pilot.press("home", "enter")
        await shown(pilot, "Ben Ode at Opening", "I was ill.")
        await pilot.press("e")
        await paste(pilot, "Get well")
        await pilot.press("enter")
        await shown(pilot, ": accepted", "excused: excused", "Get well")
        await pilot.press("q")
        await shown(pilot, "3 requests · 1 is open")
        await pilot.press("home", "enter")  # nobody's list has her: the form is there all the same
        await shown(pilot, "Ada Root at Opening", "Nobody with this id is registered")
        await pilot.press("q", "d")
        await shown(pilot, "Decline it. Why?", "Ada Root can read the reason.")
        await paste(pilot, "helpers are not counted")
        await pilot.press("enter")
        await shown(pilot, "3 requests", "Answer: helpers are not counted", "declined")
        await pilot.press("d")
        await told(pilot, "Somebody has decided about it already.")
    kept = either.store.requests("", limit=9).items
    assert [(each.status.value, each.why) for each in kept] == [
        ("accepted", ""),
        ("accepted", "Get well"),
        ("declined", "helpers are not counted"),
    ]
    (check_in, _excuse) = either.store.corrections("e1", limit=9).items
    assert (check_in.user_id, check_in.why, check_in.record_id) == (
        ana,
        "I was there, my phone was flat.",
        kept[0].record_id,
    )
    start = either.store.event("e1").start
    assert check_in.time == start - start % 60_000
    found = either.store.audit_log(AuditFilter(action="correctionRequests.decide"), limit=9)
    assert [each.actor_name for each in found.items] == ["Ada Root"] * 3
