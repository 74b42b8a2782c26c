"""The audit log: every change, download and refusal, and nothing that was none."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from headcount.api.audit import What
from headcount.api.auth import token_hash
from headcount.api.resources import ENDPOINTS
from headcount.clock import ManualClock
from headcount.core.access import NewSignIn
from headcount.core.audit import Actor, Entry
from headcount.core.backend import Backend
from headcount.core.errors import HeadcountError
from headcount.core.flood import Flood
from headcount.core.model import NIL_UUID

START = 1_753_000_000_000
ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
EVENT = {"name": "Closing", "start": START, "end": START + 1000, "id": "e2"}
PASSWORD = "correct horse battery staple"

Post = Callable[..., Awaitable[httpx.Response]]


async def log(http: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await http.get("/auditLog", params=query)
    assert answer.status_code == 200, answer.text
    page: list[dict[str, Any]] = answer.json()["page"]
    return page


def batch(event: str = "e1", badge: str = ANA) -> dict[str, Any]:
    record = {"bleUuid": badge, "checkInTime": START + 1, "scannerId": "North"}
    return {"eventId": event, "records": [record]}


def test_every_address_that_changes_something_has_a_decision() -> None:
    undecided = [e.path for e in ENDPOINTS if e.method != "GET" and e.audit is None]
    assert undecided == []
    reasons = [e.audit for e in ENDPOINTS if e.audit and e.audit.what is What.NOTHING]
    assert all(" " in reason.action for reason in reasons)


async def test_a_change_is_in_the_log_with_what_was_before_and_after(
    http: httpx.AsyncClient, store: Backend
) -> None:
    ana, ada = (
        next(user for user in store.users(limit=9).items if user.name == name)
        for name in ("Ana", "Ada")
    )
    answer = await http.patch(f"/users/{ana.id}", json={"role": "operator"})
    (entry,) = await log(http)
    expected = {
        "at": START,
        "actor": "person",
        "actorId": ada.id,
        "actorName": "Ada",
        "address": "127.0.0.1",
        "requestId": answer.headers["x-request-id"],
        "action": "users.set-role",
        "subject": f"users/{ana.id}",
        "outcome": "done",
        "status": 0,
        "code": "",
        "times": 1,
        "before": {"role": "user"},
        "after": {"role": "operator"},
        "details": {},
    }
    assert {name: entry[name] for name in expected} == expected


async def test_what_changed_nothing_leaves_no_entry(http: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await http.post("/events", json=EVENT)).status_code == 201
    assert (await http.post("/events", json=EVENT | {"name": "x"})).status_code == 409
    assert (await http.get("/events")).status_code == 200
    assert [(row["action"], row["subject"]) for row in await log(http)] == [
        ("events.create", "events/e2")
    ]


async def test_batches_are_in_the_log_and_so_is_what_was_refused(
    http: httpx.AsyncClient, post: Post
) -> None:
    nil = batch(badge=NIL_UUID)
    for body, status in [(batch(), 200), (nil, 200), (batch("none"), 404), (b"{", 400)]:
        assert (await post(body)).status_code == status
    wrong = await http.post("/batchCheckIn", headers={"Authorization": "Bearer wrong"})
    assert wrong.status_code == 403
    rows = [
        (row["actorName"], row["subject"], row["outcome"], row["code"], row["details"])
        for row in reversed(await log(http, action="batches.receive"))
    ]
    counts = {"received": 1, "checkedIn": 1, "unknown": 0, "refused": 0}
    none = {"received": 1, "checkedIn": 0, "unknown": 0, "refused": 1}
    key = "shared key"
    assert rows == [
        (key, "events/e1", "done", "", counts),
        (key, "events/e1", "done", "", none),
        (key, "", "refused", "EVENT_NOT_FOUND", {}),
        (key, "", "refused", "BODY_NOT_JSON", {}),
        ("", "", "refused", "SCANNER_KEY_REFUSED", {}),
    ]


async def test_downloads_are_in_the_log(http: httpx.AsyncClient) -> None:
    paths = {
        "/events/e1/report": ("report.read", "events/e1"),
        "/events/e1/attendance": ("attendance.read", "events/e1"),
        "/events/e1/registrations?limit=1": ("registrations.read", "events/e1"),
        "/users": ("users.read", ""),
        "/auditLog": ("audit.read", ""),
    }
    for path in paths:
        assert (await http.get(path)).status_code == 200
    rows = reversed(await log(http, actor="person"))
    assert [(row["action"], row["subject"]) for row in rows] == list(paths.values())


async def test_an_unchanged_report_is_no_second_download(http: httpx.AsyncClient) -> None:
    tag = (await http.get("/events/e1/report")).headers["etag"]
    again = await http.get("/events/e1/report", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert [row["times"] for row in await log(http, action="report")] == [1]


async def test_a_flood_of_wrong_keys_is_two_entries_a_minute(
    http: httpx.AsyncClient, clock: ManualClock
) -> None:
    for _ in range(20):
        await http.post("/batchCheckIn", headers={"Authorization": "Bearer wrong"})
    clock.advance(60)
    await http.post("/batchCheckIn", headers={"Authorization": "Bearer wrong"})
    rows = await log(http, action="batches")
    assert [(row["times"], row["code"]) for row in rows] == [
        (1, "SCANNER_KEY_REFUSED"),
        (19, "SCANNER_KEY_REFUSED"),
        (1, "SCANNER_KEY_REFUSED"),
    ]


async def test_what_was_counted_is_written_when_the_backend_stops(
    http: httpx.AsyncClient, app: ASGIApp
) -> None:
    for _ in range(3):
        await http.get("/users")
    app.state.end_audit()  # type: ignore[attr-defined]
    assert [row["times"] for row in await log(http, action="users.read")] == [2, 1]


async def test_who_may_not_and_who_failed_to_sign_in(http: httpx.AsyncClient) -> None:
    await http.post("/events", json=EVENT, headers={"Authorization": "Bearer nobody"})
    await http.post("/auth/signIn", json={"email": "ana@example.org", "password": PASSWORD})
    rows = [(row["action"], row["actor"], row["code"]) for row in await log(http)]
    assert rows == [
        ("auth.sign-in", "anyone", "SIGN_IN_FAILED"),
        ("events.create", "anyone", "AUTH_UNAUTHENTICATED"),
    ]


async def test_no_secret_is_ever_in_the_log(http: httpx.AsyncClient, post: Post) -> None:
    code = (await http.post("/scanners/pairingCodes", json={"name": "North"})).json()["code"]
    key = (await http.post("/scanners/pair", json={"code": code, "name": "x"})).json()["key"]
    await http.post("/auth/signIn", json={"email": "ada@example.org", "password": PASSWORD})
    await http.post("/auth/password", json={"password": PASSWORD, "newPassword": PASSWORD})
    await http.post("/batchCheckIn", headers={"Authorization": f"Bearer {key}x"})
    text = json.dumps(await log(http))
    assert "scanners/North" in text
    for secret in (code, code.replace("-", ""), key, PASSWORD, "admin-token-of-the-tests"):
        assert secret not in text


async def test_filters(http: httpx.AsyncClient, post: Post, clock: ManualClock) -> None:
    for number in range(3):
        await http.post("/events", json=EVENT | {"id": f"x{number}"})
        clock.advance(1)
    await post(batch("x0"))
    found = {
        "actor=scanner": 1,
        "actor=shared key": 1,
        "action=events": 3,
        "action=event": 0,
        "subject=events/x1": 1,
        f"since={START + 2000}": 2,
        f"until={START + 1000}": 1,
        f"since={START + 1000}&until={START + 2000}": 1,
    }
    rows = {query: (await http.get(f"/auditLog?{query}")).json()["page"] for query in found}
    own = {"audit.read"}
    assert {
        query: len([row for row in page if row["action"] not in own])
        for query, page in rows.items()
    } == found


async def test_wrong_questions_are_said(http: httpx.AsyncClient) -> None:
    for query in ("cursor=x", "since=x", "actor=%00", "limit=0", "wrong=1"):
        assert (await http.get(f"/auditLog?{query}")).json()["code"] == "QUERY_INVALID", query


async def test_pages_stay_right_while_entries_are_added(http: httpx.AsyncClient) -> None:
    seen, cursor = list[str](), ""
    for number in range(5):
        await http.post("/events", json=EVENT | {"id": f"x{number}"})
    for number in range(5, 8):
        answer = await http.get("/auditLog", params={"limit": 2, "cursor": cursor})
        page = answer.json()
        seen += [row["subject"] for row in page["page"] if row["action"] == "events.create"]
        cursor = page["continueCursor"]
        await http.post("/events", json=EVENT | {"id": f"x{number}"})
    assert (seen, page["isDone"]) == ([f"events/x{n}" for n in (4, 3, 2, 1, 0)], True)


def test_many_sources_share_one_entry() -> None:
    flood, written = Flood(sources=10), list[Entry]()
    for number in range(1000):
        entry = Entry(at=START, action="batches.receive", address=f"10.0.{number}.1")
        written += flood.take(number, entry)
    written += flood.due(START + 60_000)
    assert len(written) == 12
    assert sum(entry.times for entry in written) == 1000
    last = written[-1]
    assert (last.actor, last.address, last.details) == (Actor.ANYONE, "", {"sources": "many"})


async def test_a_log_that_cannot_be_written_is_no_reason_not_to_read(
    http: httpx.AsyncClient,
    store: Backend,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(entry: Entry) -> None:
        raise HeadcountError(f"The disk is full at {entry.at}.")

    monkeypatch.setattr(store, "add_audit", full)
    assert (await http.get("/events/e1/report")).status_code == 200
    assert "report.read" in caplog.text


async def test_a_person_is_exported_and_erased(http: httpx.AsyncClient, store: Backend) -> None:
    ana = next(user.id for user in store.users(limit=9).items if user.name == "Ana")
    store.sign_in(ana, NewSignIn(token_hash("anas-token"), START + 1000), now_ms=START)
    own = {"Authorization": "Bearer anas-token"}
    told = await http.get(f"/users/{ana}/export", headers=own)
    assert told.json()["tables"]["users"][0]["email"] == "ana@example.org"
    ben = next(user.id for user in store.users(limit=9).items if user.name == "Ben")
    other = await http.get(f"/users/{ben}/export", headers=own)
    assert (other.status_code, other.json()["code"]) == (404, "USER_NOT_FOUND")
    assert (await http.get(f"/users/{ben}/export")).status_code == 200
    preview = (await http.get(f"/users/{ana}/erasure")).json()
    erased = (await http.post(f"/users/{ana}/erase")).json()
    assert erased["rows"] == preview["rows"]
    assert (await http.get(f"/users/{ana}/export")).json()["code"] == "USER_NOT_FOUND"
    assert (await http.get("/users/me", headers=own)).status_code == 401
    people = (await http.get("/events/e1/registrations")).json()["page"]
    assert {row["name"] for row in people} == {"Ben", "Erased person"}
    actions = [(row["action"], row["outcome"]) for row in await log(http, action="users")]
    assert actions == [
        ("users.erase", "done"),
        ("users.export", "done"),
        ("users.export", "done"),
    ]
    assert ana not in json.dumps(await log(http))
