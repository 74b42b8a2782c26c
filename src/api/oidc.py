"""An identity provider's signed tokens (OpenID Connect): keys fetched, kept and renewed."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt

from ..core.access import ExternalPerson
from ..core.identity import clean_text
from ..core.loopback import is_loopback
from ..core.ports import Clock
from .problems import Code, Problem
from .wire import WireError, decode

_log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Public keys only: with HS256 allowed, the public key could be used as the shared secret."""

FRESH_SECONDS = 3600
"""Keys are looked at again after an hour: a withdrawn one is refused then."""
KEPT_SECONDS = 24 * 3600
"""A provider that does not answer: its last keys count for a day."""
PAUSE_SECONDS = 60
"""Between two fetches, whatever tokens come: made-up key names must not make us a hammer."""
TIMEOUT_SECONDS = 10
LARGEST = 1 << 20
"""Bytes of a document of the provider; real ones have a few thousand."""

LEEWAY_SECONDS = 30
"""How far the provider's clock may be from ours."""

_LAST_SECOND = 253_402_300_800  # the end of the year 9999
_SUBJECT_LIMIT = 255  # OpenID Connect Core 1.0, section 2: sub
_NAME_LIMIT, _EMAIL_LIMIT = 200, 254


@dataclass(slots=True)
class _Keys:
    by_name: dict[str, jwt.PyJWK] = field(default_factory=dict)
    fetched: float = -math.inf
    """Monotonic seconds of the last success."""
    tried: float = -math.inf
    """Of the last fetch, whatever came of it."""


class Provider:
    """Verifies tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str, jwks_url: str = "", *, clock: Clock) -> None:
        """The addresses must be https, or this machine's: `is_safe_address`."""
        self._issuer = issuer
        self._audience = audience
        self._jwks_url = jwks_url
        self._clock = clock
        self._keys = _Keys()
        self._lock = asyncio.Lock()

    async def verify(self, token: bytes) -> ExternalPerson | None:
        """The person of a valid token, or None. Raises Problem if there are no keys to look with.

        The signature, issuer, audience, expiry and begin are checked.
        """
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        if header.get("alg") not in ALGORITHMS:
            return None
        key = await self._key(str(header.get("kid", "")))
        claims = None if key is None else self._claims(token, key)
        return None if claims is None else self._person(claims)

    def _claims(self, token: bytes, key: jwt.PyJWK) -> dict[str, Any] | None:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                # The times are compared below, with our clock.
                options={
                    "require": ["exp", "iss", "aud", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            return None
        now = self._clock.now().wall_ms / 1000
        end, begin = _seconds(claims["exp"]), _seconds(claims.get("nbf", 0))
        in_time = begin - LEEWAY_SECONDS <= now < end + LEEWAY_SECONDS
        return claims if in_time else None

    def _person(self, claims: Mapping[str, Any]) -> ExternalPerson | None:
        subject = claims["sub"]
        email = claims.get("email") if claims.get("email_verified") is True else ""
        name = claims.get("name") or claims.get("preferred_username") or ""
        return external_person(self._issuer, subject, name, email)

    async def _key(self, name: str) -> jwt.PyJWK | None:
        """The key of this name; a nameless one only where there is no choice."""
        await self._renew(name)
        keys = self._keys.by_name
        if not keys and self._now() - self._keys.fetched > KEPT_SECONDS:
            detail = "The identity provider does not tell its keys. Try again later."
            raise Problem(
                Code.IDENTITY_PROVIDER_UNAVAILABLE,
                detail,
                headers={"Retry-After": str(PAUSE_SECONDS)},
            )
        if not name and len(keys) == 1:
            return next(iter(keys.values()))
        return keys.get(name)

    async def _renew(self, name: str) -> None:
        async with self._lock:
            keys, now = self._keys, self._now()
            is_fresh = now - keys.fetched < FRESH_SECONDS
            if now - keys.tried < PAUSE_SECONDS or (is_fresh and name in keys.by_name):
                return
            keys.tried = now
            try:
                keys.by_name = await self._fetch()
                keys.fetched = now
            except (httpx.HTTPError, WireError, ValueError) as error:
                _log.warning("the identity provider's keys: %s", type(error).__name__)
                if now - keys.fetched > KEPT_SECONDS:
                    keys.by_name = {}

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        async with httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
        ) as http:
            url = self._jwks_url or await self._discover(http)
            document = await _document(http, url)
        keys = document.get("keys")
        if not isinstance(keys, list):
            raise WireError("no keys")
        return dict(filter(None, map(_usable, keys)))

    async def _discover(self, http: httpx.AsyncClient) -> str:
        """OpenID Connect Discovery 1.0, 4: the document must name the issuer that was asked."""
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        document = await _document(http, url)
        jwks_url = document.get("jwks_uri")
        if document.get("issuer") != self._issuer or not isinstance(jwks_url, str):
            raise WireError("another issuer")
        if not is_safe_address(jwks_url):
            raise WireError("an address without encryption")
        return jwks_url

    def _now(self) -> float:
        return self._clock.now().mono


def _seconds(value: object) -> float:
    """A NumericDate (RFC 7519, 2); NaN for anything else, for which no comparison holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if abs(value) < _LAST_SECOND else math.nan


def _usable(document: object) -> tuple[str, jwt.PyJWK] | None:
    """A key for one of our algorithms; others of the provider's are not our business."""
    if not isinstance(document, dict) or document.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(document)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return (str(document.get("kid", "")), key) if key.algorithm_name in ALGORITHMS else None


async def _document(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """A JSON object of the provider. Raises httpx.HTTPError, WireError."""
    body = bytearray()
    async with http.stream("GET", url) as response:
        response.raise_for_status()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > LARGEST:
                raise WireError("too large")
    document = decode(bytes(body))
    if not isinstance(document, dict):
        raise WireError("no object")
    return document


def external_person(
    issuer: str, subject: object, name: object, email: object
) -> ExternalPerson | None:
    """A person in the words of a provider, cleaned; None for a subject that can be nobody's."""
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_LIMIT:
        return None
    if clean_text(subject, _SUBJECT_LIMIT) != subject:
        return None
    address = clean_text(email, _EMAIL_LIMIT) if isinstance(email, str) else ""
    return ExternalPerson(
        f"{issuer}|{subject}",
        clean_text(name, _NAME_LIMIT) if isinstance(name, str) else "",
        address if "@" in address else "",
    )


def is_safe_address(url: str) -> bool:
    """Whether keys from there can be trusted: https, or this machine."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    if parsed.userinfo or not parsed.host:
        return False
    return parsed.scheme == "https" or (parsed.scheme == "http" and is_loopback(parsed.host))
