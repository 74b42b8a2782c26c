"""An event's rules over HTTP: set, changed in parts, not overwritten, obeyed by the report."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from headcount.clock import ManualClock
from headcount.core.backend import Backend
from headcount.core.event_rules import EventChanged

START, MINUTE = 1_753_000_000_000, 60_000
ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
Post = Callable[..., Awaitable[httpx.Response]]


async def test_another_rule_changes_what_the_report_says_of_before(
    http: httpx.AsyncClient, post: Post, clock: ManualClock
) -> None:
    times = [START + minute * MINUTE for minute in range(8, 60, 4)]
    seen = [{"bleUuid": ANA, "checkInTime": time, "scannerId": "Door"} for time in times]
    await post({"eventId": "e1", "records": seen})
    clock.advance(7200)

    async def status_with(**rules: object) -> str:
        changed = await http.patch("/events/e1", json=rules)
        assert changed.status_code == 200
        shown = (await http.get("/events/e1")).json()
        assert rules.items() <= shown.items()
        assert shown == changed.json()
        rows = (await http.get("/events/e1/report")).json()["people"]
        return next(str(row["status"]) for row in rows if row["name"] == "Ana")

    assert await status_with() == "present"
    assert await status_with(lateAfterMinutes=5) == "late"
    assert await status_with(lateAfterMinutes=10, minimumPresencePercent=90) == "partial"
    assert await status_with(minimumPresencePercent=20, awayMinutes=3) == "left early"
    assert await status_with(awayMinutes=10, end=START + 90 * MINUTE) == "present"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"lateAfterMinutes": -1}, "lateAfterMinutes: expected 0 to 1440"),
        ({"minimumPresencePercent": 101}, "minimumPresencePercent: expected 0 to 100"),
        ({"awayMinutes": 0}, "awayMinutes: expected 1 to 1440"),
        ({"checkInOpensMinutes": 1.5}, "checkInOpensMinutes"),
        ({"walkInPolicy": "maybe"}, "walkInPolicy"),
        ({"approval": "by hand"}, "approval"),
        ({"archived": None}, "archived"),
        ({"name": ""}, "name: expected visible text"),
        ({"end": START}, "end after start"),
        ({"tz": "Mars"}, "tz"),
        ({"id": "e2"}, "keeps its id"),
        ({"grace": 5}, "unknown member"),
        ([], "expected an object"),
    ],
    ids=str,
)
async def test_a_wrong_change_is_refused_and_changes_nothing(
    http: httpx.AsyncClient, body: Any, says: str
) -> None:
    before = (await http.get("/events/e1")).json()
    answer = await http.patch("/events/e1", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_INVALID")
    assert says in answer.json()["detail"]
    assert (await http.get("/events/e1")).json() == before


async def test_nobody_overwrites_what_somebody_else_has_changed(http: httpx.AsyncClient) -> None:
    tag = (await http.get("/events/e1")).headers["etag"]
    same = await http.get("/events/e1", headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    mine = await http.patch("/events/e1", json={"name": "Mine"}, headers={"If-Match": tag})
    assert mine.status_code == 200
    theirs = await http.patch("/events/e1", json={"name": "Theirs"}, headers={"If-Match": tag})
    assert (theirs.status_code, theirs.json()["code"]) == (412, "EVENT_CHANGED")
    again = {"If-Match": mine.headers["etag"]}
    assert (await http.patch("/events/e1", json={"archived": True}, headers=again)).is_success
    event = (await http.get("/events/e1")).json()
    assert (event["name"], event["archived"]) == ("Mine", True)
    assert (await http.patch("/events/none", json={})).json()["code"] == "EVENT_NOT_FOUND"


async def test_a_change_between_reading_and_writing_is_noticed(store: Backend) -> None:
    before = await asyncio.to_thread(store.event, "e1")
    store.update_event(before, replace(before, late_after_minutes=5))
    with pytest.raises(EventChanged):
        store.update_event(before, replace(before, name="Late"))
    assert store.event("e1") == replace(before, late_after_minutes=5)


async def test_an_event_is_made_with_rules(http: httpx.AsyncClient) -> None:
    wanted = {"id": "e2", "name": "N", "start": 1, "end": 2, "walkInPolicy": "refuse"}
    made = await http.post("/events", json={**wanted, "lateAfterMinutes": 0})
    assert (made.json()["walkInPolicy"], made.json()["lateAfterMinutes"]) == ("refuse", 0)
    other = await http.post("/events", json=wanted)
    assert other.json()["code"] == "EVENT_EXISTS"
