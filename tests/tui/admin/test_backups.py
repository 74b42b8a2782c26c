"""Backups, the restore drill and the purge by keys: against a real backend, and its refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.tui.screen_app import ScreenApp

from headcount.bootstrap.backups import HOUR_MS
from headcount.core.backend import Batch, BatchRecord, NewEvent
from headcount.core.data_care import PurgePlan
from headcount.core.errors import BackendRejected, HeadcountError
from headcount.core.identity import from_bytes
from headcount.tui.admin.care import CarePage
from headcount.tui.admin.purge import PurgePage

from .conftest import Backend
from .fake_backups import BACKUPS, DUE, PLAN, FakeCare
from .fakes import AWAY
from .steps import SIZE, admin_app, enter, shown, told

DAY = 24 * HOUR_MS


def long_ago(backend: Backend) -> None:
    """An event whose sightings have outlived their time."""
    start = backend.now_ms - 40 * DAY
    past = NewEvent("Long ago", start, start + HOUR_MS, "UTC", "past")
    backend.store.create_event(past, now_ms=backend.now_ms)
    records = [
        BatchRecord(from_bytes(b"\xa1" * 16), start + minute * 60_000, "North", 0)
        for minute in range(3)
    ]
    backend.store.merge_batch(Batch("past", records), received_ms=backend.now_ms)


async def test_a_backup_a_drill_a_dry_run_and_the_purge(either: Backend, tmp_path: Path) -> None:
    long_ago(either)
    async with admin_app(either.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Pairing codes")
        await pilot.press("d")
        await shown(pilot, "0 backups", "There is no backup yet. n makes one.")
        await pilot.press("n")
        await told(pilot, "The backup is made and checked")
        await shown(pilot, "1 backup", "by hand, here", "checked when made")
        (kept,) = (tmp_path / "machine" / "backups").glob("*-asked.*[!n]")
        await pilot.press("v")
        await shown(pilot, "The backup is sound", "users: 3", "Nothing was restored")
        await pilot.press("escape")
        await shown(pilot, "drill: sound")
        await pilot.press("enter")
        await shown(pilot, f"headcount restore --force {kept.name}", "put aside, not deleted")
        await pilot.press("escape", "d")
        await shown(pilot, "Long ago sightings 3", "3 rows", "Archive on the backend's machine:")
        await pilot.press("x")
        await shown(pilot, "Delete 3 rows?", "then they are deleted from the database for good")
        await pilot.press("enter", "x")  # the first answer leaves it
        await shown(pilot, "Delete 3 rows?")
        await pilot.press("right", "enter")
        await shown(pilot, "Archived on the backend's machine, then deleted:", "3 rows:")
        await pilot.press("escape")
        await shown(pilot, "Nothing has outlived its time.")
        (file,) = (tmp_path / "archive").glob("*-event-past/sightings.csv")
        assert len(file.read_text().splitlines()) == 1 + 3


async def test_a_second_job_waits_for_the_first() -> None:
    desk = FakeCare(BACKUPS)
    async with ScreenApp(CarePage(desk, lambda: 0)).run_test(size=SIZE) as pilot:
        await shown(pilot, "4 backups", "1 is DAMAGED")
        await pilot.press("n")
        await shown(pilot, "Making a backup ...")
        await pilot.press("n", "v")
        await told(pilot, "Wait until this is done: Making a backup ...")
    assert desk.asked == ["backup"]


async def test_a_damaged_backup_is_named() -> None:
    desk = FakeCare(BACKUPS, damaged=True)
    async with ScreenApp(CarePage(desk, lambda: 0)).run_test(size=SIZE) as pilot:
        await shown(pilot, "4 backups")
        await pilot.press("v")
        await shown(pilot, "This backup is DAMAGED", "another checksum", "Make a new backup")


CHANGED = BackendRejected("409", status=409, detail="It is another plan. Nothing was deleted.")


@pytest.mark.parametrize(
    ("planned", "refusal", "keys", "words", "asked"),
    [
        (PLAN, CHANGED, ["x", "right", "enter"], "It is another plan.", ["plan", "purge", "plan"]),
        (PLAN, None, ["x", "escape"], "nothing is deleted yet", ["plan"]),
        (PurgePlan("1", DUE, ""), None, ["x"], "Set retention.archive_dir", ["plan"]),
        (PurgePlan("1", [], ""), None, ["x"], "Nothing has outlived its time.", ["plan"]),
        (AWAY, None, ["x"], "The backend does not answer.", ["plan"]),
    ],
    ids=["changed", "left", "no-archive", "empty", "offline"],
)
async def test_the_purge_only_deletes_what_was_shown_and_confirmed(
    planned: PurgePlan | HeadcountError,
    refusal: HeadcountError | None,
    keys: list[str],
    words: str,
    asked: list[str],
) -> None:
    desk = FakeCare([], planned, refusal=refusal)
    async with ScreenApp(PurgePage(desk)).run_test(size=SIZE) as pilot:
        start = (
            "does not answer" if planned is AWAY else "names no" if not keys[1:] else "Archive on"
        )
        await shown(pilot, start)
        await pilot.press(*keys)
        if refusal:
            await told(pilot, words)
            while len(desk.asked) < len(asked):
                await pilot.pause(0.02)
        else:
            await shown(pilot, words)
    assert [each.partition(" ")[0] for each in desk.asked] == asked
