"""The admin's journeys of before and after an event, by keys, on a real backend and both databases.

One long story: each step works with what the one before has left, as an admin's day does.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.databases import Databases
from textual.pilot import Pilot

from headcount.api.access_client import AccessClient
from headcount.core.backend import PersonRow
from headcount.core.model import Event, ScanSession

from .conftest import HOUR, Backend, furnish, running
from .steps import admin_app, enter, fill, paste, shown, told

SIZE = (120, 40)
MINUTE = 60_000
CEM, DIA, STRANGER = (f"{n:08x}-0000-4000-8000-000000000000" for n in (0xC1, 0xD1, 0xE1))
FORM = "%Y-%m-%d %H:%M"


@pytest.fixture
def either(database_url: str, databases: Databases, tmp_path: Path) -> Iterator[Backend]:
    """A backend on a new database, once of each kind; three people wait for a place."""
    furnish(database_url)
    with running(databases, database_url, tmp_path) as backend:
        yield backend


async def home(pilot: Pilot[Any], key: str, *words: str) -> None:
    """From any page to another one."""
    for _ in range(3):
        if type(pilot.app.screen).__name__ == "AdminHome":
            break
        await pilot.press("q")
        await pilot.pause()
    await shown(pilot, "Pairing codes")
    await pilot.press(key)
    await shown(pilot, *words)


async def of_the_fair(pilot: Pilot[Any], key: str, *words: str) -> None:
    """A page about one event."""
    await home(pilot, key, "Which event?", "Fair")
    await paste(pilot, "fair")
    await pilot.press("enter")
    await shown(pilot, *words)


async def say(pilot: Pilot[Any], asked: str, text: str) -> None:
    """Answer a window that asks for a line."""
    await shown(pilot, asked)
    await fill(pilot, text)
    await pilot.press("enter")


async def make_the_event(pilot: Pilot[Any], backend: Backend) -> Event:
    """Yesterday, for an hour; then its rules are changed, and a sentence shows the effect."""
    start = backend.now_ms - 25 * HOUR
    times = [datetime.fromtimestamp(at / 1000, UTC).strftime(FORM) for at in (start, start + HOUR)]
    await home(pilot, "e", "1 event")
    await pilot.press("n")
    await shown(pilot, "New event")
    await paste(pilot, "Fair")
    for text in times:
        await pilot.press("tab")
        await fill(pilot, text)
    await pilot.press("enter")
    await shown(pilot, "2 events", "Fair", times[0])
    await pilot.press("slash", *"fair", "enter", "enter")
    await shown(pilot, "Change the event", "(75 %)")
    await pilot.press(*["tab"] * 5)
    await fill(pilot, "20")
    await pilot.press("tab")
    await fill(pilot, "50")
    await pilot.press("tab", "tab")
    await fill(pilot, "refuse")
    await shown(pilot, "(50 %)")
    await pilot.press("enter")
    await told(pilot, "Fair is changed.")
    (event,) = [each for each in backend.store.events(limit=9).items if each.name == "Fair"]
    rules = event.late_after_minutes, event.minimum_presence_percent, event.walk_in_policy
    assert rules == (20, 50, "refuse")
    return event


async def import_people(pilot: Pilot[Any], event: Event, folder: Path) -> None:
    """With a preview and the lines that are wrong; the same file again updates."""
    file = folder / "people.csv"
    await home(pilot, "p", "Ana Lima")
    await pilot.press("g")
    await shown(pilot, "Which event?", "Fair")
    await paste(pilot, "fair")
    await pilot.press("enter")
    await shown(pilot, "Registered for Fair")
    for name, told_after in (("Cem", "2 created, 0 updated"), ("Cem Yay", "0 created, 1 updated")):
        lines = [f"{name},cem@example.org,{CEM}", f"Dia Zee,dia@example.org,{DIA}", "x,y,z"]
        file.write_text("\n".join(["name,email,bleUuid", *lines]), encoding="utf-8")
        await pilot.press("i")
        await say(pilot, "Import which file?", str(file))
        await shown(pilot, "1 line is wrong", "4 email 'y'")
        await pilot.press("enter")
        await told(pilot, told_after)
    await shown(pilot, "Cem Yay", "Dia Zee")


def wish(backend: Backend, event: Event) -> None:
    """Three people asked for a place, in time."""
    store = backend.store
    rows = [PersonRow(n, f"Wish {n}", f"wish{n}@example.org", "") for n in range(3)]
    store.import_people(rows, now_ms=backend.now_ms)
    for each in store.users(limit=20).items:
        if each.name.startswith("Wish"):
            store.register(event.id, each.id, approved=False, now_ms=event.start)


async def decide_in_bulk(pilot: Pilot[Any], backend: Backend, event: Event) -> None:
    """Two get a place, one is told why not."""
    await shown(pilot, "3 wait for approval")
    await pilot.press("slash", *"wish", "enter", "space", "space")
    await shown(pilot, "2 marked")
    await pilot.press("a")
    await told(pilot, "2 registrations approved.")
    await shown(pilot, "1 waits for approval")
    await pilot.press("j")
    await say(pilot, "Reject 1 registration", "The room is full")
    await told(pilot, "rejected")
    found = backend.store.registrations(event.id, limit=20).items
    assert sorted(each.status for each in found) == ["approved"] * 4 + ["rejected"]


async def pair_the_door(pilot: Pilot[Any], backend: Backend) -> str:
    """A one-time code becomes the scanner's key."""
    await home(pilot, "s", "0 scanners")
    await pilot.press("n")
    await shown(pilot, "Pair a scanner")
    await paste(pilot, "Door")
    await pilot.press("enter")
    code = re.search(r"headcount pair (\S+)", await shown(pilot, "headcount pair"))
    assert code is not None
    async with AccessClient(backend.url) as station:
        key = (await station.pair(code[1], "Door")).key
    await pilot.press("escape")
    await shown(pilot, "1 scanner", "Door", "its own")
    return key


async def sync(backend: Backend, key: str, event: Event, *, ended: bool) -> None:
    """The door's scan: Cem stays, Dia goes after twenty minutes, a stranger is there."""
    heard = [(CEM, at) for at in range(0, 60, 5)] + [(DIA, at) for at in range(0, 21, 5)]
    records = [
        {"bleUuid": badge, "checkInTime": event.start + at * MINUTE, "scannerId": "Door"}
        for badge, at in [*heard, (STRANGER, 3)]
    ]
    raw = [json.dumps(each).encode() for each in records]
    until = event.end if ended else event.start + 30 * MINUTE
    session = ScanSession("s1", "Door", event.start, until, until if ended else None)
    async with AccessClient(backend.url, key=key) as station:
        answer = await station.post_batch(event.id, raw, [session])
    assert answer.refused == ()


async def look_at_the_report(pilot: Pilot[Any], backend: Backend, key: str, event: Event) -> None:
    """Nothing, then provisional and whose records are missing, then final: live."""
    await of_the_fair(pilot, "r", "Attendance data has not been synced.")
    await sync(backend, key, event, ended=False)
    await shown(pilot, "Provisional.", "Scanner Door is still scanning", "2 of 4 here")
    await sync(backend, key, event, ended=True)
    await shown(pilot, "final", "2 of 4 here", "1 unknown badge", "left early 1")


async def accept_both(pilot: Pilot[Any]) -> None:
    await pilot.press("m", "a")
    await say(pilot, "Accept 2 findings?", "seen by Jo")
    await shown(pilot, "0 open", "Accepted by Ada Root: seen by Jo")


async def close(pilot: Pilot[Any], backend: Backend, event: Event) -> None:
    """Findings are accepted with a reason, taken back and accepted again; then it is sealed."""
    await of_the_fair(pilot, "c", "2 open", "unknown badge", "Counts now:")
    await pilot.press("s")
    await told(pilot, "2 findings are open")
    await accept_both(pilot)
    for key, words in (("home", "1 open"), ("end", "2 open")):
        await pilot.press(key, "u")
        await shown(pilot, words)
    await accept_both(pilot)
    await pilot.press("s")
    await shown(pilot, "Seal the report as version 1?")
    await pilot.press("right", "enter")
    await shown(pilot, "version 1 sealed", "by Ada Root")
    assert backend.store.close_out(event.id, now_ms=backend.now_ms).sealed


async def export(pilot: Pilot[Any], folder: Path) -> None:
    """The sealed report in three forms, with the same rows."""
    await of_the_fair(pilot, "r", "sealed, version 1", "Cem Yay", "present 2")
    for form in ("csv", "xlsx", "html"):
        await pilot.press("e")
        await say(pilot, "Export to which new file?", f"{folder / 'fair'}.{form}")
        await told(pilot, f"fair.{form}")
    rows = list(csv.DictReader((folder / "fair.csv").read_text("utf-8").splitlines()))
    names = [row["Name"] for row in rows]
    assert sorted(names) == ["Cem Yay", "Dia Zee", "Wish 0", "Wish 1", "Wish 2"]
    sheet = load_workbook(folder / "fair.xlsx")["People"]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == names
    page = (folder / "fair.html").read_text("utf-8")
    assert all(name in page for name in names)


async def read_the_insights(pilot: Pilot[Any]) -> None:
    """Sentences with the rows behind them."""
    await of_the_fair(pilot, "n", "0 insights")
    await pilot.press("n")
    await shown(pilot, "no-shows", "2 of 4 registered people did not come (50 %).")
    await pilot.press("slash", *"shows", "enter", "enter")
    await shown(pilot, "2 rows behind it:", "Wish 0, absent")
    await pilot.press("escape")


async def revoke_the_door(pilot: Pilot[Any]) -> None:
    await home(pilot, "s", "1 scanner", "Door")
    await pilot.press("x", "right", "enter")
    await shown(pilot, "The key of Door opens nothing any more")
    await pilot.press("escape")
    await shown(pilot, "revoked")


async def read_the_audit_log(pilot: Pilot[Any]) -> None:
    """All of it is on record; what outlives its time is shown, and there is nothing yet."""
    await home(pilot, "a", "scanners.revoke", "Ada Root")
    await pilot.press("slash", *"seal", "enter")
    await shown(pilot, "closeOut.seal", "Ada Root")
    await pilot.press("escape")
    await home(pilot, "d", "There is no backup yet. n makes one.")
    await pilot.press("d")
    await shown(pilot, "Nothing has outlived its time.")
    await pilot.press("q")


async def test_before_and_after_an_event(either: Backend, tmp_path: Path) -> None:
    async with admin_app(either.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        event = await make_the_event(pilot, either)
        await import_people(pilot, event, tmp_path)
        wish(either, event)
        await decide_in_bulk(pilot, either, event)
        key = await pair_the_door(pilot, either)
        await look_at_the_report(pilot, either, key, event)
        await close(pilot, either, event)
        await export(pilot, tmp_path)
        await read_the_insights(pilot)
        await revoke_the_door(pilot)
        await read_the_audit_log(pilot)
