"""Events, people, attendance and reports; pages; problems; what every answer carries."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message, Scope

from headcount import __version__
from headcount.api.app import create_app
from headcount.clock import ManualClock
from headcount.core.backend import Backend
from headcount.core.report import build_report
from headcount.store.server import open_migrated_store

START, HOUR = 1_753_000_000_000, 3_600_000
ANA, BEN = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1", "b2b2b2b2-b2b2-b2b2-b2b2-b2b2b2b2b2b2"

Post = Callable[..., Awaitable[httpx.Response]]


def event(**members: Any) -> dict[str, Any]:
    return {"name": "Closing", "start": START, "end": START + HOUR} | members


async def test_health_says_ok_and_the_version_to_anyone(http: httpx.AsyncClient) -> None:
    answer = await http.get("/health", headers={"Authorization": ""})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": __version__})


async def test_an_event_is_created_listed_and_shown(http: httpx.AsyncClient) -> None:
    wanted = event(id="e2", tz="Europe/Berlin", description="At five", rehearsal=True)
    made = await http.post("/events", json=wanted)
    assert made.status_code == 201
    expected = {"id": "e2", "name": "Closing", "start": START, "end": START + HOUR}
    rules = {"checkInOpensMinutes": 15, "lateAfterMinutes": 10, "minimumPresencePercent": 75}
    more = {
        "awayMinutes": 10,
        "walkInPolicy": "",
        "archived": False,
        "rotating": False,
        "approval": "byHand",
    }
    more |= {"description": "At five"}
    assert made.json() == expected | {"tz": "Europe/Berlin"} | rules | more
    assert (await http.get("/events/e2")).json() == made.json()
    listed = (await http.get("/events")).json()
    assert [row["id"] for row in listed["page"]] == ["e1", "e2"]


async def test_an_event_without_an_id_gets_one(http: httpx.AsyncClient) -> None:
    made = (await http.post("/events", json=event())).json()
    assert (await http.get(f"/events/{made['id']}")).json() == made


async def test_the_same_event_again_is_no_error_but_another_with_its_id_is(
    http: httpx.AsyncClient,
) -> None:
    await http.post("/events", json=event(id="e2"))
    assert (await http.post("/events", json=event(id="e2"))).status_code == 201
    answer = await http.post("/events", json=event(id="e2", name="Another"))
    assert (answer.status_code, answer.json()["code"]) == (409, "EVENT_EXISTS")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "object"),
        ({}, "name"),
        ({"name": "x", "start": 1}, "end"),
        (event(name=""), "name"),
        (event(name="\x00\u202e"), "name"),
        (event(name=5), "name"),
        (event(start="now"), "start"),
        (event(start=1.0), "start"),
        (event(start=True), "start"),
        (event(start=-1), "start"),
        (event(end=START), "end"),
        (event(end=2**63), "end"),
        (event(id="../x"), "id"),
        (event(id="x" * 65), "id"),
        (event(tz="Mars/Olympus"), "tz"),
        (event(tz="Europe"), "tz"),
        (event(tz="../../etc/passwd"), "tz"),
        (event(tz=""), "tz"),
        (event(tz="a" * 5000), "tz"),
        (event(rehearsal="yes"), "rehearsal"),
        (event(strat=START), "strat"),
    ],
)
async def test_a_wrong_event_is_400_and_names_the_member(
    http: httpx.AsyncClient, body: Any, named: str
) -> None:
    answer = await http.post("/events", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_INVALID")
    assert named in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"name":NaN}'])
@pytest.mark.parametrize("path", ["/events", "/users/import"])
async def test_what_is_not_json_is_400(http: httpx.AsyncClient, path: str, body: bytes) -> None:
    answer = await http.post(path, content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_NOT_JSON")


async def test_registrations_hold_a_stations_roster(http: httpx.AsyncClient) -> None:
    rows = (await http.get("/events/e1/registrations")).json()["page"]
    assert [(row["name"], row["status"], row["bleUuids"]) for row in rows] == [
        ("Ana", "approved", [ANA]),
        ("Ben", "approved", [BEN]),
    ]
    assert set(rows[0]) == {"userId", "name", "email", "status", "bleUuids"}


async def test_users_are_listed_with_role_and_badge(http: httpx.AsyncClient) -> None:
    rows = (await http.get("/users")).json()["page"]
    assert [(row["name"], row["role"], row["bleUuid"]) for row in rows] == [
        ("Ada", "admin", None),
        ("Ana", "user", ANA),
        ("Ben", "user", BEN),
    ]


def person(row: int, **members: Any) -> dict[str, Any]:
    return {"row": row, "name": f"P{row}", "email": f"p{row}@example.org", "bleUuid": ""} | members


async def test_an_import_creates_updates_and_registers(http: httpx.AsyncClient) -> None:
    people = [person(2, bleUuid="C3" * 16), person(3, name="Ana B", email="ana@example.org")]
    answer = (await http.post("/users/import", json={"eventId": "e1", "people": people})).json()
    assert answer == {"created": 1, "updated": 1, "unchanged": 0, "registered": 1, "errors": []}
    again = (await http.post("/users/import", json={"eventId": "e1", "people": people})).json()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"name": " \x07 "}, "name"),
        ({"email": "nowhere"}, "email"),
        ({"bleUuid": "12"}, "bleUuid"),
        ({"bleUuid": "0" * 32}, "bleUuid"),
    ],
)
async def test_a_wrong_row_is_named_and_the_others_are_imported(
    http: httpx.AsyncClient, wrong: dict[str, str], named: str
) -> None:
    people = [person(2), person(3, **wrong), person(4)]
    answer = (await http.post("/users/import", json={"people": people})).json()
    assert answer["created"] == 2
    (error,) = answer["errors"]
    assert error["row"] == 3
    assert named in error["message"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "people"),
        ({"people": {}}, "people"),
        ({"people": [5]}, "people[0]"),
        ({"people": [person(2), {"row": 3}]}, "people[1].name"),
        ({"people": [person(2) | {"row": "2"}]}, "people[0].row"),
        ({"people": [person(2, phone="1")]}, "phone"),
        ({"people": [], "event": "e1"}, "event"),
    ],
)
async def test_a_wrong_import_is_400_and_names_the_member(
    http: httpx.AsyncClient, body: Any, named: str
) -> None:
    answer = await http.post("/users/import", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_INVALID")
    assert named in answer.json()["detail"]


async def test_the_report_has_its_head_and_the_rows_of_the_core(
    http: httpx.AsyncClient, post: Post, store: Backend, clock: ManualClock
) -> None:
    record = {"bleUuid": ANA, "checkInTime": START + 5, "scannerId": "Door-1"}
    await post({"eventId": "e1", "records": [record]})
    report = (await http.get("/events/e1/report")).json()
    assert report["eventId"] == report["event"]["id"] == "e1"
    assert (report["name"], report["status"], report["provisional"]) == (
        "Opening",
        "provisional",
        True,
    )
    assert report["checkedIn"] == report["totals"]["checkedIn"] == 1
    assert report["totals"]["registered"] == 2
    folded = build_report(store.report_facts("e1"), clock.now().wall_ms)
    assert [row["name"] for row in report["people"]] == [row.name for row in folded.people]
    assert report["people"][0]["firstSeen"] == START + 5
    assert report["generatedAt"] == clock.now().wall_ms


async def test_attendance_lists_only_those_who_are_checked_in(
    http: httpx.AsyncClient, post: Post
) -> None:
    assert (await http.get("/events/e1/attendance")).json()["page"] == []
    await post(
        {
            "eventId": "e1",
            "records": [{"bleUuid": BEN, "checkInTime": START, "scannerId": "Door-1"}],
        }
    )
    rows = (await http.get("/events/e1/attendance")).json()["page"]
    assert [(row["name"], row["checkInTime"]) for row in rows] == [("Ben", START)]


@pytest.mark.parametrize("path", ["", "/registrations", "/attendance", "/report"])
@pytest.mark.parametrize("event_id", ["nobody", "a%00b", "%ff", "..%2f", "x" * 100])
async def test_an_unknown_event_is_404_everywhere(
    http: httpx.AsyncClient, path: str, event_id: str
) -> None:
    answer = await http.get(f"/events/{event_id}{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"EVENT_NOT_FOUND", "NOT_FOUND"}


LISTS = ["/events", "/users", "/events/e1/registrations", "/events/e1/attendance"]


@pytest.fixture
async def crowd(http: httpx.AsyncClient, post: Post) -> None:
    """Seven people, checked in; seven more events."""
    ids = [f"{i:032x}" for i in range(1, 8)]
    people = [person(i, bleUuid=badge) for i, badge in enumerate(ids)]
    await http.post("/users/import", json={"eventId": "e1", "people": people})
    records = [{"bleUuid": badge, "checkInTime": START, "scannerId": "D"} for badge in ids]
    await post({"eventId": "e1", "records": records})
    for i in range(7):
        await http.post("/events", json=event(id=f"more-{i}"))


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("path", LISTS)
async def test_pages_joined_are_the_whole_list(http: httpx.AsyncClient, path: str) -> None:
    whole = (await http.get(path, params={"limit": 1000})).json()
    assert (whole["isDone"], whole["continueCursor"]) == (True, "")
    joined, cursor, done = [], "", False
    while not done:
        page = (await http.get(path, params={"limit": 3, "cursor": cursor})).json()
        assert len(page["page"]) <= 3
        joined += page["page"]
        cursor, done = page["continueCursor"], page["isDone"]
    assert joined == whole["page"]
    assert len(joined) >= 7


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=x",
        "limit=1.0",
        "limit=" + "9" * 5000,
        "limit=%D9%A1",
        "limt=5",
        "cursor=%00",
        "cursor=bogus",
        "cursor=" + "A" * 5000,
        "cursor=%F0%9F%98%80",
        "cursor=W10",  # []
        "cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTksIngiXQ",  # [99999999999999999999999,"x"]
        "cursor=WyJcdWQ4MDAiLCJ4Il0",  # ["\ud800","x"]
    ],
)
async def test_a_wrong_query_is_400(http: httpx.AsyncClient, path: str, query: str) -> None:
    answer = await http.get(f"{path}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "QUERY_INVALID")


@pytest.mark.parametrize("path", ["/", "/nothing", "/events/", "/events/e1/x", "//health"])
async def test_an_unknown_address_is_a_404_problem(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"http://backend{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/events", "GET, HEAD, POST"),
        ("DELETE", "/events/e1", "GET, HEAD, PATCH"),
        ("GET", "/batchCheckIn", "POST"),
        ("OPTIONS", "/users", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_405_and_names_the_right_ones(
    http: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/health", "/nothing", "/events/nobody"])
async def test_every_answer_has_the_security_headers_and_a_request_id(
    http: httpx.AsyncClient, path: str
) -> None:
    answer = await http.get(path, headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers["x-request-id"]) == 32
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [("door-1-000042", True), ("short", False), ("x" * 65, False), ("a b c d e f g", False)],
)
async def test_a_callers_request_id_is_kept_when_it_is_harmless(
    http: httpx.AsyncClient, given: str, kept: bool
) -> None:
    answer = await http.get("/health", headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) is kept


class Broken:
    """A backend whose database is gone; its error texts hold a secret."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_args: object, **_options: object) -> Any:
            raise RuntimeError("connection string with canary-secret")

        return fail


@pytest.fixture
async def broken(clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Broken(), clock=clock, scanner_key="k", new_id=lambda: "request-1")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://backend",
        headers={"Authorization": "Bearer k"},
    ) as client:
        yield client


async def test_a_failure_is_500_without_details_and_is_logged_by_request_id(
    broken: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await broken.get("/events")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert "canary" not in answer.text
    assert "request-1" in answer.json()["detail"]
    assert "request request-1 failed" in caplog.text


async def test_health_is_503_when_the_database_does_not_answer(broken: httpx.AsyncClient) -> None:
    answer = await broken.get("/health")
    assert (answer.status_code, answer.json()["code"]) == (503, "BACKEND_UNAVAILABLE")
    assert answer.headers["retry-after"] == "5"
    assert "canary" not in answer.text


async def test_a_batch_that_fails_in_the_database_is_500(broken: httpx.AsyncClient) -> None:
    body = json.dumps({"eventId": "e1", "records": []})
    assert (await broken.post("/batchCheckIn", content=body)).status_code == 500


async def test_a_client_that_goes_away_in_its_body_gets_no_answer_and_does_no_harm(
    app: ASGIApp, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    pieces: list[Message] = [
        {"type": "http.request", "body": b'{"eventId":"e1"', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return pieces.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/batchCheckIn",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer scanner-key-of-the-tests")],
    }
    await app(scope, receive, send)
    assert sent == []
    assert "Traceback" not in caplog.text
    assert (await http.get("/health")).status_code == 200


async def test_a_database_that_is_away_is_503_and_worth_another_try(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker starts all the same, and finds the database when it is back."""
    store = open_migrated_store(f"postgresql://me:canary@/headcount?host={tmp_path}")
    transport = httpx.ASGITransport(create_app(store, clock=ManualClock(), scanner_key="k"))
    async with httpx.AsyncClient(transport=transport, base_url="http://backend") as client:
        answer = await client.post(
            "/batchCheckIn",
            json={"eventId": "e1", "records": []},
            headers={"Authorization": "Bearer k"},
        )
    store.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "BACKEND_UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0
    assert str(tmp_path) not in answer.text
    assert "can't be reached" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("path", LISTS)
async def test_rows_that_come_in_between_pages_neither_repeat_nor_hide_others(
    http: httpx.AsyncClient, post: Post, path: str
) -> None:
    """New rows are put before, between and behind: each old row is still seen exactly once."""
    before = (await http.get(path, params={"limit": 1000})).json()["page"]
    seen, cursor, done, turn = [], "", False, 0
    while not done:
        page = (await http.get(path, params={"limit": 2, "cursor": cursor})).json()
        seen += page["page"]
        cursor, done = page["continueCursor"], page["isDone"]
        turn += 1
        for place, name in enumerate(("A first", "P4 between", "Z last")):
            badge = f"{turn:016x}{place:016x}"
            new = person(1, name=name, email=f"{turn}-{place}@x.org", bleUuid=badge)
            if done or turn > 3:
                continue
            await http.post("/users/import", json={"eventId": "e1", "people": [new]})
            seen_at = START - 1 + place
            record = {"bleUuid": badge, "checkInTime": seen_at, "scannerId": "D"}
            await post({"eventId": "e1", "records": [record]})
            await http.post("/events", json=event(id=f"x{turn}-{place}", start=START - 1 + place))
    ids = [row.get("userId") or row["id"] for row in seen]
    assert len(ids) == len(set(ids))
    assert {row.get("userId") or row["id"] for row in before} <= set(ids)
