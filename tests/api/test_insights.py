"""/insights: generated, paged, dismissed, commented; and told by another program."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp
from tests.api.test_webhooks import SECRET, headers_of, signature

from headcount.api.access import Access
from headcount.api.app import create_app
from headcount.clock import ManualClock
from headcount.core.backend import Backend, Batch, BatchRecord, PersonRow
from headcount.core.identity import from_bytes
from headcount.core.model import ScanSession

START = 1_753_000_000_000
HOUR = 3_600_000
ANA = from_bytes(b"\xa1" * 16)


@pytest.fixture
def app(store: Backend, clock: ManualClock) -> ASGIApp:
    return create_app(store, clock=clock, scanner_key="k", access=Access(insights_secret=SECRET))


@pytest.fixture
def over(store: Backend, clock: ManualClock) -> None:
    """The event is over: Ana came, Ben did not."""
    session = ScanSession("s", "Door", START, START + HOUR, START + HOUR)
    record = BatchRecord(ANA, START, "Door", 0)
    store.merge_batch(Batch("e1", [record], (), [session]), received_ms=START + HOUR)
    clock.advance(2 * 3600)


async def listed(http: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await http.get("/insights", params={"eventId": "e1", **query})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["page"]
    return rows


async def generate(http: httpx.AsyncClient) -> dict[str, int]:
    counts: dict[str, int] = (await http.post("/insights/generate", json={"eventId": "e1"})).json()
    return counts


@pytest.mark.usefixtures("over")
async def test_what_is_found_is_kept_and_follows_the_facts(
    http: httpx.AsyncClient, store: Backend, clock: ManualClock
) -> None:
    assert await generate(http) == {"found": 1, "new": 1, "gone": 0}
    (first,) = await listed(http)
    assert first["sentence"] == "1 of 2 registered people did not come (50 %)."
    (ben,) = [user.id for user in store.users(limit=9).items if user.name == "Ben"]
    assert first["rows"] == [{"kind": "person", "id": ben}]
    clock.advance(60)
    assert await generate(http) == {"found": 1, "new": 0, "gone": 0}
    assert await listed(http) == [first]
    people = [PersonRow(2, "Cid", "cid@example.org", "")]
    store.import_people(people, event_id="e1", now_ms=START)
    assert await generate(http) == {"found": 1, "new": 0, "gone": 0}
    (changed,) = await listed(http)
    assert changed["numbers"] == {"people": 2, "registered": 3, "percent": 67}
    assert (changed["id"], changed["createdAt"]) == (first["id"], first["createdAt"])
    assert changed["updatedAt"] == first["updatedAt"] + 60_000
    late = BatchRecord(from_bytes(b"\xb2" * 16), START + 1, "Door", 0)
    store.merge_batch(Batch("e1", [late]), received_ms=START + HOUR)
    cid = [PersonRow(2, "Cid", "cid@example.org", from_bytes(b"\xc3" * 16))]
    store.import_people(cid, now_ms=START)
    seen = BatchRecord(from_bytes(b"\xc3" * 16), START + 1, "Door", 0)
    store.merge_batch(Batch("e1", [seen]), received_ms=START + HOUR)
    assert await generate(http) == {"found": 0, "new": 0, "gone": 1}
    (gone,) = await listed(http)
    assert gone["holds"] is False


@pytest.mark.usefixtures("over")
async def test_a_dismissal_has_who_when_and_why_and_stays(
    http: httpx.AsyncClient, clock: ManualClock
) -> None:
    await generate(http)
    (insight,) = await listed(http)
    me = (await http.get("/users/me")).json()["id"]
    at = f"/insights/{insight['id']}"
    assert (await http.post(f"{at}/dismiss", json={"why": " \u202e "})).status_code == 400
    dismissed = (await http.post(f"{at}/dismiss", json={"why": "known\u202e"})).json()
    told = {name: dismissed[name] for name in ("status", "statusBy", "statusAt", "why")}
    now = clock.now().wall_ms
    assert told == {"status": "dismissed", "statusBy": me, "statusAt": now, "why": "known"}
    said = await http.post(f"{at}/comments", json={"text": "It\nrained.\x1b[31m"})
    assert said.status_code == 201
    (comment,) = said.json()["comments"]
    assert comment == {"userId": me, "name": "Ada", "at": now, "text": "It rained.[31m"}
    await generate(http)
    assert await listed(http, status="open") == []
    (kept,) = await listed(http, status="dismissed")
    assert (kept["why"], kept["comments"]) == ("known", [comment])
    assert (await http.post(f"{at}/reopen", json={})).json()["status"] == "open"


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/insights", None, (400, "QUERY_INVALID")),
        ("GET", "/insights?eventId=e9", None, (404, "EVENT_NOT_FOUND")),
        ("GET", "/insights?eventId=%00", None, (404, "EVENT_NOT_FOUND")),
        ("GET", "/insights?eventId=e1&status=x", None, (400, "QUERY_INVALID")),
        ("GET", "/insights?eventId=e1&cursor=x", None, (400, "QUERY_INVALID")),
        ("POST", "/insights/generate", {"eventId": "e9"}, (404, "EVENT_NOT_FOUND")),
        ("POST", "/insights/none/dismiss", {"why": "x"}, (404, "INSIGHT_NOT_FOUND")),
        ("POST", "/insights/%00/dismiss", {"why": "x"}, (404, "INSIGHT_NOT_FOUND")),
        ("POST", "/insights/none/reopen", {"because": "x"}, (400, "BODY_INVALID")),
        ("POST", "/insights/none/comments", {"text": ""}, (400, "BODY_INVALID")),
    ],
)
async def test_what_is_wrong_is_named(
    http: httpx.AsyncClient, method: str, path: str, body: Any, expected: tuple[int, str]
) -> None:
    answer = await http.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == expected


async def test_pages_of_insights_have_each_once(http: httpx.AsyncClient) -> None:
    for number in range(5):
        await send(http, told(id=f"i{number}"), f"msg_{number}")
    seen: list[str] = []
    cursor = ""
    while True:
        query = {"eventId": "e1", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await http.get("/insights", params=query)).json()
        seen += [row["id"] for row in page["page"]]
        cursor = page["continueCursor"]
        if page["isDone"]:
            break
    assert seen == [row["id"] for row in await listed(http)]
    assert len(set(seen)) == 5


def told(kind: str = "created", **data: Any) -> dict[str, Any]:
    members = {"eventId": "e1", "id": "i1", "sentence": "Coffee was\u202e out.", "source": "survey"}
    return {"type": f"insight.{kind}", "data": members | data}


async def send(
    http: httpx.AsyncClient, document: Any, message_id: str = "msg_1", *, sent: int = START // 1000
) -> httpx.Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    signed = signature(message_id, str(sent), body)
    headers = headers_of("webhook", message_id, str(sent), signed) | {"Authorization": ""}
    return await http.post("/webhooks/insights", content=body, headers=headers)


async def test_a_message_is_kept_once_and_clean(http: httpx.AsyncClient) -> None:
    rows = [{"kind": "badge", "id": ANA.upper()}, {"kind": "scanner", "id": "Door\x1b"}]
    document = told(numbers={"cups": 0}, rows=rows, severity="warning", extra=1)
    assert (await send(http, document)).json() == {"status": "applied"}
    (kept,) = await listed(http)
    assert kept["sentence"] == "Coffee was out."
    assert (kept["kind"], kept["source"], kept["severity"]) == ("external", "survey", "warning")
    assert kept["rows"] == [{"kind": "badge", "id": ANA}, {"kind": "scanner", "id": "Door"}]
    again = await send(http, document)
    assert (again.status_code, again.json()["code"]) == (400, "MESSAGE_REPLAYED")
    assert (await send(http, document, sent=START // 1000 + 9)).json() == {"status": "duplicate"}
    await generate(http)
    assert [row["id"] for row in await listed(http) if row["holds"]] == [kept["id"]]


async def test_newer_messages_win_in_any_order_and_a_withdrawal_stays_on_record(
    http: httpx.AsyncClient,
) -> None:
    now = START // 1000
    await send(http, told("updated", sentence="Newer."), "msg_2", sent=now + 5)
    await send(http, told(sentence="Older."), "msg_1", sent=now)
    (kept,) = await listed(http)
    assert kept["sentence"] == "Newer."
    gone = {"type": "insight.deleted", "data": {"eventId": "e1", "id": "i1", "source": "survey"}}
    assert (await send(http, gone, "msg_3", sent=now + 6)).json() == {"status": "applied"}
    (kept,) = await listed(http)
    assert (kept["sentence"], kept["holds"]) == ("Newer.", False)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"[]", (400, "BODY_INVALID")),
        (b"{", (400, "BODY_NOT_JSON")),
        ({"type": "user.created", "data": {}}, (200, "ignored")),
        ({"type": "insight.created"}, (400, "BODY_INVALID")),
        (told(eventId="e9"), (404, "EVENT_NOT_FOUND")),
        (told(eventId="../x"), (404, "EVENT_NOT_FOUND")),
        (told(id=""), (400, "BODY_INVALID")),
        (told(id=7), (400, "BODY_INVALID")),
        (told(sentence="\u202e"), (400, "BODY_INVALID")),
        (told(severity="fatal"), (400, "BODY_INVALID")),
        (told(severity=[]), (400, "BODY_INVALID")),
        (told(numbers={"x": 1.5}), (400, "BODY_INVALID")),
        (told(numbers={"x": True}), (400, "BODY_INVALID")),
        (told(numbers={"x": 2**63}), (400, "BODY_INVALID")),
        (told(rows=[{"kind": "badge", "id": "x"}]), (400, "BODY_INVALID")),
        (told(rows=[{"kind": ["person"], "id": "x"}]), (400, "BODY_INVALID")),
        (told(rows=["x"] * 2000), (400, "BODY_INVALID")),
    ],
    ids=str,
)
async def test_a_signed_message_of_any_shape_gets_an_answer(
    http: httpx.AsyncClient, document: Any, expected: tuple[int, str]
) -> None:
    answer = await send(http, document)
    words = answer.json()
    assert (answer.status_code, words.get("code") or words["status"]) == expected


@pytest.fixture
async def other(store: Backend, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    """A backend that knows the identity provider's secret, and another one for insights."""
    secret = "whsec_" + base64.b64encode(b"another secret, of 32 bytes long").decode()
    rules = Access(issuer="https://id.example.org", webhook_secret=SECRET, insights_secret=secret)
    app = create_app(store, clock=clock, scanner_key="k", access=rules)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://b") as web:
        yield web


async def test_the_identity_providers_secret_signs_no_insights(other: httpx.AsyncClient) -> None:
    assert (await send(other, told())).json()["code"] == "MESSAGE_REFUSED"


async def test_a_late_or_altered_message_is_refused(http: httpx.AsyncClient) -> None:
    late = await send(http, told(), sent=START // 1000 - 301)
    assert (late.status_code, late.json()["code"]) == (401, "MESSAGE_REFUSED")
    body, sent = json.dumps(told()).encode(), str(START // 1000)
    headers = headers_of("svix", "m", sent, signature("m", sent, body + b" "))
    altered = await http.post("/webhooks/insights", content=body, headers=headers)
    assert altered.status_code == 401
    assert await listed(http) == []
