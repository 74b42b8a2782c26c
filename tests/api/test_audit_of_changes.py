"""Each address that changes something: one entry when it does, none when it is refused."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from headcount.api.audit import What
from headcount.api.resources import ENDPOINTS
from headcount.clock import ManualClock

START = 1_753_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
STRANGER = "d4" * 16
NEW = "c3c3c3c3-c3c3-c3c3-c3c3-c3c3c3c3c3c3"
ROW = {"row": 2, "name": "Cy", "email": "cy@example.org", "bleUuid": ""}
FILE = {"name": "users.csv", "text": "name,email\nDi,di@example.org\n"}
REGISTRATIONS = "/events/e1/registrations"
REQUESTS = "/events/e1/correctionRequests"

CHANGES: tuple[tuple[str, str, str, Any, str, Any], ...] = (
    # action, method, address, body; the same refused: address (empty: the same), body
    ("events.create", "POST", "/events", {"name": "N", "start": 1, "end": 2, "id": "n"}, "", {}),
    ("events.update", "PATCH", "/events/n", {"description": "d"}, "/events/x", {"name": "M"}),
    ("insights.generate", "POST", "/insights/generate", {"eventId": "e1"}, "", {"eventId": "x"}),
    ("insights.dismiss", "POST", "/insights/{insight}/dismiss", {"why": "known"}, "", {"why": ""}),
    ("insights.reopen", "POST", "/insights/{insight}/reopen", {}, "/insights/x/reopen", {}),
    ("insights.comment", "POST", "/insights/{insight}/comments", {"text": "so"}, "", {}),
    ("feedback.create", "POST", "/feedback", {"text": "good"}, "", {"text": "", "rating": 9}),
    (
        "feedback.moderate",
        "PATCH",
        "/feedback/{feedback}",
        {"status": "published"},
        "/feedback/x",
        {"status": "published"},
    ),
    (
        "corrections.create",
        "POST",
        "/events/e1/corrections",
        {"kind": "manual", "why": "late", "userId": "{ana}"},
        "",
        {"kind": "manual", "why": "late", "userId": "x"},
    ),
    (
        "scanSessions.delete",
        "DELETE",
        "/scanSessions/{session}?why=test",
        None,
        "/scanSessions/999?why=test",
        None,
    ),
    (
        "scanSessions.restore",
        "POST",
        "/scanSessions/{session}/restore",
        {},
        "/scanSessions/999/restore",
        {},
    ),
    (
        "closeOut.accept",
        "POST",
        "/events/e1/closeOut/accept",
        {"findings": ["{finding}"]},
        "",
        {"findings": ["x"]},
    ),
    (
        "closeOut.takeBack",
        "POST",
        "/events/e1/closeOut/takeBack",
        {"findings": ["{finding}"]},
        "",
        {"findings": ["x"]},
    ),
    (
        "closeOut.seal",
        "POST",
        "/events/e1/closeOut/seal",
        {"digest": "{digest}"},
        "",
        {"digest": "0" * 64},
    ),
    ("users.import", "POST", "/users/import", {"people": [ROW]}, "", {"people": 5}),
    ("seed", "POST", "/seed", {"files": [FILE]}, "", {"files": 5}),
    ("registrations.create", "POST", REGISTRATIONS, {"userId": "{cy}"}, "", {"userId": "x"}),
    (
        "registrations.decide",
        "PATCH",
        REGISTRATIONS,
        {"registrations": [{"userId": "{cy}", "status": "rejected", "why": "full"}]},
        "",
        {"registrations": [{"userId": "{cy}", "status": "rejected"}]},
    ),
    (
        "registrations.cancel",
        "DELETE",
        f"{REGISTRATIONS}/me",
        None,
        "/events/x/registrations/me",
        None,
    ),
    ("correctionRequests.create", "POST", REQUESTS, {"text": "I was there."}, "", {"text": ""}),
    (
        "correctionRequests.decide",
        "PATCH",
        f"{REQUESTS}/{{request}}",
        {"status": "declined", "why": "no"},
        f"{REQUESTS}/x",
        {"status": "declined", "why": "no"},
    ),
    ("badges.ask", "POST", "/users/me/badges", {}, "", {"x": 1}),
    ("rotation.create", "POST", "/users/{ana}/rotation", {}, "/users/x/rotation", {}),
    ("users.set-role", "PATCH", "/users/{ana}", {"role": "operator"}, "", {"role": "king"}),
    ("users.reject", "POST", "/users/{ana}/reject", {}, "/users/x/reject", {}),
    ("users.approve", "POST", "/users/{ana}/approve", {}, "/users/x/approve", {}),
    ("badges.give", "POST", "/users/{ana}/badges", {"bleUuid": NEW}, "", {"bleUuid": "x"}),
    (
        "badges.end",
        "DELETE",
        f"/users/{{ana}}/badges/{NEW}",
        None,
        f"/users/{{ana}}/badges/{STRANGER}",
        None,
    ),
    ("scanners.pairing-code", "POST", "/scanners/pairingCodes", {"name": "East"}, "", {"name": 1}),
    (
        "scanners.set",
        "PATCH",
        "/scanners/East",
        {"gate": "East door", "settings": {"minRssi": -70}},
        "/scanners/x",
        {"gate": "x"},
    ),
    ("fleet.set", "PATCH", "/scanners", {"settings": {"minHits": 1}}, "", {"settings": {"x": 1}}),
    ("scanners.revoke", "POST", "/scanners/East/revoke", {}, "/scanners/x/revoke", {}),
    ("users.erase", "POST", "/users/{ana}/erase", {}, "/users/x/erase", {}),
    ("backups.create", "POST", "/backups", None, "/backups/x.sqlite3", None),
    (
        "backups.verify",
        "POST",
        "/backups/{backup}/verify",
        None,
        "/backups/x.sqlite3/verify",
        None,
    ),
    ("data.purge", "POST", "/purge", {"digest": "{plan}"}, "", {"digest": "0" * 64}),
    ("auth.sign-out", "POST", "/auth/signOut", {}, "", {}),
)

Post = Callable[..., Awaitable[httpx.Response]]


async def test_one_entry_for_each_change_and_none_for_what_was_refused(
    http: httpx.AsyncClient, post: Post, clock: ManualClock
) -> None:
    changing = {e.audit.action for e in ENDPOINTS if e.audit and e.audit.what is What.CHANGE}
    assert {action for action, *_ in CHANGES} == changing
    words = await prepare(http, post, clock)
    for action, method, address, body, other, wrong in CHANGES:
        before = await written(http)
        if action != "auth.sign-out":
            refused = await http.request(method, filled(other or address, words), json=wrong)
            assert (action, refused.status_code // 100) == (action, 4), refused.text
            assert await written(http) == before
        answer = await http.request(method, filled(address, words), json=filled(body, words))
        assert (action, answer.status_code // 100) == (action, 2), answer.text
        if action == "auth.sign-out":
            continue  # whoever could read the log is signed out
        assert (await written(http))[: -len(before) or None] == [action]
        words |= await made(http, action, answer)
        if action == "registrations.decide":
            await http.post(REGISTRATIONS, json={"userId": words["ada"]})  # to be cancelled


async def written(http: httpx.AsyncClient) -> list[str]:
    """The changes in the log, the newest first."""
    actions = {action for action, *_ in CHANGES}
    page = (await http.get("/auditLog", params={"limit": 200})).json()["page"]
    return [row["action"] for row in page if row["action"] in actions]


def filled(body: Any, words: dict[str, str]) -> Any:
    """An address or a body with the ids that are known by now."""
    text = json.dumps(body)
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return json.loads(text)


async def made(http: httpx.AsyncClient, action: str, answer: httpx.Response) -> dict[str, str]:
    """What later addresses need of an answer."""
    if action == "insights.generate":
        listed = await http.get("/insights", params={"eventId": "e1"})
        return {"insight": listed.json()["page"][0]["id"]}
    names = {
        "feedback.create": "feedback",
        "correctionRequests.create": "request",
        "backups.create": "backup",
    }
    if name := names.get(action):
        return {name: answer.json().get("id") or answer.json()["name"]}
    if action == "scanSessions.restore":
        found = (await http.get("/events/e1/closeOut")).json()
        return {"finding": found["findings"][0]["id"]}
    if action == "closeOut.takeBack":
        found = (await http.get("/events/e1/closeOut")).json()
        every = {"findings": [each["id"] for each in found["findings"]]}
        accepted = await http.post("/events/e1/closeOut/accept", json=every)
        return {"digest": accepted.json()["digest"]}
    if action == "users.import":
        users = (await http.get("/users")).json()["page"]
        return {each["name"].lower(): each["id"] for each in users if each["name"] in {"Cy", "Ada"}}
    if action == "scanners.pairing-code":
        code = answer.json()["code"]
        await http.post("/scanners/pair", json={"code": code, "name": "East"})
    return {}


async def prepare(http: httpx.AsyncClient, post: Post, clock: ManualClock) -> dict[str, str]:
    known = {"startedAt": START, "coveredUntil": START + HOUR, "endedAt": START + HOUR}
    session = {"id": "s", "scannerId": "North", **known}
    records = [
        {"bleUuid": badge, "checkInTime": START + MINUTE, "scannerId": "North"}
        for badge in (ANA, STRANGER)
    ]
    answer = await post({"eventId": "e1", "records": records, "sessions": [session]})
    assert answer.status_code == 200, answer.text
    old = {"name": "Long ago", "start": 1, "end": 2, "id": "old"}
    await http.post("/events", json=old)
    records = [{"bleUuid": STRANGER, "checkInTime": 1, "scannerId": "North"}]
    assert (await post({"eventId": "old", "records": records})).status_code == 200
    clock.advance(10 * HOUR / 1000)
    users = (await http.get("/users")).json()["page"]
    sessions = (await http.get("/scanSessions", params={"eventId": "e1"})).json()["page"]
    ana = next(user["id"] for user in users if user["name"] == "Ana")
    plan = (await http.get("/purge")).json()["digest"]
    return {"ana": ana, "session": sessions[0]["id"], "plan": plan}
