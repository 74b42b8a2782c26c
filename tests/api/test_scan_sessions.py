"""/scanSessions: the runs of an event's scanners, and what each of them heard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from headcount.clock import ManualClock

START = 1_753_000_000_000
ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
Post = Callable[..., Awaitable[httpx.Response]]


def session(name: str, start: int, end: int | None, scanner: str = "Door") -> dict[str, Any]:
    times = {"startedAt": START + start, "coveredUntil": START + (end or start + 50)}
    return {"id": name, "scannerId": scanner, "endedAt": end and START + end} | times


@pytest.fixture
async def scanned(post: Post) -> None:
    """Two runs of one door, one of another; Ana at 5 and 105, strangers in between."""
    sessions = [session("s1", 0, 50), session("s2", 100, None), session("s1", 0, 50, "Gate")]
    heard = [(ANA, 5, "Door"), ("c3" * 16, 7, "Door"), ("d4" * 16, 8, "Gate"), (ANA, 105, "Door")]
    records = [
        {"bleUuid": badge, "checkInTime": START + at, "scannerId": door}
        for badge, at, door in heard
    ]
    answer = await post({"eventId": "e1", "records": records, "sessions": sessions})
    assert answer.status_code == 200


async def listed(http: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor, done = "", False
    while not done:
        given = {"eventId": "e1", "cursor": cursor, **query}
        page = (await http.get("/scanSessions", params=given)).json()
        rows, cursor, done = rows + page["page"], page["continueCursor"], page["isDone"]
    return rows


@pytest.mark.usefixtures("scanned")
@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_sessions_are_listed_by_start(http: httpx.AsyncClient, limit: int) -> None:
    rows = await listed(http, limit=limit)
    told = [(row["scannerId"], row["startedAt"] - START, row["endedAt"]) for row in rows]
    assert told == [("Door", 0, START + 50), ("Gate", 0, START + 50), ("Door", 100, None)]
    assert len({row["id"] for row in rows}) == 3


@pytest.mark.usefixtures("scanned")
@pytest.mark.parametrize("limit", [1, 100])
@pytest.mark.parametrize(
    ("place", "since", "expected"),
    [
        (0, 0, [(5, "Ana"), (7, "")]),
        (0, START + 6, [(7, "")]),
        (1, 0, [(8, "")]),
        (2, 0, [(105, "Ana")]),
        (2, START + 106, []),
    ],
)
async def test_a_sessions_sightings_are_its_scanners_during_it(
    http: httpx.AsyncClient, limit: int, place: int, since: int, expected: list[tuple[int, str]]
) -> None:
    address = f"/scanSessions/{(await listed(http))[place]['id']}/sightings"
    rows: list[dict[str, Any]] = []
    cursor, done = "", False
    while not done:
        given: dict[str, Any] = {"limit": limit, "cursor": cursor, "since": since}
        page = (await http.get(address, params=given)).json()
        rows, cursor, done = rows + page["page"], page["continueCursor"], page["isDone"]
    assert [(row["checkInTime"] - START, row["name"]) for row in rows] == expected


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/scanSessions", 400, "QUERY_INVALID"),
        ("/scanSessions?eventId=nobody", 404, "EVENT_NOT_FOUND"),
        ("/scanSessions?eventId=e1&cursor=bogus", 400, "QUERY_INVALID"),
        ("/scanSessions?eventId=e1&cursor=1.x", 400, "QUERY_INVALID"),
        ("/scanSessions?eventId=e1&cursor=" + "9" * 400 + ".1", 400, "QUERY_INVALID"),
        ("/scanSessions?eventId=e1&cursor=1." + "9" * 400, 400, "QUERY_INVALID"),
        ("/scanSessions/nobody/sightings", 404, "SESSION_NOT_FOUND"),
        ("/scanSessions/WzEsMl0/sightings", 404, "SESSION_NOT_FOUND"),  # [1,2]
        ("/scanSessions/%00/sightings", 404, "SESSION_NOT_FOUND"),
        ("/scanSessions/WyJcdTAwMDAiXQ/sightings", 404, "SESSION_NOT_FOUND"),  # ["\u0000"]
        ("/scanSessions/x/sightings?since=-1", 400, "QUERY_INVALID"),
        ("/scanSessions/x/sightings?since=" + "9" * 5000, 400, "QUERY_INVALID"),
    ],
)
async def test_a_wrong_request_is_a_problem(
    http: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def ana(http: httpx.AsyncClient) -> tuple[Any, ...]:
    rows = (await http.get("/events/e1/report")).json()["people"]
    row = next(row for row in rows if row["name"] == "Ana")
    return row["checkInTime"], row["sightings"], row["scannerId"]


@pytest.mark.usefixtures("scanned")
async def test_a_deleted_session_counts_nowhere_until_it_is_restored(
    http: httpx.AsyncClient, post: Post
) -> None:
    door = (await listed(http))[0]
    address, before = f"/scanSessions/{door['id']}", await ana(http)
    assert before == (START + 5, 2, "Door")
    gone = await http.delete(address, params={"why": "a test run"})
    assert gone.status_code == 200
    told = {"deletedAt": START, "deletedBy": "Ada", "why": "a test run"}
    assert gone.json() == door | told
    assert await ana(http) == (START + 105, 1, "Door")
    assert len(await listed(http)) == 2
    assert await listed(http, trash="true") == [gone.json()]
    assert (await http.delete(address)).json()["code"] == "SESSION_NOT_FOUND"
    assert (await http.get(f"{address}/sightings")).json()["code"] == "SESSION_NOT_FOUND"
    # The station sends it all again, and one more that it had not sent before.
    again = [{"bleUuid": ANA, "checkInTime": START + at, "scannerId": "Door"} for at in (5, 6, 105)]
    answer = await post({"eventId": "e1", "records": again, "sessions": [session("s1", 0, 50)]})
    assert (answer.json()["duplicates"], answer.json()["unknown"]) == (3, 0)
    assert await ana(http) == (START + 105, 1, "Door")
    back = await http.post(f"{address}/restore")
    assert (back.status_code, back.json()["deletedAt"]) == (200, None)
    assert await ana(http) == (START + 5, 3, "Door")
    assert await listed(http, trash="true") == []
    assert (await http.post(f"{address}/restore")).json()["code"] == "SESSION_NOT_FOUND"


async def test_without_a_session_nobody_is_checked_in_but_by_hand(
    http: httpx.AsyncClient, post: Post
) -> None:
    users = (await http.get("/events/e1/registrations")).json()["page"]
    ben = next(user["userId"] for user in users if user["name"] == "Ben")
    hand = {"kind": "manual", "id": "m1", "user": ben, "bleUuid": "0" * 32}
    records = [
        {"bleUuid": ANA, "checkInTime": START + 5, "scannerId": "Door"},
        {**hand, "checkInTime": START + 6, "scannerId": "Door"},
    ]
    await post({"eventId": "e1", "records": records, "sessions": [session("s1", 0, 50)]})
    (door,) = await listed(http)
    await http.delete(f"/scanSessions/{door['id']}")
    people = (await http.get("/events/e1/attendance")).json()["page"]
    assert [(row["name"], row["method"]) for row in people] == [("Ben", "manual")]


@pytest.mark.usefixtures("scanned")
@pytest.mark.parametrize(("days", "status"), [(29, 200), (30, 410)])
async def test_the_trash_is_kept_for_thirty_days(
    http: httpx.AsyncClient, clock: ManualClock, days: int, status: int
) -> None:
    door = (await listed(http))[0]
    await http.delete(f"/scanSessions/{door['id']}")
    clock.advance(days * 86_400)
    assert (await http.post(f"/scanSessions/{door['id']}/restore")).status_code == status


async def test_wrong_questions_about_the_trash_are_refused(http: httpx.AsyncClient) -> None:
    for method, path in (
        ("GET", "/scanSessions?eventId=e1&trash=yes"),
        ("DELETE", "/scanSessions/none?reason=x"),
    ):
        assert (await http.request(method, path)).json()["code"] == "QUERY_INVALID"


@pytest.mark.usefixtures("scanned")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [(105, "Ana"), (8, ""), (7, ""), (5, "Ana")]),
        ("?limit=2", [(105, "Ana"), (8, "")]),
        (f"?since={START + 8}", [(105, "Ana"), (8, "")]),
    ],
)
async def test_the_newest_records_come_first(
    http: httpx.AsyncClient, query: str, expected: list[tuple[int, str]]
) -> None:
    page = (await http.get(f"/events/e1/records{query}")).json()
    told = [(row["checkInTime"] - START, row["name"]) for row in page["page"]]
    assert (told, page["isDone"]) == (expected, True)
    wrong = await http.get("/events/e1/records?cursor=1")
    assert wrong.json()["code"] == "QUERY_INVALID"
