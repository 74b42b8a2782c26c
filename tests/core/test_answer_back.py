"""The answer-back beacon: the published vectors, and whom a station names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.core.answer_back import (
    WINDOW_MS,
    Answer,
    Counted,
    HeardMe,
    encode,
    heard_me,
    hears,
    is_for,
)
from headcount.core.answer_board import MOST, PAGE_MS, SHOWN_MS, AnswerBoard
from headcount.core.identity import from_bytes
from headcount.core.model import Hearing, HearingChanged, Instant, Kind, Person, Record
from headcount.core.news import Acted, Sighted

HERE = Path(__file__).parent
VECTORS = json.loads((HERE.parent / "vectors/answer_back.json").read_text())
"""Made by a few lines of Python of their own, from the words of docs/radio.md alone."""
T = 1_789_000_000_000
ADA = Person("1", "Ada Lovelace")


def badge(number: int) -> str:
    return from_bytes(number.to_bytes(16, "big"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_the_published_vectors(vector: dict[str, Any]) -> None:
    payload, sent = bytes.fromhex(vector["payload"]), vector["sentAt"]
    for check in vector["checks"]:
        found = heard_me(payload, check["bleUuid"], check["at"])
        minutes = check["minutesAgo"]
        wanted = None if minutes is None else HeardMe(minutes, check["orMore"])
        assert found == wanted, check
    assert is_for(payload, vector["eventId"], sent)
    assert not is_for(payload, "another", sent)
    assert hears(payload, sent) is bool(payload[3] & 1)
    documented = (HERE.parents[1] / "docs/radio.md").read_text("utf-8")
    assert vector["payload"] in documented


def test_the_station_sends_the_vectors() -> None:
    named = [
        Counted("9f2c0000-0000-4000-8000-000000000001", T - 3 * 60_000 - 59_999),
        Counted("6ba7b810-9dad-11d1-80b4-00c04fd430c8", T - 15 * 60_000),
    ]
    assert encode("autumn-2026", T, named, hears=True).hex() == VECTORS[1]["payload"]
    assert encode("autumn-2026", T, hears=True).hex() == VECTORS[0]["payload"]
    full = encode("autumn-2026", T, named * 9, hears=True)
    assert len(full) == 24  # and 4 of the head, and 3 of flags: a legacy frame has 31
    assert Answer(full).manufacturer == {0xFFFF: full}


@given(st.binary(max_size=40), st.integers(0, 2**42), st.uuids())
def test_any_bytes_are_taken(data: bytes, now_ms: int, ble_uuid: object) -> None:
    for payload in (data, b"HC" + data):
        assert heard_me(payload, str(ble_uuid), now_ms) is None or payload[:2] == b"HC"


@given(st.uuids(), st.integers(0, 2**41), st.integers(0, 40), st.integers(-1, 1))
def test_whoever_is_named_finds_it_also_with_a_clock_that_differs(
    ble_uuid: object, now_ms: int, minutes: int, off: int
) -> None:
    payload = encode("e", now_ms, [Counted(str(ble_uuid), now_ms - minutes * 60_000)], hears=True)
    found = heard_me(payload, str(ble_uuid), max(0, now_ms + off * WINDOW_MS))
    assert found == HeardMe(min(minutes, 15), minutes >= 15)


def sighted(number: int, time_ms: int, person: Person | None = None, **more: Any) -> Sighted:
    return Sighted(badge(number), person, time_ms, -60, arrival=True, **more)


def said(board: AnswerBoard, number: int, now_ms: int) -> HeardMe | None:
    """What an app hears that listens for a whole round of pages."""
    pages = (board.payload(now_ms + turn * PAGE_MS) for turn in range(MOST // 4))
    found = (heard_me(page, badge(number), now_ms) for page in pages)
    return next((each for each in found if each), None)


def test_whom_a_station_names() -> None:
    board = AnswerBoard("e", [sighted(9, T - 7 * 60_000, ADA)])
    assert not hears(board.payload(T), T)
    board.take(HearingChanged(Hearing.HEARS, 0.0, "hears"))
    assert hears(board.payload(T), T)
    for number in range(1, 7):
        board.take(sighted(number, T))
    board.take(sighted(7, T, copied=True))
    assert heard_me(board.payload(T // 4000 * 4000), badge(6), T) is not None  # the last come first
    assert all(said(board, number, T) == HeardMe(0, False) for number in range(1, 7))
    assert said(board, 7, T) is None  # a copied id is nobody's check-in
    assert said(board, 9, T) is None  # counted before, and not heard since
    board.take(sighted(8, T, ADA))  # her next rotating id: she was counted seven minutes ago
    assert said(board, 8, T) == HeardMe(7, False)
    board.take(void(3))
    assert said(board, 3, T) is None
    assert said(board, 4, T + SHOWN_MS) is None


def void(number: int) -> Acted:
    """A sighting was taken back."""
    record = Record(badge(number), "Door", Instant(T, 1.0, "boot"), Kind.VOID, of="s-1", why="x")
    return Acted("s-2", record, None)


def test_a_crowd_is_named_up_to_a_limit() -> None:
    board = AnswerBoard("e")
    for number in range(1, MOST + 2):
        board.take(sighted(number, T))
    assert said(board, 1, T) is None
    assert said(board, 2, T) == HeardMe(0, False)
