"""The key schedule of rotating ids, held against the published vectors, and whose an id is when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headcount.core.rotation import (
    DAY_MS,
    ID_BYTES,
    WINDOW_MS,
    WINDOWS,
    DayKey,
    Shown,
    day_of,
    days_of,
    window_of,
)
from headcount.rotating import Infos, day_ids, day_key, hkdf, id_at, ids, resolve

VECTORS = json.loads((Path(__file__).parent / "vectors/rotating_ids.json").read_text())
OFFICIAL = VECTORS["exposure_notification"]
SECRET = bytes(range(32))
NOON = 1_753_012_800_000  # 2025-07-20 12:00 UTC


def test_all_official_ids() -> None:
    tek = bytes.fromhex(OFFICIAL["tek"])
    assert hkdf(tek, b"EN-RPIK").hex() == OFFICIAL["rpik"]
    found = ids(tek, OFFICIAL["enin0"], WINDOWS, Infos(b"EN-RPIK", b"EN-RPI"))
    assert len(OFFICIAL["rpi"]) == WINDOWS
    assert [found[at : at + ID_BYTES].hex() for at in range(0, len(found), ID_BYTES)] == OFFICIAL[
        "rpi"
    ]


def test_our_info_strings_give_other_ids() -> None:
    tek = bytes.fromhex(OFFICIAL["tek"])
    assert ids(tek, OFFICIAL["enin0"], 1).hex() != OFFICIAL["rpi"][0]


def test_phone_and_day_key_agree_on_every_window_of_a_day() -> None:
    day = day_of(NOON)
    from_key = day_ids(day_key(SECRET, day), day)
    from_phone = b"".join(id_at(SECRET, day * WINDOWS + at) for at in range(WINDOWS))
    assert from_key == from_phone
    assert len({from_key[at : at + ID_BYTES] for at in range(0, len(from_key), ID_BYTES)}) == 144


def test_a_day_key_says_nothing_of_the_next_day() -> None:
    day = day_of(NOON)
    table = resolve([DayKey("ada", day, day_key(SECRET, day))])
    assert table[id_at(SECRET, window_of(NOON))] == Shown("ada", window_of(NOON))
    assert id_at(SECRET, window_of(NOON + DAY_MS)) not in table


@pytest.mark.parametrize(
    ("after_start", "counts"),
    [
        (-WINDOW_MS - 1, False),
        (-WINDOW_MS, True),
        (0, True),
        (2 * WINDOW_MS - 1, True),
        (2 * WINDOW_MS, False),
        (DAY_MS, False),
    ],
)
def test_a_window_before_and_after_count(after_start: int, counts: bool) -> None:
    shown = Shown("ada", window_of(NOON))
    assert shown.in_time(shown.window * WINDOW_MS + after_start) is counts


def test_an_event_around_midnight_needs_both_days() -> None:
    midnight = day_of(NOON) * DAY_MS
    assert list(days_of(midnight, midnight)) == [day_of(NOON) - 1, day_of(NOON)]
    assert list(days_of(NOON, NOON + 1)) == [day_of(NOON)]
