"""The lock before `headcount web`: who gets in, what is answered, and from where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from headcount.core.access import SignedIn
from headcount.core.backend import Role, User
from headcount.core.errors import BackendUnreachable, KeyRefused
from headcount.web.server import COOKIE, Doorway
from headcount.web.visitors import MOST, Visitors

NOW = 1_753_000_000_000
PASSWORDS = {"ada": Role.ADMIN, "olga": Role.OPERATOR, "paul": Role.USER}


@dataclass
class FakeBackend:
    """Signs everybody in whose password is their name."""

    down: bool = False
    ended: list[str] = field(default_factory=list)

    async def sign_in(self, email: str, password: str) -> SignedIn:
        if self.down:
            raise BackendUnreachable("The backend does not answer.", remedy="Try again.")
        if password not in PASSWORDS:
            raise KeyRefused("Email or password is wrong.")
        user = User(password, password.title(), email, PASSWORDS[password], None)
        return SignedIn(f"token-of-{password}", NOW + 1000, user)

    async def sign_out(self, token: str) -> None:
        self.ended.append(token)


@dataclass
class Door:
    """A browser before the door."""

    http: ClientSession
    backend: FakeBackend
    now_ms: int = NOW

    async def sign_in(self, name: str, origin: str = "") -> tuple[int, str]:
        data = {"email": f"{name}@example.org", "password": name}
        headers = {"Origin": origin or str(self.http._base_url).rstrip("/")}
        async with self.http.post(
            "/sign-in", data=data, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text()

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(path, allow_redirects=False) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    backend = FakeBackend()
    secrets = iter(f"secret-{number}" for number in range(10))
    made: list[Door] = []
    doorway = Doorway(
        "exit 3",
        visitors=Visitors(lambda: made[0].now_ms, lambda: next(secrets)),
        sign_in=backend.sign_in,
        sign_out=backend.sign_out,
        environment={},
        most=1,
    )
    async with TestServer(doorway.application()) as server:
        jar = CookieJar(unsafe=True)  # an address in place of a name
        async with ClientSession(server.make_url("/"), cookie_jar=jar) as http:
            made.append(Door(http, backend))
            yield made[0]


async def test_nothing_is_shown_before_the_sign_in(door: Door) -> None:
    assert (await door.get("/"))[0] == 303
    assert await door.get("/ws") == (403, "This was asked from another site.")
    assert await door.get("/download/any") == (403, "Sign in first.")
    assert await door.get("/nothing") == (403, "Sign in first.")
    status, page = await door.get("/sign-in")
    assert status == 200
    assert 'type="password"' in page


async def test_staff_gets_in_until_the_token_ends(door: Door) -> None:
    assert (await door.sign_in("olga"))[0] == 303
    status, page = await door.get("/")
    assert status == 200
    assert 'data-session-websocket-url="ws://127.0.0.1' in page
    assert "token-of-olga" not in page
    assert (await door.get("/sign-in"))[0] == 303  # nothing to do here any more
    door.now_ms += 1000
    assert (await door.get("/"))[0] == 303


async def test_who_does_not_get_in(door: Door) -> None:
    status, page = await door.sign_in("mallory")
    assert status == 403
    assert "Email or password is wrong." in page
    assert 'value="mallory@example.org"' in page
    status, page = await door.sign_in("paul")
    assert status == 403
    assert "headcount me" in page
    assert door.backend.ended == ["token-of-paul"]
    door.backend.down = True
    status, page = await door.sign_in("ada")
    assert (status, "does not answer. Try again." in page) == (502, True)
    assert not list(door.http.cookie_jar)


async def test_what_was_typed_is_text(door: Door) -> None:
    _, page = await door.sign_in('"><script>alert(1)</script>')
    assert "<script>" not in page


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
async def test_another_site_can_not_ask_in_the_visitors_name(door: Door, path: str) -> None:
    await door.sign_in("ada")
    async with door.http.post(path, headers={"Origin": "http://evil.example"}) as answer:
        assert answer.status == 403
    assert (await door.get("/"))[0] == 200


async def test_sign_out_ends_both_sessions(door: Door) -> None:
    await door.sign_in("ada")
    origin = {"Origin": str(door.http._base_url).rstrip("/")}
    async with door.http.post("/sign-out", headers=origin, allow_redirects=False) as answer:
        assert answer.status == 303
    assert door.backend.ended == ["token-of-ada"]
    assert (await door.get("/"))[0] == 303


async def test_what_every_answer_carries(door: Door) -> None:
    async with door.http.get("/sign-in") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    await door.sign_in("ada")
    (cookie,) = door.http.cookie_jar
    assert (cookie.key, cookie["httponly"], cookie["samesite"]) == (COOKIE, True, "Strict")


@pytest.mark.parametrize("path", ["/pages/web.css", "/static/js/textual.js"])
async def test_no_file_names_another_host(door: Door, path: str) -> None:
    status, text = await door.get(path)
    assert status == 200
    assert "https://fonts" not in text


async def test_the_process_that_ends_ends_the_page(door: Door) -> None:
    await door.sign_in("ada")
    origin = str(door.http._base_url).rstrip("/")
    async with door.http.ws_connect("/ws?width=9999999&height=x", origin=origin) as socket:
        assert (await socket.receive()).data is not None
    assert (await door.get("/"))[0] == 200


def test_visitors_are_bounded() -> None:
    numbers = iter(range(MOST + 1))
    visitors = Visitors(lambda: NOW, lambda: str(next(numbers)))
    user = User("ada", "Ada", "ada@example.org", Role.ADMIN, None)
    for _ in range(MOST + 1):
        visitors.enter(SignedIn("token", NOW + 1, user))
    assert visitors.find("0") is None
    assert visitors.find(str(MOST)) is not None
