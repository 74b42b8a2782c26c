"""Sign-up, sign-in, sign-out, sessions, passwords, roles: over HTTP, with the real database."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import httpx
import pytest

from headcount.api.access import Access, SignUp
from headcount.api.app import create_app
from headcount.api.auth import token_hash
from headcount.api.passwords import Passwords
from headcount.clock import ManualClock
from headcount.core.backend import Backend, Role
from headcount.core.backoff import ACCOUNT, ADDRESS, Limit, pause_ms

T = TypeVar("T")

KEY = "scanner-key-of-the-tests"
ADMIN = "admin-token-of-the-tests"
PASSWORD = "correct horse battery staple"
OTHER = "another horse battery staple"
EVE = "eve@example.org"
IDLE_S, LONGEST_S = 3600, 5 * 3600


def client(
    store: Backend, clock: ManualClock, sign_up: SignUp, address: str = "192.0.2.1"
) -> httpx.AsyncClient:
    rules = Access(sign_up, idle_ms=IDLE_S * 1000, longest_ms=LONGEST_S * 1000)
    app = create_app(store, clock=clock, scanner_key=KEY, access=rules)
    transport = httpx.ASGITransport(app, client=(address, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://backend")


@pytest.fixture
async def web(store: Backend, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    """A backend where everybody may sign up."""
    async with client(store, clock, SignUp.OPEN) as web:
        yield web


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def sign_up(web: httpx.AsyncClient, email: str = EVE, name: str = "Eve") -> httpx.Response:
    body = {"name": name, "email": email, "password": PASSWORD}
    return await web.post("/auth/signUp", json=body)


async def sign_in(
    web: httpx.AsyncClient, email: str = EVE, password: str = PASSWORD
) -> httpx.Response:
    return await web.post("/auth/signIn", json={"email": email, "password": password})


async def token(web: httpx.AsyncClient, email: str = EVE, password: str = PASSWORD) -> str:
    answer = await sign_in(web, email, password)
    assert answer.status_code == 200, answer.text
    given: str = answer.json()["token"]
    return given


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def seen(answer: httpx.Response) -> tuple[int, Any, dict[str, str]]:
    """All that a client can tell apart, but for the request's own id."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, answer.json(), headers


async def test_sign_up_sign_in_session_sign_out(web: httpx.AsyncClient) -> None:
    assert (await sign_up(web)).status_code == 202
    answer = (await sign_in(web, "EVE@example.org ")).json()
    assert (answer["user"]["name"], answer["user"]["role"]) == ("Eve", "user")
    headers = bearer(answer["token"])
    session = (await web.get("/auth/session", headers=headers)).json()
    assert session == {"user": answer["user"], "expiresAt": answer["expiresAt"]}
    assert (await web.get("/users/me", headers=headers)).json() == answer["user"]
    assert (await web.get("/events", headers=headers)).status_code == 200
    assert code(await web.get("/users", headers=headers)) == (403, "AUTH_FORBIDDEN")
    assert (await web.post("/auth/signOut", headers=headers)).status_code == 200
    assert code(await web.get("/auth/session", headers=headers)) == (401, "AUTH_UNAUTHENTICATED")


async def test_nobody_signs_up_where_it_is_closed(store: Backend, clock: ManualClock) -> None:
    async with client(store, clock, SignUp.CLOSED) as web:
        assert code(await sign_up(web)) == (403, "SIGN_UP_CLOSED")
        assert code(await sign_in(web)) == (401, "SIGN_IN_FAILED")
    assert [user.email for user in store.users(limit=9).items if user.email == EVE] == []


async def test_an_admin_lets_people_in_and_shuts_them_out(
    store: Backend, clock: ManualClock
) -> None:
    async with client(store, clock, SignUp.APPROVAL) as web:
        assert (await sign_up(web)).json() == {"status": "received", "approval": True}
        assert code(await sign_in(web)) == (401, "SIGN_IN_FAILED")
        users = (await web.get("/users", headers=bearer(ADMIN))).json()["page"]
        eve = next(user for user in users if user["email"] == EVE)
        assert eve["status"] == "pending"
        path = f"/users/{eve['id']}"
        approved = await web.post(f"{path}/approve", headers=bearer(ADMIN))
        assert approved.json()["status"] == "active"
        mine = await token(web)
        assert (await web.get("/users/me", headers=bearer(mine))).json()["id"] == eve["id"]
        await web.post(f"{path}/reject", headers=bearer(ADMIN))
        assert (await web.get("/users/me", headers=bearer(mine))).status_code == 401
        assert code(await sign_in(web)) == (401, "SIGN_IN_FAILED")
        await sign_up(web)
        assert code(await sign_in(web)) == (401, "SIGN_IN_FAILED")


async def test_a_role_counts_from_the_next_request_on(web: httpx.AsyncClient) -> None:
    await sign_up(web)
    mine = await token(web)
    me = (await web.get("/users/me", headers=bearer(mine))).json()
    for role, status in (("operator", 200), ("user", 403)):
        patched = await web.patch(f"/users/{me['id']}", json={"role": role}, headers=bearer(ADMIN))
        assert patched.json()["role"] == role
        answer = await web.get("/events/e1/report", headers=bearer(mine))
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PATCH", "/users/{id}", {"role": "emperor"}, (400, "BODY_INVALID")),
        ("PATCH", "/users/{id}", {}, (400, "BODY_INVALID")),
        ("PATCH", "/users/{id}", {"role": "user"}, (409, "LAST_ADMIN")),
        ("POST", "/users/{id}/reject", None, (409, "LAST_ADMIN")),
        ("PATCH", "/users/nobody", {"role": "user"}, (404, "USER_NOT_FOUND")),
        ("POST", "/users/nobody/approve", None, (404, "USER_NOT_FOUND")),
        ("POST", "/users/%00/reject", None, (404, "USER_NOT_FOUND")),
    ],
)
async def test_what_can_not_be_changed_is_said(
    web: httpx.AsyncClient, method: str, path: str, body: object, expected: tuple[int, str]
) -> None:
    me = (await web.get("/users/me", headers=bearer(ADMIN))).json()
    answer = await web.request(method, path.format(id=me["id"]), json=body, headers=bearer(ADMIN))
    assert code(answer) == expected
    assert (await web.get("/users/me", headers=bearer(ADMIN))).json() == me


async def test_an_answer_tells_nobody_which_emails_are_known(
    web: httpx.AsyncClient, store: Backend
) -> None:
    await sign_up(web)
    known, imported, unknown = EVE, "ana@example.org", "nobody@example.org"
    answers = [seen(await sign_in(web, each, OTHER)) for each in (known, imported, unknown)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 401
    signed_up = [seen(await sign_up(web, each)) for each in (known, imported, unknown)]
    assert signed_up[0] == signed_up[1] == signed_up[2]
    assert (await sign_in(web, known)).status_code == 200  # its password is still the first one


async def test_an_unknown_account_costs_a_hash_too(store: Backend, clock: ManualClock) -> None:
    """Counted, not timed: what takes the time is one Argon2 computation, whoever is asked about."""
    compared: list[str] = []

    class Counted(Passwords):
        async def _run(self, work: functools.partial[T]) -> T:
            compared.append(work.args[0][:28])
            return await super()._run(work)

    app = create_app(store, clock=clock, scanner_key=KEY, access=Access(passwords=Counted()))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://backend"
    ) as web:
        for email in ("nobody@example.org", "ana@example.org", ""):
            assert (await sign_in(web, email)).status_code == 401
    assert compared == ["$argon2id$v=19$m=19456,t=2,p"] * 3


async def test_who_signs_up_with_an_imported_persons_email_waits_for_an_admin(
    web: httpx.AsyncClient, store: Backend
) -> None:
    await sign_up(web, "ana@example.org", "Not Ana")
    assert code(await sign_in(web, "ana@example.org")) == (401, "SIGN_IN_FAILED")
    ana = next(user for user in store.users(limit=9).items if user.email == "ana@example.org")
    assert (ana.name, ana.status) == ("Ana", "pending")


async def test_a_sign_up_takes_no_admins_account(web: httpx.AsyncClient) -> None:
    await sign_up(web, "ada@example.org", "Mallory")
    assert code(await sign_in(web, "ada@example.org")) == (401, "SIGN_IN_FAILED")
    me = (await web.get("/users/me", headers=bearer(ADMIN))).json()
    assert (me["name"], me["status"]) == ("Ada", "active")


async def test_a_hundred_wrong_tries_end_in_429(web: httpx.AsyncClient, clock: ManualClock) -> None:
    await sign_up(web)
    answers = [await sign_in(web, EVE, f"{OTHER} {number}") for number in range(100)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 90
    last = answers[-1]
    wait = int(last.headers["retry-after"])
    assert last.json()["retryAfter"] == wait == 15
    # the right password is no oracle while it waits, and opens afterwards
    assert seen(await sign_in(web)) == seen(last)
    clock.advance(wait)
    assert (await sign_in(web)).status_code == 200
    assert (await sign_in(web, EVE, OTHER)).status_code == 401


async def test_tries_at_the_same_moment_count_one_by_one(
    web: httpx.AsyncClient, clock: ManualClock
) -> None:
    answers = await asyncio.gather(*(sign_in(web, EVE, f"{OTHER} {n}") for n in range(30)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 20


async def test_unknown_accounts_are_slowed_down_like_known_ones(web: httpx.AsyncClient) -> None:
    await sign_up(web)
    for email in (EVE, "nobody@example.org"):
        statuses = [(await sign_in(web, email, OTHER)).status_code for _ in range(12)]
        assert statuses == [401] * 10 + [429] * 2


async def test_one_address_can_not_try_one_password_on_everybody(
    store: Backend, clock: ManualClock
) -> None:
    async with client(store, clock, SignUp.OPEN, "2001:db8::1") as web:
        statuses = [
            (await sign_in(web, f"p{number}@example.org")).status_code for number in range(40)
        ]
    assert statuses == [401] * 30 + [429] * 10
    async with client(store, clock, SignUp.OPEN, "2001:db8::2") as neighbour:
        assert (await sign_in(neighbour, "p99@example.org")).status_code == 429
    async with client(store, clock, SignUp.OPEN, "2001:db8:0:1::1") as stranger:
        assert (await sign_in(stranger, "p99@example.org")).status_code == 401


async def test_an_office_that_signs_in_is_not_slowed_down(web: httpx.AsyncClient) -> None:
    await sign_up(web)
    assert {(await sign_in(web)).status_code for _ in range(35)} == {200}


async def test_sign_ups_from_one_address_are_limited(web: httpx.AsyncClient) -> None:
    answers = [await sign_up(web, f"p{number}@example.org") for number in range(21)]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert answers[-1].headers["retry-after"] == "60"


@pytest.mark.parametrize(
    ("step_s", "steps", "status"),
    [
        (IDLE_S - 1, 1, 200),
        (IDLE_S, 1, 401),
        (IDLE_S // 2, 9, 200),
        (IDLE_S // 2, 10, 401),
        (59, IDLE_S // 59 * 2, 200),
    ],
)
async def test_a_sign_in_ends_when_idle_and_in_any_case(
    web: httpx.AsyncClient, clock: ManualClock, step_s: int, steps: int, status: int
) -> None:
    await sign_up(web)
    headers = bearer(await token(web))
    for _ in range(steps):
        clock.advance(step_s)
        answer = await web.get("/auth/session", headers=headers)
    assert answer.status_code == status


async def test_another_password_ends_the_other_sign_ins(web: httpx.AsyncClient) -> None:
    await sign_up(web)
    mine, lost = bearer(await token(web)), bearer(await token(web))
    wrong = {"password": OTHER, "newPassword": OTHER}
    assert code(await web.post("/auth/password", json=wrong, headers=mine)) == (
        401,
        "SIGN_IN_FAILED",
    )
    right = {"password": PASSWORD, "newPassword": OTHER}
    assert (await web.post("/auth/password", json=right, headers=mine)).status_code == 200
    assert (await web.get("/auth/session", headers=mine)).status_code == 200
    assert (await web.get("/auth/session", headers=lost)).status_code == 401
    assert code(await sign_in(web)) == (401, "SIGN_IN_FAILED")
    assert (await sign_in(web, EVE, OTHER)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Eve", "email": EVE, "password": "short-pass!"},
        {"name": "Eve", "email": EVE, "password": "x" * 257},
        {"name": "Eve", "email": "eve.long@example.org", "password": "eve.long@example.org"},
        {"name": "\u202e", "email": EVE, "password": PASSWORD},
        {"name": "Eve", "email": "eve", "password": PASSWORD},
        {"name": "Eve", "email": EVE},
        {"name": "Eve", "email": EVE, "password": PASSWORD, "role": "admin"},
    ],
    ids=range(7),
)
async def test_a_sign_up_that_can_not_be_used_is_refused(
    web: httpx.AsyncClient, body: dict[str, str]
) -> None:
    answer = await web.post("/auth/signUp", json=body)
    assert code(answer) == (400, "BODY_INVALID")
    assert body.get("password", "-") not in answer.text
    assert code(await sign_in(web, EVE)) == (401, "SIGN_IN_FAILED")


async def test_a_stranger_can_not_send_much(web: httpx.AsyncClient) -> None:
    answer = await web.post("/auth/signIn", content=b" " * 20_000)
    assert code(answer) == (413, "BODY_TOO_LARGE")


async def test_a_password_is_the_same_in_another_form_of_its_letters(
    web: httpx.AsyncClient,
) -> None:
    body = {"name": "Eve", "email": EVE, "password": "Ångström sagt leise"}
    await web.post("/auth/signUp", json=body)
    assert (await sign_in(web, EVE, "A\u030angstro\u0308m sagt leise")).status_code == 200


async def test_permanent_tokens_and_sign_ins_end_with_a_rejection(
    web: httpx.AsyncClient, store: Backend
) -> None:
    other = store.create_admin("Bo", "bo@example.org", token_hash=token_hash("b"), now_ms=1)
    await web.post(f"/users/{other.id}/reject", headers=bearer(ADMIN))
    assert (await web.get("/users/me", headers=bearer("b"))).status_code == 401
    again = store.create_admin("Bo", "bo@example.org", token_hash=token_hash("c"), now_ms=1)
    assert (again.role, again.status) == (Role.ADMIN, "active")
    assert (await web.get("/users/me", headers=bearer("c"))).status_code == 200


@pytest.mark.parametrize("limit", [ACCOUNT, ADDRESS])
def test_pauses_double_and_end(limit: Limit) -> None:
    pauses = [pause_ms(limit, tries) for tries in range(1000)]
    assert pauses[: limit.free] == [0] * limit.free
    assert pauses[limit.free] == limit.first
    assert max(pauses) == pauses[-1] == limit.longest
    assert all(one <= two for one, two in itertools.pairwise(pauses))
