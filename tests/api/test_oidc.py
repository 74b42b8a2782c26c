"""Tokens of an identity provider: a local issuer with keys of its own, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from headcount.api.access import Access
from headcount.api.app import create_app
from headcount.api.endpoint import in_thread
from headcount.api.oidc import Provider, is_safe_address
from headcount.clock import ManualClock
from headcount.core.access import Change, ExternalPerson, Holder, NewUser, Status, UserMessage
from headcount.core.backend import Backend

START_S = 1_753_000_000
AUDIENCE = "headcount"
Serve = Callable[..., AbstractContextManager[str]]

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def jwk(algorithm: str, key: Any, name: str) -> dict[str, Any]:
    kinds: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}
    public = json.loads(kinds[algorithm].to_jwk(key.public_key()))
    return {**public, "kid": name, "use": "sig", "alg": algorithm}


class Issuer:
    """An identity provider on this machine; counts who asks for its keys."""

    def __init__(self) -> None:
        self.url = ""
        self.says: str | None = None
        self.keys = [jwk("RS256", RSA, "rsa"), jwk("ES256", EC, "ec"), jwk("EdDSA", ED, "ed")]
        self.asked = 0
        self.down = False
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
            ]
        )

    async def _discovery(self, _request: Request) -> Response:
        return JSONResponse({"issuer": self.says or self.url, "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, _request: Request) -> Response:
        self.asked += 1
        return JSONResponse({"keys": self.keys}, 500 if self.down else 200)


@pytest.fixture
def issuer(serving: Serve) -> Iterator[Issuer]:
    issuer = Issuer()
    with serving(issuer.app) as address:
        issuer.url = f"http://{address}"
        yield issuer


@pytest.fixture
async def web(
    store: Backend, clock: ManualClock, issuer: Issuer
) -> AsyncIterator[httpx.AsyncClient]:
    provider = Provider(issuer.url, AUDIENCE, clock=clock)

    async def holder_of(token: bytes) -> Holder | None:
        person = await provider.verify(token)
        if person is None:
            return None
        return await in_thread(store.external_holder, person, now_ms=clock.now().wall_ms)

    app = create_app(
        store,
        clock=clock,
        scanner_key="k",
        access=Access(issuer=issuer.url),
        external_holder_of=holder_of,
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://backend"
    ) as web:
        yield web


def token(
    issuer: Issuer,
    key: PrivateKeyTypes | str = RSA,
    algorithm: str = "RS256",
    kid: str | None = "rsa",
    **claims: object,
) -> str:
    given = {
        "iss": issuer.url,
        "aud": AUDIENCE,
        "sub": "user_1",
        "exp": START_S + 60,
        "name": "Eve",
        "email": "eve@example.org",
        "email_verified": True,
    } | claims
    kept = {claim: value for claim, value in given.items() if value is not None}
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(kept, key, algorithm, headers)  # type: ignore[arg-type]


async def me(web: httpx.AsyncClient, given: str) -> httpx.Response:
    return await web.get("/users/me", headers={"Authorization": f"Bearer {given}"})


async def test_a_signed_token_opens_streams_itself_as_long_as_it_is_good(
    web: httpx.AsyncClient, issuer: Issuer, clock: ManualClock
) -> None:
    headers = {"Authorization": f"Bearer {token(issuer)}"}
    assert (await web.head("/live/events", headers=headers)).status_code == 200
    exchanged = await web.post("/live/token", headers=headers)
    assert (exchanged.status_code, exchanged.json()["code"]) == (400, "REQUEST_INVALID")
    clock.advance(120)
    assert (await web.head("/live/events", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("key", "algorithm", "name"), [(RSA, "RS256", "rsa"), (EC, "ES256", "ec"), (ED, "EdDSA", "ed")]
)
async def test_a_signed_token_opens_and_makes_the_user_once(
    web: httpx.AsyncClient,
    issuer: Issuer,
    store: Backend,
    key: PrivateKeyTypes,
    algorithm: str,
    name: str,
) -> None:
    before = len(store.users(limit=99).items)
    answers = [await me(web, token(issuer, key, algorithm, name)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    user = answers[0].json()
    assert (user["name"], user["email"], user["role"]) == ("Eve", "eve@example.org", "user")
    assert len(store.users(limit=99).items) == before + 1
    assert issuer.asked == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example.org"},
        {"iss": None},
        {"aud": "another program"},
        {"aud": None},
        {"exp": START_S - 31},
        {"exp": None},
        {"nbf": START_S + 31},
        {"nbf": "soon"},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": "x" * 256},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_now_opens_nothing(
    web: httpx.AsyncClient, issuer: Issuer, claims: dict[str, object]
) -> None:
    answer = await me(web, token(issuer, RSA, "RS256", "rsa", **claims))
    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_UNAUTHENTICATED")


async def test_an_expiry_that_is_no_time_opens_nothing(
    web: httpx.AsyncClient, issuer: Issuer
) -> None:
    for wrong in (True, 1e30, -1):
        assert (await me(web, token(issuer, exp=wrong))).status_code == 401


async def test_clocks_may_differ_by_half_a_minute(web: httpx.AsyncClient, issuer: Issuer) -> None:
    late = token(issuer, exp=START_S - 29, nbf=START_S + 30)
    assert (await me(web, late)).status_code == 200


async def test_forged_tokens_open_nothing(web: httpx.AsyncClient, issuer: Issuer) -> None:
    good = token(issuer)
    head, body, signature = good.split(".")
    public = issuer.keys[0]["n"]
    forged = [
        token(issuer, OTHER_RSA),
        token(issuer, EC, "ES256", "rsa"),
        token(issuer, public, "HS256", "rsa"),
        token(issuer, "", "none", "rsa"),
        token(issuer, RSA, "RS512", "rsa"),
        token(issuer, kid="unknown"),
        token(issuer, kid=None),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}..{signature}",
        "..",
        "a.b.c",
        "é.é.é",
    ]
    for each in forged:
        answer = await web.get("/users/me", headers={b"Authorization": f"Bearer {each}".encode()})
        assert answer.status_code == 401, each
    assert (await me(web, good)).status_code == 200


async def test_unknown_key_names_fetch_once_a_minute_at_most(
    web: httpx.AsyncClient, issuer: Issuer, clock: ManualClock
) -> None:
    for number in range(20):
        await me(web, token(issuer, kid=f"made up {number}"))
    assert issuer.asked == 1
    issuer.keys = [jwk("RS256", OTHER_RSA, "new")]
    assert (await me(web, token(issuer, OTHER_RSA, kid="new"))).status_code == 401
    clock.advance(60)
    later = START_S + 600
    assert (await me(web, token(issuer, OTHER_RSA, kid="new", exp=later))).status_code == 200
    assert (await me(web, token(issuer, exp=later))).status_code == 401  # the old key is gone
    assert issuer.asked == 2


async def test_a_provider_that_is_down_is_not_missed_for_a_day(
    web: httpx.AsyncClient, issuer: Issuer, clock: ManualClock
) -> None:
    lasting = token(issuer, exp=START_S + 10 * 86_400)
    assert (await me(web, lasting)).status_code == 200
    issuer.down = True
    clock.advance(23 * 3600)
    assert (await me(web, lasting)).status_code == 200
    clock.advance(2 * 3600)
    gone = await me(web, lasting)
    assert (gone.status_code, gone.headers["retry-after"]) == (503, "60")
    issuer.down = False
    clock.advance(60)
    assert (await me(web, lasting)).status_code == 200


async def test_a_provider_that_never_answered_is_named(
    web: httpx.AsyncClient, issuer: Issuer
) -> None:
    issuer.says = "https://somebody.example.org"
    answer = await me(web, token(issuer))
    assert answer.json()["code"] == "IDENTITY_PROVIDER_UNAVAILABLE"
    key = {"Authorization": "Bearer a.b.c"}
    assert (await web.post("/batchCheckIn", content=b"{}", headers=key)).status_code == 403


async def test_a_verified_email_matches_an_imported_person(
    web: httpx.AsyncClient, issuer: Issuer
) -> None:
    ana = (await me(web, token(issuer, email="ANA@example.org", name="Somebody"))).json()
    assert (ana["name"], ana["bleUuid"] is not None) == ("Ana", True)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_unverified_email_takes_nobodys_place(
    web: httpx.AsyncClient, issuer: Issuer, verified: object
) -> None:
    given = token(issuer, email="ada@example.org", email_verified=verified)
    user = (await me(web, given)).json()
    assert (user["name"], user["email"], user["role"]) == ("Eve", "", "user")


async def test_who_was_shut_out_here_or_removed_there_stays_out(
    web: httpx.AsyncClient, issuer: Issuer, store: Backend
) -> None:
    first, second = token(issuer), token(issuer, sub="user_2", email="two@example.org")
    user = (await me(web, first)).json()
    store.set_status(user["id"], Status.REJECTED, now_ms=START_S * 1000)
    assert (await me(web, first)).status_code == 401
    gone = UserMessage(
        "m", 1, Change.DELETED, ExternalPerson(f"{issuer.url}|user_2"), START_S * 1000
    )
    store.apply_user_message(gone, now_ms=START_S * 1000)
    assert (await me(web, second)).status_code == 401
    assert "two@example.org" not in {user.email for user in store.users(limit=99).items}


async def test_an_owner_who_is_verified_ends_a_claim_by_password(
    web: httpx.AsyncClient, issuer: Issuer, store: Backend
) -> None:
    claim = NewUser("Mallory", "ana@example.org", "hash")
    store.sign_up(claim, status=Status.ACTIVE, now_ms=START_S * 1000)
    assert (await me(web, token(issuer, email="ana@example.org"))).status_code == 200
    known = store.credential("ana@example.org")
    assert known is not None
    assert known.password_hash == ""


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.example.org", True),
        ("http://127.0.0.1:9/keys", True),
        ("http://[::1]/keys", True),
        ("http://id.example.org", False),
        ("https://user:secret@id.example.org", False),
        ("ftp://id.example.org", False),
        ("file:///etc/passwd", False),
        ("id.example.org", False),
        ("http://127.0.0.1.example.org", False),
    ],
)
def test_keys_are_fetched_from_safe_addresses_only(url: str, *, safe: bool) -> None:
    assert is_safe_address(url) == safe
