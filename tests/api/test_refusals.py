"""GET /events/{id}/refusals: the server's own account of what it refused."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from headcount.clock import ManualClock

ANA = "a1" * 16
START = 1_753_000_000_000

Post = Callable[..., Awaitable[httpx.Response]]


def record(ble_uuid: Any = ANA, scanner: Any = "Door-1", **more: Any) -> Any:
    return {"bleUuid": ble_uuid, "checkInTime": START, "scannerId": scanner} | more


def batch(*records: Any, event: str = "e1") -> dict[str, Any]:
    return {"eventId": event, "records": list(records)}


async def refusals(http: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    page: list[dict[str, Any]] = (await http.get(f"/events/e1/refusals{query}")).json()["page"]
    return page


async def test_what_was_refused_is_listed_with_its_reason(
    post: Post, http: httpx.AsyncClient
) -> None:
    taken = record(id="s-1", kind="departure")
    answer = await post(batch(record(id="s-1"), record("bad"), 5, taken))
    told = {each["index"]: each["message"] for each in answer.json()["refused"]}
    listed = await refusals(http)
    found = {(each["index"], each["code"], each["scannerId"]) for each in listed}
    assert found == {
        (1, "INVALID_BLE_UUID", "Door-1"),
        (2, "RECORD_NOT_OBJECT", ""),
        (3, "RECORD_CONFLICT", "Door-1"),
    }
    assert {each["index"]: each["message"] for each in listed} == told
    by_index = {each["index"]: each for each in listed}
    assert by_index[2]["record"] == "5"
    assert '"departure"' in by_index[3]["record"]
    assert by_index[1]["firstReceivedAt"] == START
    assert (await http.get("/events/e1/report")).json()["refused"] == 3


async def test_the_same_again_is_one_row_that_counts(
    post: Post, http: httpx.AsyncClient, clock: ManualClock
) -> None:
    for _ in range(3):
        await post(batch(record("bad")))
        clock.advance(60)
    (row,) = await refusals(http)
    assert (row["times"], row["records"]) == (3, 1)
    assert (row["firstReceivedAt"], row["lastReceivedAt"]) == (START, START + 120_000)
    assert (await http.get("/events/e1/report")).json()["refused"] == 1


async def test_of_many_a_hundred_are_listed_and_the_rest_is_counted(
    post: Post, http: httpx.AsyncClient
) -> None:
    bad = batch(*(record(f"bad-{number}") for number in range(157)))
    await post(bad)
    await post(bad)
    listed = await refusals(http, "?limit=1000")
    assert len(listed) == 101
    assert {each["times"] for each in listed} == {2}
    (rest,) = [each for each in listed if each["code"] == "AND_MORE"]
    assert (rest["records"], rest["index"]) == (57, 100)
    assert (await http.get("/events/e1/report")).json()["refused"] == 157


async def test_hostile_text_is_cleaned_and_cut(post: Post, http: httpx.AsyncClient) -> None:
    nasty = "\x1b]52;c;bad\x07\u202e\x00" + "x" * 10_000
    await post(batch(record(nasty, scanner=nasty)))
    (row,) = await refusals(http)
    assert len(row["record"]) <= 500
    assert len(row["scannerId"]) <= 64
    assert "".join(str(value) for value in row.values()).isprintable()


async def test_the_list_comes_in_pages(
    post: Post, http: httpx.AsyncClient, clock: ManualClock
) -> None:
    for number in range(5):
        await post(batch(record(f"bad-{number}")))
        clock.advance(1)
    found: list[str] = []
    cursor = ""
    for _ in range(3):
        page = (await http.get(f"/events/e1/refusals?limit=2&cursor={cursor}")).json()
        found += [each["record"] for each in page["page"]]
        cursor = page["continueCursor"]
    assert page["isDone"]
    assert [f"bad-{number}" in text for number, text in enumerate(found)] == [True] * 5


async def test_an_unknown_event_has_no_list(http: httpx.AsyncClient) -> None:
    assert (await http.get("/events/nobody/refusals")).status_code == 404


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (batch(record(), event="nobody"), {}, "EVENT_NOT_FOUND"),
        ({"eventId": "e1"}, {}, "BODY_INVALID"),
        (b"{", {}, "BODY_NOT_JSON"),
        (batch(), {"Authorization": "Bearer canary-key"}, "SCANNER_KEY_REFUSED"),
    ],
)
async def test_a_batch_that_fails_as_a_whole_is_in_the_servers_log(
    post: Post, caplog: pytest.LogCaptureFixture, body: Any, headers: dict[str, str], code: str
) -> None:
    with caplog.at_level(logging.WARNING):
        await post(body, **headers)
    (line,) = [each.getMessage() for each in caplog.records if "as a whole" in each.getMessage()]
    assert code in line
    assert "canary" not in line
