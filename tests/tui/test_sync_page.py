"""The sync screen, driven by keys; the station behind it answers as the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from headcount.core.errors import KeyRefused
from headcount.tui.ports_sync import Sent
from headcount.tui.screens.sync import SyncPage

from .screen_app import ScreenApp, flat, screen_text, settled
from .sync_fakes import OFFLINE, RECEIPTS, FakeSync


@pytest.fixture
def desk() -> FakeSync:
    return FakeSync()


@pytest.fixture
async def pilot(desk: FakeSync) -> AsyncIterator[Pilot[None]]:
    async with ScreenApp(SyncPage(desk)).run_test(notifications=True) as running:
        await settled(running)
        yield running


async def drawn(pilot: Pilot[None]) -> str:
    """A sync that runs never ends by itself: only the drawing is waited for."""
    for _ in range(3):
        await pilot.pause(0.15)
    return flat(screen_text(pilot.app))


async def test_it_says_what_will_be_sent_to_where_before_anything_is(
    pilot: Pilot[None], desk: FakeSync
) -> None:
    text = await drawn(pilot)
    for words in (
        "To https://hall.example",
        "Summer Fair 312 78 KB 2",
        "Together 352 88 KB 2",
        "Ready to send.",
        "s Send",
    ):
        assert words in text
    assert desk.runs == 0
    assert "x Stop" not in text


async def test_a_hostile_event_name_is_only_text(pilot: Pilot[None]) -> None:
    assert "Talk [/b] on [31mred" in await drawn(pilot)


async def test_progress_counts_records_bytes_and_the_time_left(
    pilot: Pilot[None], desk: FakeSync
) -> None:
    await pilot.press("s")
    desk.clock.advance(10)
    desk.on_sent(Sent("Summer Fair", 88, 22_000))
    text = await drawn(pilot)
    assert "88 of 352 records, 22 KB of 88 KB, about 30 s left" in text
    assert "Scanning goes on meanwhile." in text
    assert "x Stop" in text
    assert "s Send" not in text


async def test_it_can_be_stopped_and_gone_on_with(pilot: Pilot[None], desk: FakeSync) -> None:
    await pilot.press("s")
    desk.on_sent(Sent("Summer Fair", 88, 22_000))
    await pilot.press("x")
    text = await drawn(pilot)
    assert "Stopped. What was acknowledged stays so; the rest is safe here." in text
    assert "88 of 352 records" in text
    await pilot.press("s")
    await drawn(pilot)
    assert desk.runs == 2


async def test_the_receipt_has_counts_digest_and_time(pilot: Pilot[None], desk: FakeSync) -> None:
    await pilot.press("s")
    await drawn(pilot)
    desk.end(*RECEIPTS)
    text = await drawn(pilot)
    for words in (
        "355 records acknowledged. 2 refused: kept, with the reasons.",
        "Receipt: Summer Fair, 2026-07-20 12:01:00 UTC",
        (
            "315 acknowledged: 290 checked in, 20 already known, 2 of unknown badges, "
            "3 acts, gaps and departures; 2 refused"
        ),
        "198,000 bytes, SHA-256 abab",
    ):
        assert words in text


async def test_no_answer_says_when_it_is_tried_again(pilot: Pilot[None], desk: FakeSync) -> None:
    await pilot.press("s")
    await drawn(pilot)
    desk.on_retry(OFFLINE, 8.0)
    text = await drawn(pilot)
    assert "No answer. Next try in 8 s." in text
    assert "Every record is safe in the log on this machine." in text
    desk.clock.advance(5)
    assert "Next try in 3 s." in await drawn(pilot)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OFFLINE, ["no route to host", "is safe", "Check the network", "e copies the logs"]),
        (
            KeyRefused("The backend refused the key.", remedy="Pair this scanner again."),
            ["refused the key", "Every record is safe", "Pair this scanner again."],
        ),
    ],
)
async def test_a_failure_says_what_is_safe_and_what_to_do(
    pilot: Pilot[None], desk: FakeSync, error: KeyRefused, words: list[str]
) -> None:
    await pilot.press("s")
    await drawn(pilot)
    desk.end(error=error)
    text = await drawn(pilot)
    for each in words:
        assert each in text


async def test_the_logs_are_copied_to_a_stick(pilot: Pilot[None]) -> None:
    await pilot.press("e")
    text = await drawn(pilot)
    assert "1 removable disk is plugged in." in text
    await pilot.press("enter")
    text = await drawn(pilot)
    assert "/media/ada/STICK/attendance_fair_20260720T120000Z.jsonl" in text
    assert "headcount sync --event ID --log FILE" in text


async def test_a_missing_folder_is_named(pilot: Pilot[None], desk: FakeSync) -> None:
    desk.found = ()
    await pilot.press("e")
    assert "No removable disk was found" in await drawn(pilot)
    await pilot.press(*"/nowhere", "enter")
    assert "There is no folder /nowhere." in await drawn(pilot)


async def test_leaving_while_it_sends_asks_first(pilot: Pilot[None], desk: FakeSync) -> None:
    await pilot.press("s")
    await drawn(pilot)
    await pilot.press("q")
    assert "Stop sending and leave?" in await drawn(pilot)
    await pilot.press("enter")
    assert "Sending." in await drawn(pilot)
    await pilot.press("q")
    await drawn(pilot)
    await pilot.press("right", "enter")
    await drawn(pilot)
    assert not isinstance(pilot.app.screen, SyncPage)


@pytest.mark.parametrize(
    ("desk_", "words"),
    [
        (FakeSync(()), "There is no log here yet"),
        (FakeSync(has_key=False), "(no key is set)"),
    ],
)
async def test_nothing_to_send_and_a_missing_key_are_said(desk_: FakeSync, words: str) -> None:
    async with ScreenApp(SyncPage(desk_)).run_test() as pilot:
        await settled(pilot)
        assert words in flat(screen_text(pilot.app))
