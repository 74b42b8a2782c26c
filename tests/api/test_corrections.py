"""/events/{id}/corrections: acts of the backend, with reason, before and after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from headcount.clock import ManualClock

START, MINUTE = 1_753_000_000_000, 60_000
ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
ADDRESS = "/events/e1/corrections"
Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def ids(http: httpx.AsyncClient) -> dict[str, str]:
    page = (await http.get("/events/e1/registrations")).json()["page"]
    return {row["name"]: row["userId"] for row in page}


async def row(http: httpx.AsyncClient, name: str) -> dict[str, Any]:
    people: list[dict[str, Any]] = (await http.get("/events/e1/report")).json()["people"]
    return next(each for each in people if each["name"] == name)


async def test_a_check_in_by_hand_is_taken_back_again_and_all_stays_on_record(
    http: httpx.AsyncClient, ids: dict[str, str], clock: ManualClock
) -> None:
    clock.advance(7200)
    wanted = {"kind": "manual", "userId": ids["Ana"], "time": START + MINUTE, "why": "flat phone"}
    made = await http.post(ADDRESS, json=wanted)
    assert made.status_code == 201
    told = made.json()
    assert (told["by"], told["why"], told["name"]) == ("Ada", "flat phone", "Ana")
    assert told["before"] == {"status": "absent", "rule": "never seen"}
    assert told["after"] == {"status": "present", "rule": "checked in by hand"}
    ana = await row(http, "Ana")
    assert (ana["status"], ana["checkInTime"], ana["method"]) == (
        "present",
        START + MINUTE,
        "manual",
    )
    undo = {"kind": "void", "recordId": told["recordId"], "why": "it was Ben"}
    void = (await http.post(ADDRESS, json=undo)).json()
    assert (void["before"]["status"], void["after"]["status"]) == ("present", "absent")
    assert (await row(http, "Ana"))["checkInTime"] is None
    again = await http.post(ADDRESS, json=undo)
    assert (again.status_code, again.json()["code"]) == (409, "RECORD_VOID")
    excuse = {"kind": "excused", "userId": ids["Ana"], "why": "ill"}
    excused = (await http.post(ADDRESS, json=excuse)).json()
    assert excused["after"] == {"status": "excused", "rule": "excused: ill"}
    pages, cursor = [], ""
    for _ in range(3):
        answer = await http.get(ADDRESS, params={"limit": 1, "cursor": cursor})
        pages += answer.json()["page"]
        cursor = answer.json()["continueCursor"]
    assert sorted(pages, key=str) == sorted([told, void, excused], key=str)
    report = (await http.get("/events/e1/report")).json()
    assert [(each["by"], each["why"]) for each in report["voids"]] == [("Ada", "it was Ben")]
    assert report["scanners"] == []
    assert (await http.get("/scanners")).json()["page"] == []


async def test_a_sighting_is_taken_back_by_what_the_backend_shows_of_it(
    http: httpx.AsyncClient, post: Post
) -> None:
    seen = {"bleUuid": ANA, "checkInTime": START + MINUTE, "scannerId": "Door"}
    await post({"eventId": "e1", "records": [seen]})
    void = {**seen, "kind": "void", "why": "her sister had the phone"}
    made = await http.post(ADDRESS, json=void)
    assert (made.status_code, made.json()["after"]["status"]) == (201, "absent")
    await post({"eventId": "e1", "records": [seen]})
    ana = await row(http, "Ana")
    assert (ana["checkInTime"], ana["sightings"]) == (None, 0)
    assert (await http.post(ADDRESS, json=void)).json()["code"] == "RECORD_VOID"
    other = {**void, "checkInTime": START}
    assert (await http.post(ADDRESS, json=other)).json()["code"] == "RECORD_NOT_FOUND"


async def test_an_act_of_a_station_is_listed_and_can_be_taken_back(
    http: httpx.AsyncClient, post: Post, ids: dict[str, str]
) -> None:
    hand = {"kind": "manual", "id": "m1", "user": ids["Ben"], "bleUuid": "0" * 32, "by": "Eve"}
    await post({"eventId": "e1", "records": [{**hand, "checkInTime": START, "scannerId": "Door"}]})
    (act,) = (await http.get(ADDRESS)).json()["page"]
    assert (act["recordId"], act["name"], act["by"], act["scannerId"]) == (
        "m1",
        "Ben",
        "Eve",
        "Door",
    )
    assert act["before"] is act["after"] is None
    made = await http.post(ADDRESS, json={"kind": "void", "recordId": "m1", "why": "no"})
    assert (made.json()["name"], made.json()["of"]) == ("Ben", "m1")
    assert (await row(http, "Ben"))["checkInTime"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "manual", "userId": "x"}, "BODY_INVALID"),
        ({"kind": "manual", "userId": "x", "why": " "}, "BODY_INVALID"),
        ({"kind": "manual", "why": "no person"}, "BODY_INVALID"),
        ({"kind": "manual", "userId": "x", "why": "y", "time": START + 1}, "BODY_INVALID"),
        ({"kind": "present", "userId": "x", "why": "no such kind"}, "BODY_INVALID"),
        ({"kind": "void", "why": "of what"}, "BODY_INVALID"),
        ({"kind": "void", "why": "half", "bleUuid": ANA}, "BODY_INVALID"),
        ({"kind": "manual", "userId": "nobody", "why": "y"}, "USER_NOT_FOUND"),
        ({"kind": "void", "recordId": "none", "why": "y"}, "RECORD_NOT_FOUND"),
    ],
    ids=str,
)
async def test_what_says_too_little_is_refused_and_leaves_nothing(
    http: httpx.AsyncClient, body: dict[str, Any], code: str
) -> None:
    assert (await http.post(ADDRESS, json=body)).json()["code"] == code
    assert (await http.get(ADDRESS)).json()["page"] == []
