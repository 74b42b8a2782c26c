"""/users/{id}/badges: a sighting belongs to whoever held the badge when it was heard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from headcount.clock import ManualClock
from headcount.core.backend import Backend

START, MINUTE = 1_753_000_000_000, 60_000
ANA, BEN = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1", "b2b2b2b2-b2b2-b2b2-b2b2-b2b2b2b2b2b2"
NEW = "c3c3c3c3-c3c3-c3c3-c3c3-c3c3c3c3c3c3"
Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def users(http: httpx.AsyncClient) -> dict[str, str]:
    """The addresses of people's badges."""
    page = (await http.get("/events/e1/registrations")).json()["page"]
    return {row["name"]: f"/users/{row['userId']}/badges" for row in page}


async def hear(post: Post, badge: str, *minutes: int) -> dict[str, Any]:
    records = [
        {"bleUuid": badge, "checkInTime": START + at * MINUTE, "scannerId": "Door"}
        for at in minutes
    ]
    answer: dict[str, Any] = (await post({"eventId": "e1", "records": records})).json()
    assert answer["status"] == "success"
    return answer


async def told(http: httpx.AsyncClient) -> dict[str, tuple[int | None, int]]:
    """Minute of the check-in, and the number of sightings; of a stranger's badge None."""
    report = (await http.get("/events/e1/report")).json()
    people = {
        row["name"]: (
            row["checkInTime"] and (row["checkInTime"] - START) // MINUTE,
            row["sightings"],
        )
        for row in report["people"]
    }
    return people | {row["bleUuid"]: (None, row["sightings"]) for row in report["unknown"]}


async def periods(http: httpx.AsyncClient, address: str) -> list[tuple[Any, ...]]:
    page = (await http.get(address)).json()["page"]
    return [tuple(row.values()) for row in page]


@pytest.mark.parametrize("order", ["before", "after"])
async def test_a_replaced_phone_keeps_its_past(
    http: httpx.AsyncClient,
    post: Post,
    users: dict[str, str],
    clock: ManualClock,
    store: Backend,
    order: str,
) -> None:
    clock.advance(20 * 60)
    replaced = START + 20 * MINUTE
    row = {"row": 2, "name": "Ana", "email": "ana@example.org", "bleUuid": NEW}

    async def heard() -> None:
        await hear(post, ANA, 5, 15, 25)
        await hear(post, NEW, 10, 30)

    if order == "before":
        await heard()
    imported = (await http.post("/users/import", json={"people": [row]})).json()
    assert (imported["updated"], imported["errors"]) == (1, [])
    if order == "after":
        await heard()
    assert await told(http) == {"Ana": (5, 4), "Ben": (None, 0), ANA: (None, 1)}
    assert await periods(http, users["Ana"]) == [
        (ANA, None, replaced, "import"),
        (NEW, None, None, "import"),
    ]
    roster = (await http.get("/events/e1/registrations")).json()["page"]
    assert [each["bleUuids"] for each in roster] == [[NEW], [BEN]]
    recent = {
        ((row.check_in_time - START) // MINUTE, row.name)
        for row in store.recent_records("e1", limit=9)
    }
    assert recent == {(5, "Ana"), (10, "Ana"), (15, "Ana"), (25, ""), (30, "Ana")}


async def test_a_badge_passes_on_and_each_keeps_what_was_heard_in_their_time(
    http: httpx.AsyncClient, post: Post, users: dict[str, str], clock: ManualClock
) -> None:
    clock.advance(40 * 60)
    await hear(post, ANA, 5, 25)
    ended = await http.delete(f"{users['Ana']}/{ANA}", params={"validTo": START + 10 * MINUTE})
    assert (ended.status_code, ended.json()["validTo"]) == (200, START + 10 * MINUTE)
    assert await told(http) == {"Ana": (5, 1), "Ben": (None, 0), ANA: (None, 1)}
    given = await http.post(users["Ben"], json={"bleUuid": ANA, "validFrom": START + 20 * MINUTE})
    assert (given.status_code, given.json()["addedBy"]) == (201, "Ada")
    await hear(post, ANA, 4, 12, 22)
    assert await told(http) == {"Ana": (4, 2), "Ben": (22, 2), ANA: (None, 1)}
    assert await periods(http, users["Ben"]) == [
        (BEN, None, None, "import"),
        (ANA, START + 20 * MINUTE, None, "Ada"),
    ]


async def test_a_badge_that_was_heard_before_becomes_theirs(
    http: httpx.AsyncClient, post: Post, users: dict[str, str]
) -> None:
    assert (await hear(post, NEW, 3))["unknown"] == 1
    for _ in range(2):
        given = await http.post(users["Ana"], json={"bleUuid": NEW.upper().replace("-", "")})
        assert given.json() == {
            "bleUuid": NEW,
            "validFrom": None,
            "validTo": None,
            "addedBy": "Ada",
        }
    assert await told(http) == {"Ana": (3, 1), "Ben": (None, 0)}
    assert len(await periods(http, users["Ana"])) == 2


async def test_a_badge_given_out_at_the_door_is_listed_and_can_be_ended(
    http: httpx.AsyncClient, post: Post, users: dict[str, str], clock: ManualClock
) -> None:
    clock.advance(30 * 60)
    user = users["Ana"].split("/")[2]
    act = {"kind": "assign", "id": "a1", "user": user, "bleUuid": NEW, "by": "Eve"}
    record = {**act, "checkInTime": START + 10 * MINUTE, "scannerId": "Door"}
    await post({"eventId": "e1", "records": [record]})
    assert await periods(http, users["Ana"]) == [
        (ANA, None, START + 10 * MINUTE, "import"),
        (NEW, None, None, "Eve"),
    ]
    assert (await http.delete(f"{users['Ana']}/{NEW}")).status_code == 200
    await hear(post, NEW, 20, 30)
    assert await told(http) == {"Ana": (20, 1), "Ben": (None, 0), NEW: (None, 1)}


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("Ben", {"bleUuid": ANA}, "BADGE_TAKEN"),
        ("Ben", {"bleUuid": ANA, "validFrom": START - 9, "validTo": START - 5}, "BADGE_TAKEN"),
        ("Ana", {"bleUuid": ANA, "validFrom": START - 9}, "BADGE_TAKEN"),
        ("Ben", {"bleUuid": "x"}, "BODY_INVALID"),
        ("Ben", {"bleUuid": "0" * 32}, "BODY_INVALID"),
        ("Ben", {"bleUuid": NEW, "validFrom": START + 1}, "BODY_INVALID"),
        ("Ben", {"bleUuid": NEW, "validTo": START + 1}, "BODY_INVALID"),
        ("Ben", {"bleUuid": NEW, "validFrom": 5, "validTo": 4}, "BODY_INVALID"),
    ],
)
async def test_two_people_cannot_hold_a_badge_at_one_time(
    http: httpx.AsyncClient, users: dict[str, str], name: str, body: dict[str, Any], code: str
) -> None:
    answer = await http.post(users[name], json=body)
    assert answer.json()["code"] == code
    assert code != "BADGE_TAKEN" or "Ana ana@example.org holds" in answer.json()["detail"]
    assert await periods(http, users["Ben"]) == [(BEN, None, None, "import")]


async def test_what_is_not_held_cannot_be_ended(
    http: httpx.AsyncClient, users: dict[str, str]
) -> None:
    for badge in (NEW, BEN, "x"):
        answer = await http.delete(f"{users['Ana']}/{badge}")
        assert (answer.status_code, answer.json()["code"]) == (404, "BADGE_NOT_FOUND")
    later = {"validTo": START + 1}
    assert (await http.delete(f"{users['Ana']}/{ANA}", params=later)).status_code == 400
    assert (await http.get("/users/nobody/badges")).json()["code"] == "USER_NOT_FOUND"
