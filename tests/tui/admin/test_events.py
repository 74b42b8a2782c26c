"""The admin's events, by keys, against a real backend."""

from __future__ import annotations

from pathlib import Path

from headcount.core.backend import NewEvent
from headcount.tui.widgets.switch import Switch

from .conftest import Backend
from .steps import SIZE, admin_app, enter, fill, paste, shown, told


async def test_an_event_is_made_and_shows_at_once(backend: Backend) -> None:
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Make and change events")
        await pilot.press("e")
        await shown(pilot, "1 event", "Opening", "first seen after", "Europe/Berlin")
        await pilot.press("n")
        await shown(pilot, "New event", "Minimum, %")
        await paste(pilot, "Choir")
        await pilot.press("tab")
        await fill(pilot, "2027-05-01 18:00")
        await pilot.press("tab")
        await fill(pilot, "2027-05-01 17:00")
        await pilot.press("enter")
        await shown(pilot, "It must end after it starts.")
        await fill(pilot, "2027-05-01 20:00")
        await shown(pilot, "Seen from 17:45 on counts; first seen after 18:10 is late")
        await shown(pilot, "[ ] a phone always shows the same one")
        pilot.app.screen.query_one(Switch).focus()
        await pilot.press("space")
        await shown(pilot, "[x] may change every ten minutes")
        await pilot.press("enter")
        await shown(pilot, "2 events", "Choir", "2027-05-01 18:00")
        await pilot.press("slash", *"cho", "enter", "d")
        await shown(pilot, "Duplicate, a week later", "2027-05-08 18:00")
        await pilot.press("enter")
        await shown(pilot, "3 events", "2027-05-08 18:00")
    made = backend.store.events(limit=9).items
    assert sorted((each.name, each.rotating) for each in made) == [
        ("Choir", True),
        ("Choir", True),
        ("Opening", False),
    ]


async def test_what_others_change_comes_by_itself_also_after_a_cut(backend: Backend) -> None:
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Make and change events")
        await pilot.press("e")
        await shown(pilot, "1 event")
        wanted = NewEvent("Robotics", backend.now_ms, backend.now_ms + 1)
        backend.store.create_event(wanted, now_ms=backend.now_ms)
        await shown(pilot, "2 events", "Robotics")
        backend.end_streams()
        await shown(pilot, "can't answer now (HTTP 503)", "What is shown is as of before")


async def test_radio_plan(backend: Backend) -> None:
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Make and change events")
        await pilot.press("e", "r")
        await shown(pilot, "How many people at once?")
        await pilot.press(*"none", "enter")
        await shown(pilot, "A whole number from 1 to 20,000.")
        await fill(pilot, "4000")
        await pilot.press("enter")
        await shown(
            pilot, "every 1,000 ms", "3 scanners, far apart", "heard within 1", "1,334 people"
        )


async def test_events_come_from_a_file_and_go_into_one(backend: Backend, tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    file.write_text(
        "name;start;end;tz;id;approval;lateAfterMinutes\n"
        "Choir;2027-05-01 18:00;2027-05-01 20:00;Europe/Berlin;choir;auto;5\n"
        "Band;2027-05-01;never;;;;\n"
        "=Fair;2027-06-01 10:00;2027-06-01 12:00;;fair;;\n"
        "Ball;2027-06-01 10:00;2027-06-01 12:00;;ball;;2000\n"
        "Play;2027-06-01 10:00;2027-06-01 12:00;;play;never;\n",
        encoding="utf-8",
    )
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Make and change events")
        await pilot.press("e", "i")
        await shown(pilot, "Import which file?")
        await paste(pilot, str(file))
        await pilot.press("enter")
        await shown(pilot, "2 events · 3 lines are wrong", "3 'never' is no time", "2 Choir")
        await shown(pilot, "5 lateAfterMinutes: expected 0 to 1440", "6 approval: expected byHand")
        assert len(backend.store.events(limit=9).items) == 1
        await pilot.press("enter")
        await shown(pilot, "3 events", "Choir", "=Fair")
        await pilot.press("e")
        await shown(pilot, "Save to which new file?")
        await fill(pilot, str(out))
        await pilot.press("enter")
        await told(pilot, f"Saved: {out}")
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith("'=Fair,2027-06-01T10:00+00:00")
    assert (
        "Choir,2027-05-01T18:00+02:00,2027-05-01T20:00+02:00,Europe/Berlin,choir,15,5,75,10,,auto"
        in "\n".join(lines)
    )


async def test_rules_are_changed_and_an_event_is_archived_and_taken_back(backend: Backend) -> None:
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Make and change events")
        await pilot.press("e")
        await shown(pilot, "Opening", "(75 %)")
        await pilot.press("enter")
        await shown(pilot, "Change the event", "Walk-ins")
        await pilot.press(*["tab"] * 6)
        await fill(pilot, "50")
        await pilot.press("tab", "tab")
        await fill(pilot, "maybe")
        await pilot.press("enter")
        await shown(pilot, "Walk-ins: write allow, ask or refuse")
        await fill(pilot, "ask")
        await pilot.press("tab")
        await fill(pilot, "never")
        await pilot.press("enter")
        await shown(pilot, "Registrations: write auto or by hand.")
        await fill(pilot, "Auto")
        await pilot.press("enter")
        await shown(pilot, "(50 %)", "Whoever registers is approved at once.")
        await told(pilot, "Opening is changed.")
        changed = backend.store.event("e1")
        assert (changed.minimum_presence_percent, changed.walk_in_policy) == (50, "ask")
        assert changed.approval == "auto"
        await pilot.press("z")
        await shown(pilot, "Archive Opening?")
        await pilot.press("right", "enter")
        await shown(pilot, "1 event · 1 archived", "Nothing here yet.")
        await pilot.press("q", "c")  # its report is there, for who knows its name
        await shown(pilot, "Which event?", "No event yet.")
        await paste(pilot, "open")
        await shown(pilot, "Opening")
        await pilot.press("escape", "e")
        await pilot.press("v")
        await shown(pilot, "archived Opening")
        await pilot.press("z")
        await told(pilot, "Opening is current again.")
    assert backend.store.event("e1").archived is False
