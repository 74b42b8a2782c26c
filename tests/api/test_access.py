"""Every route and every principal, in one table; and the scanner key."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from headcount.api.app import create_app
from headcount.api.auth import Principal, token_hash
from headcount.api.resources import ENDPOINTS
from headcount.clock import ManualClock
from headcount.core.backend import Backend, Role
from headcount.keys import BackendKeys

KEY = "scanner-key-of-the-tests"
START = 1_753_000_000_000
SECRETS = {
    Principal.ANYONE: "nobody-has-this",
    Principal.SCANNER: KEY,
    Principal.USER: "a-users-token",
    Principal.OPERATOR: "an-operators-token",
    Principal.ADMIN: "an-admins-token",
}
ALL = "anyone scanner user operator admin"
SIGNED_IN = "scanner user operator admin"
PEOPLE = "user operator admin"
STAFF = "scanner operator admin"

DECISIONS = {
    ("GET", "/health"): ALL,
    ("GET", "/logKeys"): ALL,
    ("GET", "/metrics"): STAFF,
    ("GET", "/openapi.json"): ALL,
    ("GET", "/docs"): ALL,
    ("POST", "/batchCheckIn"): "scanner",
    ("POST", "/events/{event_id}/logHeads"): "scanner",
    ("GET", "/events/{event_id}/lanKey"): "scanner",
    ("GET", "/events"): SIGNED_IN,
    ("POST", "/events"): "admin",
    ("GET", "/events/{event_id}"): SIGNED_IN,
    ("PATCH", "/events/{event_id}"): "admin",
    ("GET", "/events/{event_id}/registrations"): STAFF,
    ("GET", "/events/{event_id}/attendance"): STAFF,
    ("GET", "/events/{event_id}/report"): STAFF,
    ("GET", "/events/{event_id}/report/log"): STAFF,
    ("GET", "/events/{event_id}/closeOut"): "admin",
    ("POST", "/events/{event_id}/closeOut/accept"): "admin",
    ("POST", "/events/{event_id}/closeOut/takeBack"): "admin",
    ("POST", "/events/{event_id}/closeOut/seal"): "admin",
    ("POST", "/events/{event_id}/registrations"): PEOPLE,
    ("PATCH", "/events/{event_id}/registrations"): "admin",
    ("GET", "/events/{event_id}/registrations/me"): PEOPLE,
    ("DELETE", "/events/{event_id}/registrations/me"): PEOPLE,
    ("GET", "/correctionRequests"): "operator admin",
    ("GET", "/events/{event_id}/correctionRequests"): PEOPLE,
    ("POST", "/events/{event_id}/correctionRequests"): PEOPLE,
    ("PATCH", "/events/{event_id}/correctionRequests/{request_id}"): "admin",
    ("GET", "/events/{event_id}/people/me"): PEOPLE,
    ("GET", "/events/{event_id}/people/{user_id}"): "operator admin",
    ("GET", "/events/{event_id}/refusals"): "operator admin",
    ("GET", "/insights"): "operator admin",
    ("POST", "/insights/generate"): "operator admin",
    ("POST", "/insights/{insight_id}/dismiss"): "admin",
    ("POST", "/insights/{insight_id}/reopen"): "admin",
    ("POST", "/insights/{insight_id}/comments"): "operator admin",
    ("GET", "/feedback"): PEOPLE,
    ("POST", "/feedback"): PEOPLE,
    ("PATCH", "/feedback/{feedback_id}"): "admin",
    ("GET", "/events/{event_id}/records"): STAFF,
    ("GET", "/events/{event_id}/corrections"): "operator admin",
    ("POST", "/events/{event_id}/corrections"): "operator admin",
    ("GET", "/live/{query}"): SIGNED_IN,
    ("POST", "/live/token"): SIGNED_IN,
    ("GET", "/scanSessions"): STAFF,
    ("GET", "/scanSessions/{session_id}/sightings"): STAFF,
    ("DELETE", "/scanSessions/{session_id}"): "admin",
    ("POST", "/scanSessions/{session_id}/restore"): "admin",
    ("GET", "/users"): "admin",
    ("POST", "/users/import"): "admin",
    ("POST", "/seed"): "admin",
    ("GET", "/users/me"): PEOPLE,
    ("GET", "/users/me/registrations"): PEOPLE,
    ("GET", "/users/me/badges"): PEOPLE,
    ("POST", "/users/me/badges"): PEOPLE,
    ("GET", "/users/me/erasure"): PEOPLE,
    ("POST", "/users/me/erase"): PEOPLE,
    ("PATCH", "/users/{user_id}"): "admin",
    ("POST", "/users/{user_id}/approve"): "admin",
    ("POST", "/users/{user_id}/reject"): "admin",
    ("GET", "/users/{user_id}/badges"): "admin",
    ("POST", "/users/{user_id}/badges"): "admin",
    ("DELETE", "/users/{user_id}/badges/{ble_uuid}"): "admin",
    ("POST", "/webhooks/users"): ALL,
    ("POST", "/webhooks/insights"): ALL,
    ("GET", "/scanners"): "admin",
    ("POST", "/scanners/pairingCodes"): "admin",
    ("PATCH", "/scanners"): "admin",
    ("PATCH", "/scanners/{name}"): "admin",
    ("GET", "/scannerSettings"): "scanner admin",
    ("PUT", "/scannerVersions"): "scanner",
    ("POST", "/scanners/pair"): ALL,
    ("POST", "/scanners/{name}/revoke"): "admin",
    ("POST", "/auth/signUp"): ALL,
    ("POST", "/auth/signIn"): ALL,
    ("POST", "/auth/signOut"): PEOPLE,
    ("GET", "/auth/session"): PEOPLE,
    ("POST", "/auth/password"): PEOPLE,
    ("POST", "/users/{user_id}/rotation"): PEOPLE,
    ("GET", "/events/{event_id}/dayKeys"): STAFF,
    ("GET", "/users/{user_id}/export"): PEOPLE,
    ("GET", "/users/{user_id}/erasure"): "admin",
    ("POST", "/users/{user_id}/erase"): "admin",
    ("GET", "/backups"): "admin",
    ("POST", "/backups"): "admin",
    ("POST", "/backups/{name}/verify"): "admin",
    ("GET", "/purge"): "admin",
    ("POST", "/purge"): "admin",
    ("GET", "/auditLog"): "admin",
}
REFUSED = {"AUTH_UNAUTHENTICATED", "AUTH_FORBIDDEN", "SCANNER_KEY_REFUSED"}
"""The guard's words; any other problem is the handler's, so past the guard."""


@pytest.fixture
def app(store: Backend, clock: ManualClock) -> Starlette:
    """An application whose database knows a token of each role."""
    for role in Role:
        secret = SECRETS[Principal(role.value)]
        user = store.create_admin(
            role, f"{role}@example.org", token_hash=token_hash(secret), now_ms=START
        )
        store.set_role(user.id, role)
    keys = BackendKeys(b"1" * 32, b"2" * 32)
    return create_app(store, clock=clock, scanner_key=KEY, keys=keys)


@pytest.fixture
async def bare(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://backend"
    ) as client:
        yield client


def address(path: str) -> str:
    """The address with ids in it; the event is there, the others are not."""
    ids = {"event_id": "e1", "query": "event"}
    return path.format_map({name: ids.get(name, "none") for name in re.findall(r"{(\w+)}", path)})


def routes_of(app: Starlette) -> set[tuple[str, str]]:
    assert all(isinstance(route, Route) for route in app.routes)
    return {
        (method, route.path)
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }


def test_every_route_has_a_decision_here_and_in_the_route_table(app: Starlette) -> None:
    assert routes_of(app) == set(DECISIONS)
    declared = {(e.method, e.path): set(e.allowed) for e in ENDPOINTS}
    assert declared == {route: set(words.split()) for route, words in DECISIONS.items()}


@pytest.mark.parametrize(("route", "principal"), itertools.product(DECISIONS, Principal), ids=str)
async def test_each_principal_may_do_exactly_what_was_decided(
    bare: httpx.AsyncClient, route: tuple[str, str], principal: Principal
) -> None:
    method, path = route
    headers = {"Authorization": f"Bearer {SECRETS[principal]}"}
    answer = await bare.request(method, address(path), headers=headers)
    if principal in DECISIONS[route].split():
        assert answer.is_success or answer.json()["code"] not in REFUSED
        assert answer.status_code < 500
        return
    expected = (403, "AUTH_FORBIDDEN")
    if principal is Principal.ANYONE:
        expected = (401, "AUTH_UNAUTHENTICATED")
    if DECISIONS[route] == "scanner":
        expected = (403, "SCANNER_KEY_REFUSED")
    assert (answer.status_code, answer.json()["code"]) == expected
    assert SECRETS[principal] not in answer.text


@pytest.mark.parametrize(("method", "path"), DECISIONS)
async def test_without_a_token_it_is_the_same_as_with_an_unknown_one(
    bare: httpx.AsyncClient, method: str, path: str
) -> None:
    known = DECISIONS[method, path]
    answer = await bare.request(method, address(path))
    if known == ALL:
        assert answer.is_success or answer.json()["code"] not in REFUSED
        return
    expected = 403 if known == "scanner" else 401
    assert answer.status_code == expected
    assert (answer.headers.get("www-authenticate") == "Bearer") == (expected == 401)


async def test_a_head_request_is_guarded_like_a_get(bare: httpx.AsyncClient) -> None:
    assert (await bare.head("/users")).status_code == 401
    assert (await bare.head("/health")).status_code == 200


WRONG_KEYS = [
    None,
    b"",
    b"Bearer",
    b"Bearer ",
    b"Bearer wrong",
    b"Bearer " + KEY.encode() + b"x",
    b"Bearer " + KEY[:-1].encode(),
    b"Basic " + KEY.encode(),
    KEY.encode(),
    "Bearer schlüssel€".encode(),
    b"Bearer \xff\xfe",
]


@pytest.mark.parametrize("header", WRONG_KEYS)
@pytest.mark.parametrize("server_key", [KEY, "", "  ", None, "schlüssel"])
async def test_a_missing_or_wrong_key_is_403_and_nothing_of_the_body_is_read(
    store: Backend, clock: ManualClock, header: bytes | None, server_key: str | None
) -> None:
    app = create_app(store, clock=clock, scanner_key=server_key)
    read: list[str] = []
    answers: list[Message] = []

    async def receive() -> Message:
        read.append("body")
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Message) -> None:
        answers.append(message)

    await _call(app, header, receive, send)
    assert answers[0]["status"] == 403
    assert b"SCANNER_KEY_REFUSED" in answers[1]["body"]
    assert read == []


async def _call(app: Starlette, header: bytes | None, receive: Receive, send: Send) -> None:
    headers = [] if header is None else [(b"authorization", header)]
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/batchCheckIn",
        "query_string": b"",
        "headers": headers,
    }
    await app(scope, receive, send)


@pytest.mark.parametrize("key", [KEY, "schlüssel-€", " spaces around "])
@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer"])
async def test_the_right_key_opens(
    store: Backend, clock: ManualClock, key: str, scheme: bytes
) -> None:
    app = create_app(store, clock=clock, scanner_key=key)
    headers = {b"Authorization": scheme + b" " + key.strip().encode()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        answer = await client.post("http://b/batchCheckIn", content=b"[]", headers=headers)
    assert answer.status_code == 400
