"""What participants do themselves over HTTP, and what admins decide about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from headcount.api.auth import token_hash
from headcount.api.passwords import Passwords
from headcount.clock import ManualClock
from headcount.core.access import NewSignIn
from headcount.core.audit import AuditFilter
from headcount.core.backend import Backend

START, MINUTE, HOUR = 1_753_000_000_000, 60_000, 3_600_000
PASSWORD = "four words for tests"
NAMES = ("Ana", "Ben", "Cem")
E1 = "/events/e1"
Post = Callable[..., Awaitable[httpx.Response]]


class Person:
    """One who is signed in; sends with their own token."""

    def __init__(self, http: httpx.AsyncClient, user_id: str, token: str) -> None:
        self._http = http
        self.id = user_id
        self._headers = {"Authorization": f"Bearer {token}"}

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._http.request(method, path, json=body, headers=self._headers)
        return answer.json()


@pytest.fixture
async def people(http: httpx.AsyncClient, store: Backend) -> dict[str, Person]:
    """Ana and Ben are registered and have badges, Cem has nothing; all can sign in."""
    rows = [{"row": 2, "name": "Cem", "email": "cem@example.org", "bleUuid": ""}]
    await http.post("/users/import", json={"people": rows})
    users = {each.name: each for each in store.users(limit=9).items}
    hashed = await Passwords().hash(PASSWORD)
    for name in NAMES:
        store.set_password(users[name].id, hashed, keep="", now_ms=START)
        new = NewSignIn(token_hash(f"token-{name}"), START + 100 * HOUR)
        store.sign_in(users[name].id, new, now_ms=START)
    return {name: Person(http, users[name].id, f"token-{name}") for name in NAMES}


async def test_a_wish_waits_is_rejected_with_a_reason_and_approved_late(
    http: httpx.AsyncClient, post: Post, people: dict[str, Person], clock: ManualClock
) -> None:
    cem, mine = people["Cem"], f"{E1}/registrations/me"
    assert (await cem("GET", mine))["code"] == "REGISTRATION_NOT_FOUND"
    for _ in range(2):
        assert (await cem("POST", f"{E1}/registrations", {}))["status"] == "pending"
    badge = await cem("POST", "/users/me/badges", {})
    seen = [
        {"bleUuid": badge["bleUuid"], "checkInTime": START + n * MINUTE, "scannerId": "Door"}
        for n in range(60)
    ]
    await post({"eventId": "e1", "records": seen})

    async def decide(*rows: tuple[str, str, str]) -> Any:
        body = [{"userId": who, "status": status, "why": why} for who, status, why in rows]
        answer = await http.patch(f"{E1}/registrations", json={"registrations": body})
        return answer.json()

    assert (await decide((cem.id, "rejected", " ")))["code"] == "BODY_INVALID"
    told = await decide((cem.id, "rejected", "full"), ("nobody", "approved", ""))
    assert [row["status"] for row in told["results"]] == ["rejected", ""]
    assert told["results"][1]["problem"] == "is not registered for the event"
    assert (await cem("POST", f"{E1}/registrations", {}))["why"] == "full"
    assert (await cem("DELETE", mine))["status"] == "rejected"
    clock.advance(2 * HOUR / 1000)
    before = await cem("GET", f"{E1}/people/me")
    assert (before["registration"], before["why"]) == ("rejected", "full")
    assert (before["status"], before["sightings"]) == ("not expected", 60)
    assert before["heard"][0] == {"time": START + 59 * MINUTE, "scannerId": "Door"}
    await decide((cem.id, "approved", ""))
    after = await cem("GET", f"{E1}/people/me")
    (row,) = [
        row for row in (await http.get(f"{E1}/report")).json()["people"] if row["userId"] == cem.id
    ]
    same = ("status", "rule", "checkInTime", "sightings", "scannerId")
    assert {name: after[name] for name in same} == {name: row[name] for name in same}
    assert (after["status"], after["checkInTime"], after["why"]) == ("present", START, "")
    assert (await cem("DELETE", mine))["status"] == "cancelled"
    told = await decide((cem.id, "approved", ""))
    assert "has cancelled" in told["results"][0]["problem"]
    assert (await cem("POST", f"{E1}/registrations", {}))["code"] == "REGISTRATION_CLOSED"
    made = await http.post(f"{E1}/registrations", json={"userId": cem.id})
    assert (made.status_code, made.json()["status"]) == (201, "approved")
    (listed,) = (await cem("GET", "/users/me/registrations"))["page"]
    assert (listed["eventId"], listed["status"]) == ("e1", "approved")


async def test_an_event_may_approve_at_once_whoever_registers(
    http: httpx.AsyncClient, people: dict[str, Person]
) -> None:
    ana, ben, cem = (people[name] for name in ("Ana", "Ben", "Cem"))
    wish = f"{E1}/registrations"
    assert (await cem("POST", wish, {}))["status"] == "pending"
    full = [{"userId": ana.id, "status": "rejected", "why": "full"}]
    await http.patch(wish, json={"registrations": full})
    assert (await ben("DELETE", f"{wish}/me"))["status"] == "cancelled"
    ruled = await http.patch(E1, json={"approval": "auto"})
    assert ruled.json()["approval"] == "auto"
    kept = [await each("POST", wish, {}) for each in (ana, ben, cem)]
    assert [(each["status"], each["why"]) for each in kept] == [
        ("rejected", "full"),  # an admin's decision stays
        ("approved", ""),
        ("approved", ""),  # waited since before
    ]
    assert kept[2]["decidedAt"] is not None
    assert (await http.patch(E1, json={"approval": "byHand"})).is_success
    assert (await cem("POST", wish, {}))["status"] == "approved"


ELSEWHERE: list[tuple[str, str, dict[str, Any] | None, str]] = [
    ("GET", "/users/{other}/export", None, "USER_NOT_FOUND"),
    ("GET", "/users/{other}/badges", None, "AUTH_FORBIDDEN"),
    ("GET", "/events/e1/people/{other}", None, "AUTH_FORBIDDEN"),
    ("POST", "/events/e1/registrations", {"userId": "{other}"}, "AUTH_FORBIDDEN"),
    ("PATCH", "/events/e1/registrations", {"registrations": []}, "AUTH_FORBIDDEN"),
    ("PATCH", "/events/e1/correctionRequests/{request}", {"status": "accepted"}, "AUTH_FORBIDDEN"),
    ("POST", "/users/{other}/erase", None, "AUTH_FORBIDDEN"),
    ("GET", "/events/e1/registrations", None, "AUTH_FORBIDDEN"),
    ("GET", "/events/e1/report", None, "AUTH_FORBIDDEN"),
]
OWN = [
    "/users/me",
    "/users/me/registrations",
    "/users/me/badges",
    "/users/me/erasure",
    "/users/{id}/export",
    "/events/e1/registrations/me",
    "/events/e1/people/me",
    "/events/e1/correctionRequests",
]


async def test_a_participant_sees_and_touches_only_what_is_their_own(
    http: httpx.AsyncClient, post: Post, people: dict[str, Person], store: Backend
) -> None:
    ana, ben = people["Ana"], people["Ben"]
    for name, letter in (("Ana", "a1"), ("Ben", "b2")):
        record = {"bleUuid": letter * 16, "checkInTime": START, "scannerId": f"Door-of-{name}"}
        await post({"eventId": "e1", "records": [record]})
        text = f"secret of {name}"
        asked = await people[name]("POST", f"{E1}/correctionRequests", {"text": text})
    request = asked["id"]
    for method, path, body, code in ELSEWHERE:
        there = path.format(other=ben.id, request=request)
        given = {
            key: ben.id if value == "{other}" else value for key, value in (body or {}).items()
        }
        assert (await ana(method, there, given if body else None))["code"] == code, path
    own = ("Ana", ana.id, "secret of Ana", "a1a1a1a1", "Door-of-Ana", "ana@")
    foreign = ("Ben", ben.id, "secret of Ben", "b2b2b2b2", "Door-of-Ben", "ben@")
    for path in OWN:
        text = str(await ana("GET", path.format(id=ana.id)))
        assert any(word in text for word in (*own, "signIns", "rows")), path
        assert not [word for word in foreign if word in text], path
    both = (await http.get(f"{E1}/correctionRequests")).json()["page"]
    assert [each["name"] for each in both] == ["Ana", "Ben"]


async def test_an_accepted_request_is_a_correction_and_its_author_hears_of_it(
    http: httpx.AsyncClient, people: dict[str, Person], clock: ManualClock
) -> None:
    clock.advance(HOUR / 1000)
    ana, address = people["Ana"], f"{E1}/correctionRequests"
    came = {"text": "flat phone", "cameAt": START + MINUTE, "leftAt": START + HOUR}
    asked = [await ana("POST", address, body) for body in (came, {"text": "and"}, {"text": "no"})]

    async def decide(number: int, **decision: Any) -> Any:
        return (await http.patch(f"{address}/{asked[number]['id']}", json=decision)).json()

    done = await decide(0, status="accepted")
    assert (done["status"], done["text"], done["name"]) == ("accepted", "flat phone", "Ana")
    (made,) = (await http.get(f"{E1}/corrections")).json()["page"]
    assert (made["recordId"], made["why"], made["by"]) == (done["recordId"], "flat phone", "Ada")
    assert (made["time"], made["after"]["status"]) == (START + MINUTE, "present")
    assert (await decide(0, status="declined", why="twice"))["code"] == "REQUEST_DECIDED"
    assert (await decide(1, status="accepted"))["code"] == "REQUEST_INVALID"
    assert (await decide(1, status="accepted", kind="excused"))["status"] == "accepted"
    assert (await decide(2, status="declined"))["code"] == "BODY_INVALID"
    await decide(2, status="declined", why="nobody saw you")
    mine = (await ana("GET", address))["page"]
    assert [(each["status"], each["why"]) for each in mine] == [
        ("accepted", ""),
        ("accepted", ""),
        ("declined", "nobody saw you"),
    ]
    assert (await http.get(address, params={"status": "open"})).json()["page"] == []
    assert (await http.patch(f"{address}/none", json={"status": "accepted"})).status_code == 404
    assert (await ana("POST", address, {"text": " \n"}))["code"] == "BODY_INVALID"


async def test_a_new_badge_is_the_backends_choice_and_ends_the_lost_ones(
    people: dict[str, Person], clock: ManualClock
) -> None:
    ana = people["Ana"]
    clock.advance(60)
    assert (await ana("POST", "/users/me/badges", {"bleUuid": "b2" * 16}))["code"] == "BODY_INVALID"
    beside = await ana("POST", "/users/me/badges", {})
    last = await ana("POST", "/users/me/badges", {"endOthers": True})
    ends = {
        each["bleUuid"]: each["validTo"] for each in (await ana("GET", "/users/me/badges"))["page"]
    }
    assert len({*ends, beside["bleUuid"]}) == len(ends) >= 2
    assert [badge for badge, end in ends.items() if end is None] == [last["bleUuid"]]


async def test_an_erasure_of_oneself_needs_the_password_and_leaves_no_trace(
    people: dict[str, Person], store: Backend
) -> None:
    ana, text = people["Ana"], "a word of my own"
    await ana("POST", f"{E1}/correctionRequests", {"text": text})
    told = await ana("GET", f"/users/{ana.id}/export")
    assert told["tables"]["correctionRequests"][0]["words"] == text
    wrong = await ana("POST", "/users/me/erase", {"password": "another one, wrong"})
    assert wrong["code"] == "SIGN_IN_FAILED"
    done = await ana("POST", "/users/me/erase", {"password": PASSWORD})
    assert done["rows"]["correctionRequests"] == 1
    assert (await ana("GET", "/users/me"))["code"] == "AUTH_UNAUTHENTICATED"
    names = {each.id: each.name for each in store.users(limit=9).items}
    assert names[done["userId"]] == "Erased person"
    assert store.requests("e1", limit=9).items == []
    entries = store.audit_log(AuditFilter(action="users.erase-own"), limit=9).items
    kept = [entry for entry in entries if entry.outcome == "done"]
    assert [(entry.actor_id, entry.subject) for entry in kept] == [
        (done["userId"], f"users/{done['userId']}")
    ]
