"""The admin's people and one person's record, by keys, against a real backend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from headcount.core.access import NewUser, Status
from headcount.core.backend import Batch, BatchRecord, GapRecord, PersonRow, Role
from headcount.core.identity import from_bytes
from headcount.core.model import ScanSession
from headcount.tui.look import UNICODE

from .conftest import Backend
from .steps import SIZE, admin_app, enter, fill, paste, shown, told

MINUTE = 60_000


def hear(backend: Backend) -> None:
    """Ana comes 22 minutes late and is heard for 30; the scanner was deaf for a while before."""
    start = backend.store.event("e1").start
    ana = from_bytes(b"\xa1" * 16)
    times = [start + minutes * MINUTE for minutes in range(22, 52, 3)]
    batch = Batch(
        "e1",
        [BatchRecord(ana, at, "North", place) for place, at in enumerate(times)],
        [GapRecord("North", start + 5 * MINUTE, start + 9 * MINUTE, "powered-off")],
        [ScanSession("s1", "North", start, start + 55 * MINUTE)],
    )
    backend.store.merge_batch(batch, received_ms=backend.now_ms)


async def to_people(pilot: Pilot[Any]) -> None:
    await enter(pilot)
    await shown(pilot, "Accounts, roles, approval")
    await pilot.press("p")
    await shown(pilot, "Ana Lima", "Ben Ode")


async def test_a_status_is_explained_on_both_databases(either: Backend) -> None:
    hear(either)
    async with admin_app(either.config).run_test(size=SIZE) as pilot:
        await to_people(pilot)
        await pilot.press("g")
        await shown(pilot, "Which event?", "Opening")
        await pilot.press("enter")
        await shown(pilot, "Registered for Opening · 2 people", "approved")
        await pilot.press("enter")
        text = await shown(
            pilot,
            "Ana Lima at Opening",
            "late: first seen 22 min after the start",
            "Scanner North is still scanning, or has not synced",
            "North was deaf from",
            "powered-off",
            "█ heard",
        )
        assert UNICODE.gap in text
        await pilot.press("c")
        await shown(pilot, "Check Ana Lima in by hand", "Came at")
        await pilot.press("enter")
        await shown(pilot, "Give a reason; it stays on record.")
        await paste(pilot, "phone in the bag")
        await pilot.press("enter")
        await told(pilot, "Before: late, now: present.")
        await shown(pilot, "present: checked in by hand", "checked in by hand")
        await pilot.press("u")
        await shown(pilot, "Take back: manual, Ana Lima", "By Ada Root: phone in the bag")
        await paste(pilot, "it was Ben")
        await pilot.press("enter")
        await shown(pilot, "late: first seen", "taken back by Ada Root (manual): it was Ben")
        await pilot.press("q")
        await shown(pilot, "Registered for Opening")
        await pilot.press("g")
        await shown(pilot, "3 people")
        await pilot.press("q", "r")
        await shown(pilot, "Which event?", "Opening")
        await pilot.press("enter")
        await shown(pilot, "Report: Opening", "Ana Lima")
        await pilot.press("w")
        await shown(pilot, "Ana Lima at Opening", "late: first seen", "it was Ben")


async def test_bulk_approval_and_rejection(backend: Backend) -> None:
    for n in range(3):
        new = NewUser(f"Waiting {n}", f"w{n}@example.org", "hash")
        backend.store.sign_up(new, status=Status.PENDING, now_ms=backend.now_ms)

    def states() -> dict[str, str]:
        return {each.name: each.status for each in backend.store.users(limit=9).items}

    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await to_people(pilot)
        await shown(pilot, "3 wait for approval")
        await pilot.press("slash", *"pending", "enter", "space", "space")
        await shown(pilot, "2 marked")
        await pilot.press("a")
        await told(pilot, "2 people may sign in.")
        await shown(pilot, "6 people · 1 waits for approval")
        assert [states()[f"Waiting {n}"] for n in range(3)] == ["active", "active", "pending"]
        await pilot.press("j")
        await shown(pilot, "Reject 1 person?", "Waiting 2")
        await pilot.press("right", "enter")
        await told(pilot, "1 person is shut out.")
        assert states()["Waiting 2"] == "rejected"


async def test_registrations_are_decided_in_bulk_with_a_reason(backend: Backend) -> None:
    store, now = backend.store, backend.now_ms
    rows = [PersonRow(n, f"Wish {n}", f"w{n}@example.org", "") for n in range(3)]
    store.import_people(rows, now_ms=now)
    ids = {each.name: each.id for each in store.users(limit=9).items}
    for n in range(3):
        store.register("e1", ids[f"Wish {n}"], approved=False, now_ms=now)

    def states() -> list[tuple[str, str]]:
        own = [store.registration("e1", ids[f"Wish {n}"]) for n in range(3)]
        return [(each.status, each.why) for each in own]

    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await to_people(pilot)
        await pilot.press("g")
        await shown(pilot, "Which event?", "Opening")
        await pilot.press("enter")
        await shown(pilot, "Registered for Opening", "3 wait for approval")
        await pilot.press("slash", *"wish", "enter", "a")
        await told(pilot, "1 registration approved.")
        await shown(pilot, "2 wait for approval")
        await pilot.press("down", "space", "space")
        await shown(pilot, "2 marked")
        await pilot.press("j")
        await shown(pilot, "Reject 2 registrations", "They read the reason")
        await pilot.press("enter")
        await shown(pilot, "Nothing was typed.")
        await paste(pilot, "The room is full")
        store.cancel_registration("e1", ids["Wish 2"])
        await pilot.press("enter")
        await shown(pilot, "Not all could be done", "Wish 2: has cancelled")
    assert states() == [("approved", ""), ("rejected", "The room is full"), ("cancelled", "")]


async def test_the_last_admin_stays_one_and_the_reason_is_told(backend: Backend) -> None:
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await to_people(pilot)
        await pilot.press("slash", *"root", "enter", "o")
        await shown(pilot, "A role for Ada Root")
        await pilot.press("right", "enter")
        await told(pilot, "admin")
        await pilot.press("escape", "slash", *"ben", "enter", "o")
        await shown(pilot, "A role for Ben Ode")
        await pilot.press("right", "right", "enter")
        await told(pilot, "Ben Ode: operator.")
    roles = {each.name: each.role for each in backend.store.users(limit=9).items}
    assert (roles["Ada Root"], roles["Ben Ode"]) == (Role.ADMIN, Role.OPERATOR)


async def test_badges_over_time(backend: Backend) -> None:
    new = "00000077-0000-4000-8000-000000000000"
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await to_people(pilot)
        await pilot.press("slash", *"ben", "enter", "b")
        await shown(pilot, "Badges of Ben Ode", "b2b2b2b2-b2b2-b2b2-b2b2-b2b2b2b2b2b2 ever since")
        await paste(pilot, "none")
        await pilot.press("enter")
        await shown(pilot, "A badge has 32 hexadecimal digits")
        await fill(pilot, new.replace("-", "").upper())
        await pilot.press("enter")
        await told(pilot, "The badge is given.")
        await pilot.press("b")
        await shown(pilot, "Badges of Ben Ode", new)
        await paste(pilot, from_bytes(b"\xb2" * 16))
        await pilot.press("enter")
        await shown(pilot, "End b2b2b2b2")
        await pilot.press("right", "enter")
        await told(pilot, "The badge is ended.")
    (ben,) = [each for each in backend.store.users(limit=9).items if each.name == "Ben Ode"]
    ends = {each.ble_uuid: each.valid_to is None for each in backend.store.badges(ben.id)}
    assert ends == {new: True, from_bytes(b"\xb2" * 16): False}


@pytest.mark.parametrize("registered", [False, True])
async def test_people_come_from_a_file_with_a_preview(
    backend: Backend, tmp_path: Path, registered: bool
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "name,email,bleUuid\nCem Yay,cem@example.org,\nAna Lima,ana@example.org,\nx,y,z\n",
        encoding="utf-8",
    )
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await to_people(pilot)
        if registered:
            await pilot.press("g")
            await shown(pilot, "Which event?", "Opening")
            await pilot.press("enter")
            await shown(pilot, "Registered for Opening")
        await pilot.press("i")
        await shown(pilot, "Import which file?")
        await paste(pilot, str(file))
        await pilot.press("enter")
        await shown(pilot, "2 people · 1 is not in the list yet · 1 line is wrong", "4 email 'y'")
        await pilot.press("enter")
        await told(pilot, "1 created, 0 updated, 1 as before")
        await shown(pilot, "3 people" if registered else "4 people", "Cem Yay")
    known = backend.store.registrations("e1", limit=9).items
    assert ("Cem Yay" in [each.name for each in known]) is registered
