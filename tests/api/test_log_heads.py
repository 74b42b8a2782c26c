"""POST /events/{id}/logHeads: what was countersigned once can't be something else later."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from headcount.clock import ManualClock
from headcount.core.log_heads import Head, statement
from headcount.keys import is_signed

from .conftest import KEY, KEYS, START

A, B, C = "a" * 32, "b" * 32, "c" * 32
HEAD: dict[str, Any] = {
    "log": "5b1e0c7f2a90d4e3",
    "scannerId": "Door",
    "seq": 9,
    "chain": A,
    "bytes": 2700,
}
Tell = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def tell(http: httpx.AsyncClient) -> Tell:
    async def send(event: str = "e1", **change: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {KEY}"}
        return await http.post(f"/events/{event}/logHeads", json=HEAD | change, headers=headers)

    return send


def text(time: int, **change: Any) -> bytes:
    told = HEAD | change
    head = Head(told["log"], told["scannerId"], told["seq"], told["chain"], told["bytes"])
    return statement("e1", head, time)


async def test_a_head_is_signed_with_the_backends_time(tell: Tell) -> None:
    answer = (await tell()).json()
    assert (answer["time"], answer["key"], answer["latest"]) == (START, KEYS.public().sign, None)
    assert is_signed(answer["key"], text(START), answer["signature"])
    assert not is_signed(answer["key"], text(START, seq=10), answer["signature"])


async def test_the_same_head_again_keeps_its_time(tell: Tell, clock: ManualClock) -> None:
    first = (await tell()).json()
    clock.advance(60)
    again = (await tell()).json()
    assert (again["time"], again["signature"]) == (START, first["signature"])


AFTER = {"afterSeq": 9, "afterChain": A}
LONGER = {"seq": 12, "chain": B, "bytes": 3600}


async def test_a_longer_head_that_follows_is_signed(tell: Tell, clock: ManualClock) -> None:
    await tell()
    clock.advance(60)
    answer = (await tell(**LONGER, **AFTER)).json()
    assert answer["time"] == START + 60_000
    assert answer["latest"] == {"seq": 9, "chain": A, "time": START}
    assert is_signed(answer["key"], text(START + 60_000, **LONGER), answer["signature"])


async def test_a_longer_head_is_asked_what_it_follows(tell: Tell) -> None:
    await tell()
    answer = (await tell(**LONGER)).json()
    assert (answer["time"], answer["signature"]) == (0, "")
    assert answer["latest"] == {"seq": 9, "chain": A, "time": START}


async def test_a_longer_head_of_another_beginning_is_refused(tell: Tell) -> None:
    await tell()
    answer = await tell(**LONGER, afterSeq=9, afterChain=C)
    assert (answer.status_code, answer.json()["code"]) == (409, "LOG_HEAD_CONTRADICTED")
    assert (await tell(**LONGER, **AFTER)).status_code == 200


async def test_a_log_that_was_written_anew_is_refused_and_told(
    tell: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    await tell()
    with caplog.at_level(logging.WARNING):
        answer = await tell(chain=B)
    assert (answer.status_code, answer.json()["code"]) == (409, "LOG_HEAD_CONTRADICTED")
    assert "contradicts its countersigned head at record 9" in caplog.text
    assert (await tell()).json()["time"] == START


async def test_an_older_copy_is_not_signed_and_told_what_was_seen(tell: Tell) -> None:
    await tell()
    answer = (await tell(seq=5, chain=C)).json()
    assert (answer["time"], answer["signature"]) == (0, "")
    assert answer["latest"] == {"seq": 9, "chain": A, "time": START}


async def test_other_logs_and_events_are_other_books(tell: Tell) -> None:
    await tell()
    assert (await tell(log="another", chain=B)).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"log": ""},
        {"log": "x" * 129},
        {"log": "a\nb"},
        {"scannerId": "\u202e"},
        {"seq": 0},
        {"seq": 2**63},
        {"seq": True},
        {"bytes": -1},
        {"chain": "A" * 32},
        {"chain": A + "a"},
        {"chain": A[1:] + "\n"},
        {"afterSeq": 9},
        {"afterSeq": -1},
        {"afterChain": "x"},
        {"more": 1},
    ],
    ids=str,
)
async def test_a_wrong_head_is_named(tell: Tell, change: dict[str, Any]) -> None:
    answer = await tell(**change)
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_INVALID")


async def test_an_unknown_event_has_no_logs(tell: Tell) -> None:
    answer = await tell(event="nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "EVENT_NOT_FOUND")
