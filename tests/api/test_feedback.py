"""/feedback: said by anybody who is signed in, read by its author and admins, moderated."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from headcount.api.auth import token_hash
from headcount.clock import ManualClock
from headcount.core.backend import Backend, Role

START = 1_753_000_000_000
WORDS = {"eventId": "e1", "rating": 4, "text": "The north\ndoor was locked.\u202e"}


@pytest.fixture
def ana(store: Backend) -> dict[str, str]:
    """The headers of a person without a role."""
    secret = "anas-token"
    user = store.create_admin("Ana", "ana@example.org", token_hash=token_hash(secret), now_ms=START)
    store.set_role(user.id, Role.USER)
    return {"Authorization": f"Bearer {secret}"}


async def say(http: httpx.AsyncClient, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    answer = await http.post("/feedback", json=WORDS | more, headers=headers)
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def listed(http: httpx.AsyncClient, query: str = "", **headers: str) -> list[dict[str, Any]]:
    answer = await http.get(f"/feedback{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["page"]
    return rows


async def test_each_reads_their_own_and_an_admin_everybodys(
    http: httpx.AsyncClient, ana: dict[str, str]
) -> None:
    said = await say(http, ana)
    assert (said["text"], said["name"], said["status"]) == (
        "The north door was locked.",
        "Ana",
        "new",
    )
    general = (await http.post("/feedback", json={"text": "Thanks."})).json()
    assert (general["eventId"], general["rating"]) == ("", None)
    assert await listed(http, "", **ana) == [said]
    assert await listed(http) == [said, general]
    assert await listed(http, "?eventId=e1") == [said]
    assert await listed(http, "?status=hidden") == []


async def test_an_admin_moderates_and_the_author_reads_why(
    http: httpx.AsyncClient, ana: dict[str, str], clock: ManualClock
) -> None:
    said = await say(http, ana)
    at = f"/feedback/{said['id']}"
    assert (await http.patch(at, json={"status": "hidden"})).status_code == 400
    clock.advance(5)
    hidden = (await http.patch(at, json={"status": "hidden", "why": "a name\x07"})).json()
    assert (hidden["status"], hidden["why"], hidden["moderatedAt"]) == (
        "hidden",
        "a name",
        START + 5000,
    )
    assert await listed(http, "?status=hidden", **ana) == [hidden]
    shown = (await http.patch(at, json={"status": "published"})).json()
    assert (shown["status"], shown["why"]) == ("published", "")
    assert shown["moderatedBy"] == (await http.get("/users/me")).json()["id"]
    assert (await http.patch(at, json={"status": "published"}, headers=ana)).status_code == 403


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": " \u200b "}, (400, "BODY_INVALID")),
        ({"text": "x" * 2001}, (400, "BODY_INVALID")),
        ({"text": "x", "rating": 0}, (400, "BODY_INVALID")),
        ({"text": "x", "rating": 6}, (400, "BODY_INVALID")),
        ({"text": "x", "rating": "5"}, (400, "BODY_INVALID")),
        ({"text": "x", "stars": 5}, (400, "BODY_INVALID")),
        ({"text": "x", "eventId": "e9"}, (404, "EVENT_NOT_FOUND")),
        ({"text": "x", "eventId": "\0"}, (404, "EVENT_NOT_FOUND")),
    ],
)
async def test_what_is_wrong_is_refused_and_nothing_is_kept(
    http: httpx.AsyncClient, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = await http.post("/feedback", json=body)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert await listed(http) == []


async def test_feedback_that_is_not_there(http: httpx.AsyncClient) -> None:
    answer = await http.patch("/feedback/none", json={"status": "published"})
    assert (answer.status_code, answer.json()["code"]) == (404, "FEEDBACK_NOT_FOUND")
    assert (await http.get("/feedback?status=old")).json()["code"] == "QUERY_INVALID"


async def test_one_person_can_not_flood_and_others_go_on(
    http: httpx.AsyncClient, ana: dict[str, str], clock: ManualClock
) -> None:
    for _ in range(20):
        await say(http, ana)
    refused = await http.post("/feedback", json=WORDS, headers=ana)
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_TRIES")
    assert refused.headers["retry-after"] == "60"
    assert (await http.post("/feedback", json=WORDS)).status_code == 201
    clock.advance(61)
    await say(http, ana)
