"""/scanSessions: the runs of an event's scanners, and what each of them heard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

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
