"""The audit log's screen: its words and filter, and the page by keys against a real backend."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from headcount.core.access import Status
from headcount.core.audit import Actor, AuditFilter, AuditRow, Entry, Outcome, auditing
from headcount.tui.admin.audit_words import details, filter_of, filter_words, typed_as

from .conftest import Backend
from .steps import admin_app, enter, fill, paste, shown, told

ROW = AuditRow(
    7, 0, "person", "u1", "Ada", "203.0.113.7", "r1", "users.set-role", "users/u2", "done", 0,
    "", 3, {"role": "user"}, {"role": "operator"}, {},
)  # fmt: skip


def test_an_entry_says_who_what_and_what_was_before_and_after() -> None:
    said = dict(details(ROW))
    assert (said["Who"], said["What"]) == ("Ada (person u1)", "users.set-role x3")
    assert (said["Before"], said["After"]) == ('{"role":"user"}', '{"role":"operator"}')
    assert "More" not in said


@pytest.mark.parametrize(
    ("typed", "expected", "said"),
    [
        ({}, AuditFilter(), []),
        (
            {"actor": " local ", "action": "users"},
            AuditFilter("local", "users"),
            ["Who: local", "What: users"],
        ),
        (
            {"since": "2026-05-01", "until": "2026-05-01 18:00"},
            AuditFilter(since=1_777_593_600_000, until=1_777_658_400_000),
            ["From: 2026-05-01 00:00", "Until: 2026-05-01 18:00"],
        ),
    ],
)
def test_what_is_typed_is_the_filter(
    typed: dict[str, str], expected: AuditFilter, said: list[str]
) -> None:
    wanted = filter_of(typed)
    assert wanted == expected
    assert filter_of(typed_as(wanted)) == wanted
    assert list(filter_words(wanted)) == said


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        filter_of({"since": "yesterday"})


async def test_entries_are_found_by_who_and_what_and_exported(
    backend: Backend, tmp_path: Path
) -> None:
    store, now = backend.store, backend.now_ms
    users = {each.name: each.id for each in store.users(limit=9).items}
    for name in ("Ana Lima", "Ben Ode"):
        with auditing(Entry(now, "users.reject", Actor.LOCAL, "root", subject=f"users/{name}")):
            store.set_status(users[name], Status.REJECTED, now_ms=now)
    refused = Entry(now, "events.create", Actor.SCANNER, "North", outcome=Outcome.REFUSED)
    refused.status, refused.code = 403, "FORBIDDEN"
    store.add_audit(refused)
    async with admin_app(backend.config).run_test(size=(110, 30)) as pilot:
        await enter(pilot)
        await shown(pilot, "Pairing codes")
        await pilot.press("a")
        text = await shown(pilot, "users.reject", "North", "refused: FORBIDDEN", "auth.sign-in")
        assert "there are older ones" not in text
        await pilot.press("slash", *"forbidden", "enter", "w")
        await shown(pilot, "1 entry · Who: North")
        await pilot.press("escape", "x")
        await shown(pilot, "audit.read", "users.reject", "auth.sign-in")
        await pilot.press("c")
        await shown(pilot, "Which entries?")
        await pilot.press("tab")
        await paste(pilot, "users.reject")
        await pilot.press("tab", "tab")
        await paste(pilot, "soon")
        await pilot.press("enter")
        await shown(pilot, "Write the time like")
        await fill(pilot, "2001-01-01")
        await pilot.press("enter")
        await shown(pilot, "2 entries · What: users.reject · From: 2001-01-01 00:00")
        await pilot.press("enter")
        await shown(pilot, "Outcome", "done", '"rejected"')
        await pilot.press("escape", "e")
        await shown(pilot, "Export to which new file?")
        await fill(pilot, str(tmp_path / "log.csv"))
        await pilot.press("enter")
        await told(pilot, "log.csv (2 entries)")
    rows = list(csv.DictReader((tmp_path / "log.csv").read_text("utf-8").splitlines()))
    assert [(row["actor_id"], row["action"]) for row in rows] == [("root", "users.reject")] * 2
    assert (tmp_path / "log.csv").stat().st_mode & 0o777 == 0o600
