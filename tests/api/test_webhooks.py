"""POST /webhooks/users: signatures, replays, and what becomes of people."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from headcount.api.access import Access
from headcount.api.app import create_app
from headcount.api.problems import Problem
from headcount.api.webhooks import signer, verify
from headcount.clock import ManualClock
from headcount.core.backend import Backend
from headcount.core.errors import UsageError

START = 1_753_000_000_000
SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes!").decode()
ISSUER = "https://id.example.org"

# Published by Svix: https://docs.svix.com/receiving/verifying-payloads/how-manual, and the test
# vector of its libraries, which Standard Webhooks took over.
VECTORS = [
    (
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        "1731705121",
        '{"event_type":"ping","data":{"success":true}}',
        "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    ),
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        '{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
]


def headers_of(prefix: str, message_id: str, sent: str, signature: str) -> dict[str, str]:
    return {
        f"{prefix}-id": message_id,
        f"{prefix}-timestamp": sent,
        f"{prefix}-signature": signature,
    }


@pytest.mark.parametrize("prefix", ["webhook", "svix"])
@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("late_s", [-300, 0, 300])
def test_published_signatures_verify(
    vector: tuple[str, str, str, str, str], prefix: str, late_s: int
) -> None:
    secret, message_id, sent, body, signature = vector
    headers = headers_of(prefix, message_id, sent, signature)
    message = verify(secret, headers, body.encode(), (int(sent) + late_s) * 1000)
    assert message == (message_id, int(sent) * 1000, body)
    rotated = f"v1,{'A' * 43}= v1a,ed25519 v2,x nonsense {signature}"
    headers = headers_of(prefix, message_id, sent, rotated)
    assert verify(secret, headers, body.encode(), int(sent) * 1000).id == message_id


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: (*v[:3], v[3] + " ", v[4]),
        lambda v: (*v[:3], v[3].replace("t", "T", 1), v[4]),
        lambda v: (v[0], v[1] + "x", *v[2:]),
        lambda v: (v[0], "", *v[2:]),
        lambda v: (v[0], v[1], str(int(v[2]) + 1), v[3], v[4]),
        lambda v: (*v[:4], v[4].replace("v1,", "v2,")),
        lambda v: (*v[:4], v[4][:-3]),
        lambda v: (*v[:4], ""),
        lambda v: (SECRET, *v[1:]),
        lambda v: ("", *v[1:]),
    ],
    ids=range(10),
)
def test_an_altered_message_is_refused(
    vector: tuple[str, str, str, str, str], spoil: Callable[[Any], Any]
) -> None:
    secret, message_id, sent, body, signature = spoil(vector)
    headers = headers_of("webhook", message_id, sent, signature)
    with pytest.raises(Problem, match="not accepted"):
        verify(secret, headers, body.encode(), int(vector[2]) * 1000)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", "geheim-ü"])
def test_a_secret_that_is_none_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(UsageError) as caught:
        signer(secret)
    assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(
        caught.value
    )


@pytest.fixture
async def web(store: Backend, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    rules = Access(issuer=ISSUER, webhook_secret=SECRET)
    app = create_app(store, clock=clock, scanner_key="k", access=rules)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://backend"
    ) as web:
        yield web


def signature(message_id: str, sent: str, body: bytes) -> str:
    """Written out here, so that the library is not compared with itself."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = message_id.encode() + b"." + sent.encode() + b"." + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


async def send(
    web: httpx.AsyncClient,
    document: object,
    message_id: str = "msg_1",
    *,
    sent: str = str(START // 1000),
    prefix: str = "svix",
) -> httpx.Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = headers_of(prefix, message_id, sent, signature(message_id, sent, body))
    return await web.post("/webhooks/users", content=body, headers=headers)


def person(
    kind: str = "created",
    *,
    subject: str = "user_1",
    email: str = "eve@example.org",
    first: str = "Eve",
    verified: str = "verified",
    updated: int = START,
) -> dict[str, Any]:
    """A message in the shape of Clerk."""
    address = {"id": "idn_1", "email_address": email, "verification": {"status": verified}}
    return {
        "type": f"user.{kind}",
        "object": "event",
        "data": {
            "id": subject,
            "first_name": first,
            "last_name": "Ex",
            "primary_email_address_id": "idn_1",
            "email_addresses": [{"id": "idn_0", "email_address": "old@example.org"}, address],
            "updated_at": updated,
        },
    }


def told(answer: httpx.Response) -> str:
    document = answer.json()
    return str(document.get("code") or document["status"])


def names(store: Backend) -> dict[str, str]:
    return {user.email: user.name for user in store.users(limit=99).items}


async def test_a_person_comes_changes_and_goes(web: httpx.AsyncClient, store: Backend) -> None:
    assert told(await send(web, person())) == "applied"
    assert names(store)["eve@example.org"] == "Eve Ex"
    later = person("updated", email="eva@example.org", first="Eva", updated=START + 1)
    assert told(await send(web, later, "msg_2")) == "applied"
    assert "eve@example.org" not in names(store)
    assert names(store)["eva@example.org"] == "Eva Ex"
    gone = {"type": "user.deleted", "data": {"id": "user_1", "deleted": True}}
    assert told(await send(web, gone, "msg_3")) == "applied"
    statuses = {user.email: user.status for user in store.users(limit=99).items}
    assert statuses["eva@example.org"] == "rejected"
    back = person("updated", email="back@example.org", updated=START + 9)
    assert told(await send(web, back, "msg_4")) == "applied"
    assert "back@example.org" not in names(store)


async def test_a_replayed_message_is_refused_and_has_no_second_effect(
    web: httpx.AsyncClient, store: Backend, clock: ManualClock
) -> None:
    assert told(await send(web, person())) == "applied"
    await send(web, person("updated", first="Later", updated=START + 5), "msg_2")
    for prefix in ("svix", "webhook"):
        replayed = await send(web, person(), prefix=prefix)
        assert (replayed.status_code, told(replayed)) == (400, "MESSAGE_REPLAYED")
    clock.advance(60)
    again = await send(web, person(), sent=str(START // 1000 + 60))
    assert (again.status_code, told(again)) == (200, "duplicate")
    assert names(store)["eve@example.org"] == "Later Ex"


async def test_messages_in_another_order_lead_to_the_same(
    web: httpx.AsyncClient, store: Backend
) -> None:
    newer = person("updated", first="New", updated=START + 5)
    await send(web, newer, "msg_2")
    await send(web, person("created", first="Old"), "msg_1")
    assert names(store)["eve@example.org"] == "New Ex"
    gone = {"type": "user.deleted", "data": {"id": "user_9", "deleted": True}}
    await send(web, gone, "msg_3")
    await send(web, person(subject="user_9", email="nine@example.org"), "msg_4")
    assert "nine@example.org" not in names(store)


@pytest.mark.parametrize("late_s", [-301, 301, 10**9, -(10**9)])
async def test_a_late_message_is_refused(web: httpx.AsyncClient, late_s: int) -> None:
    answer = await send(web, person(), sent=str(START // 1000 + late_s))
    assert (answer.status_code, told(answer)) == (401, "MESSAGE_REFUSED")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\xff\xfe", (401, "MESSAGE_REFUSED")),
        (b"", (400, "BODY_NOT_JSON")),
        (b"{", (400, "BODY_NOT_JSON")),
        (b"[" * 5000, (400, "BODY_NOT_JSON")),
        (b"[]", (400, "BODY_INVALID")),
        (b'{"type": 1}', (400, "BODY_INVALID")),
        (b'{"type": "user.created"}', (400, "BODY_INVALID")),
        (b'{"type": "user.created", "data": {}}', (400, "BODY_INVALID")),
        (b'{"type": "user.created", "data": {"id": ""}}', (400, "BODY_INVALID")),
        (b'{"type": "user.created", "data": {"id": "a\\u0000b"}}', (400, "BODY_INVALID")),
        (b'{"type": "user.created", "data": {"id": 7}}', (400, "BODY_INVALID")),
        (b" " * (2 << 20), (413, "BODY_TOO_LARGE")),
        (b'{"type": "session.created", "data": {}}', (200, "ignored")),
        (
            b'{"type": "user.created", "data": {"id": "u", "email_addresses": [1, {}]}}',
            (200, "applied"),
        ),
    ],
    ids=range(14),
)
async def test_a_signed_body_of_any_shape_gets_an_answer(
    web: httpx.AsyncClient, body: bytes, expected: tuple[int, str]
) -> None:
    answer = await send(web, body)
    assert (answer.status_code, told(answer)) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("svix-signature", "v1"),
        ("svix-signature", "v1,,,"),
        ("svix-signature", "v1,ü"),
        ("svix-signature", " "),
        ("svix-timestamp", "now"),
        ("svix-timestamp", "1e9"),
        ("svix-timestamp", "-1"),
        ("svix-timestamp", "9" * 400),
        ("svix-timestamp", f"0{START // 1000}"),
        ("svix-id", "a.b"),
        ("svix-id", "x" * 129),
        ("svix-id", "ü"),
        ("webhook-id", "another"),
    ],
)
async def test_malformed_headers_are_refused(web: httpx.AsyncClient, name: str, value: str) -> None:
    body, sent = b"{}", str(START // 1000)
    headers = headers_of("svix", "msg_1", sent, signature("msg_1", sent, body)) | {name: value}
    raw = {key.encode(): each.encode("latin-1") for key, each in headers.items()}
    answer = await web.post("/webhooks/users", content=body, headers=raw)
    assert (answer.status_code, told(answer)) == (401, "MESSAGE_REFUSED")


async def test_without_a_secret_no_message_is_accepted(store: Backend, clock: ManualClock) -> None:
    app = create_app(store, clock=clock, scanner_key="k")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://backend"
    ) as web:
        assert told(await send(web, person())) == "MESSAGE_REFUSED"


async def test_an_unverified_email_takes_nobodys_place(
    web: httpx.AsyncClient, store: Backend
) -> None:
    await send(web, person(email="ada@example.org", verified="unverified"))
    found = {user.name: (user.email, user.role) for user in store.users(limit=99).items}
    assert found["Ada"] == ("ada@example.org", "admin")
    assert found["Eve Ex"] == ("", "user")


async def test_a_verified_email_is_matched_once(web: httpx.AsyncClient, store: Backend) -> None:
    before = len(store.users(limit=99).items)
    await send(web, person(email="ANA@example.org"))
    assert len(store.users(limit=99).items) == before
    await send(web, person(subject="user_2", email="ana@example.org"), "msg_2")
    assert len(store.users(limit=99).items) == before + 1
