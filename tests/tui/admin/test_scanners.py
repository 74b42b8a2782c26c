"""The admin's scanners, by keys, against a real backend."""

from __future__ import annotations

import re

import pytest

from headcount.api.auth import token_hash
from headcount.core.access import NewScanner
from headcount.core.backend import Batch, BatchRecord
from headcount.core.fleet_values import Versions
from headcount.core.identity import from_bytes
from headcount.core.model import Event, ScanSession
from headcount.core.pairing import normal_code
from headcount.core.records import SessionRow
from headcount.core.theft import Coverage, coverage

from .conftest import Backend
from .steps import SIZE, admin_app, enter, fill, paste, shown, toasts

MINUTE = 60_000


def pair(backend: Backend, name: str, gate: str = "") -> None:
    store, now = backend.store, backend.now_ms
    store.add_pairing_code(name, NewScanner(name, gate), expires_at=now + 1, now_ms=now)
    store.redeem_code(name, name=name, key_hash=token_hash(name), now_ms=now)


async def test_a_code_pairs_one_scanner_which_shows_at_once(backend: Backend) -> None:
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Pairing codes")
        await pilot.press("s")
        await shown(pilot, "0 scanners", "Nothing here yet.")
        await pilot.press("n")
        await shown(pilot, "Pair a scanner")
        await paste(pilot, "North")
        await pilot.press("tab")
        await paste(pilot, "North door")
        await pilot.press("enter")
        text = await shown(pilot, "headcount pair", "Good for 9 min more.")
        code = re.search(r"headcount pair (\S+)", text)
        assert code is not None
        backend.store.redeem_code(
            token_hash(normal_code(code[1])),
            name="pi",
            key_hash=token_hash("k"),
            now_ms=backend.now_ms,
        )
        await pilot.press("escape")
        await shown(pilot, "1 scanner", "North door", "its own", "all")


async def test_a_stolen_scanner_is_shut_out_in_one_act(backend: Backend) -> None:
    pair(backend, "North", "North door")
    start = backend.store.event("e1").start
    batch = Batch(
        "e1",
        [BatchRecord(from_bytes(b"\xa1" * 16), start, "North", 0)],
        sessions=[ScanSession("s1", "North", start, start + 5 * MINUTE)],
    )
    backend.store.merge_batch(batch, received_ms=backend.now_ms)
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Pairing codes")
        await pilot.press("s")
        await shown(pilot, "North door", "its own")
        await pilot.press("x")
        await shown(pilot, "Revoke the key of North?")
        await pilot.press("enter")  # the first answer leaves it
        await pilot.press("x", "right", "enter")
        text = await shown(pilot, "The key of North opens nothing any more")
        assert "Opening: in up to" in text
        assert "may be missing" in text
        await pilot.press("escape")
        await shown(pilot, "revoked")
    held = backend.store.holder(token_hash("North"), now_ms=backend.now_ms, idle_ms=9)
    assert held is None


EVENT = Event("e", "Evening", 0, 100)


@pytest.mark.parametrize(
    ("sessions", "now_ms", "expected"),
    [
        ([], 50, None),
        ([(0, 40, None)], 50, (40, 50)),
        ([(0, 40, None)], 500, (40, 100)),
        ([(0, 40, 40)], 500, (40, None)),
        ([(0, 40, 45)], 500, (40, 45)),
        ([(0, 30, None), (35, 100, 100)], 500, (100, None)),
    ],
)
def test_what_a_lost_scanner_may_have_kept(
    sessions: list[tuple[int, int, int | None]], now_ms: int, expected: tuple[int, int] | None
) -> None:
    rows = [
        SessionRow(f"s{n}", "e", "North", begin, covered, ended, 0)
        for n, (begin, covered, ended) in enumerate(sessions)
    ]
    others = [SessionRow("o", "e", "South", 0, 1, None, 0)]
    found = coverage(EVENT, rows + others, "North", now_ms)
    assert found == (Coverage(EVENT, *expected) if expected else None)


async def test_settings_are_decided_for_all_and_for_one_and_old_ones_are_marked(
    backend: Backend,
) -> None:
    pair(backend, "North", "North door")
    store, now = backend.store, backend.now_ms
    store.note_versions("North", Versions("0.0.9", "3.11.2", bluez="5.66"), now_ms=now)
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Pairing codes")
        await pilot.press("s")
        await shown(pilot, "0.0.9 old", "older than the backend: upgrade it", "BlueZ 5.66")
        await pilot.press("d")
        await shown(pilot, "Settings for all scanners")
        await pilot.press("tab", "tab")
        await paste(pilot, "-75")
        await pilot.press("enter")
        while not toasts(pilot):
            await pilot.pause(0.02)
        assert toasts(pilot) == ["Saved. Stations show it at their next contact."]
        await pilot.press("e")
        await shown(pilot, "Settings for North", "North door", "for all: -75")
        await fill(pilot, "Hall")  # the gate comes first
        await pilot.press("tab")
        await paste(pilot, "many")
        await pilot.press("enter")
        await shown(pilot, "identify.min_hits: expected a whole number from 1 to 10")
        await fill(pilot, "1")
        await pilot.press("enter")
        await shown(pilot, "Hits: 1", "Hall")
    told = store.station_settings("North")
    assert (told.gate, told.settings.min_rssi, told.settings.min_hits) == (
        "Hall",
        -75,
        1,
    )


async def test_until_when_a_stolen_scanner_scanned_is_asked(backend: Backend) -> None:
    pair(backend, "North", "North door")
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, "Pairing codes")
        await pilot.press("s")
        await shown(pilot, "North door")
        await pilot.press("t")
        await shown(pilot, "Until when did North scan?")
        await pilot.press("x", "enter")
        await shown(pilot, "Write the time like 2026-05-01 18:00.")
        await pilot.press("backspace", "enter")
        await shown(pilot, "North, stolen at", "nothing is in; if it scanned there")
