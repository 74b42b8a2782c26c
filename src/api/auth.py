"""Who asks, and may they: the one role guard of the HTTP interface."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from enum import StrEnum

from ..core.backend import Role
from .problems import Code, Problem

RoleOfToken = Callable[[str], Awaitable[Role | None]]
"""Looks up the SHA-256 (hex) of a token."""


class Principal(StrEnum):
    """Who asks."""

    ANYONE = "anyone"
    SCANNER = "scanner"
    USER = "user"
    OPERATOR = "operator"
    ADMIN = "admin"


EVERYONE = frozenset(Principal)
SIGNED_IN = EVERYONE - {Principal.ANYONE}
STAFF = frozenset({Principal.SCANNER, Principal.OPERATOR, Principal.ADMIN})
ADMINS = frozenset({Principal.ADMIN})
SCANNERS = frozenset({Principal.SCANNER})


class Keyring:
    """Tells who a presented secret belongs to."""

    def __init__(self, scanner_key: str | None, role_of_token: RoleOfToken) -> None:
        key = (scanner_key or "").strip()
        # An empty key would let everybody in who sends none: no key means no scanner.
        self._scanner = _digest(key.encode()) if key else None
        self._role_of_token = role_of_token

    def is_scanner(self, secret: bytes | None) -> bool:
        """Compare in constant time; digests have one length and are ASCII."""
        if not secret or self._scanner is None:
            return False
        return hmac.compare_digest(_digest(secret), self._scanner)

    async def identify(self, secret: bytes | None) -> Principal:
        """The principal of a secret; ANYONE when there is none, or nobody has it."""
        return await self.principal_of(_digest(secret)) if secret else Principal.ANYONE

    async def principal_of(self, digest: str) -> Principal:
        """The same for a secret of which only the hash is known (an event stream's)."""
        if self.is_scanner_hash(digest):
            return Principal.SCANNER
        return principal_with(await self._role_of_token(digest))

    def is_scanner_hash(self, digest: str) -> bool:
        """Whether this is the hash of the scanner key."""
        return self._scanner is not None and hmac.compare_digest(digest, self._scanner)


def principal_with(role: Role | None) -> Principal:
    """Who has this role."""
    return Principal(role.value) if role else Principal.ANYONE


def bearer(header: str | None) -> bytes | None:
    """The secret of an Authorization header (RFC 6750, 2.1), as the bytes that were sent."""
    scheme, _, secret = (header or "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    # Starlette decodes headers as Latin-1; keys are UTF-8.
    return secret.strip().encode("latin-1") or None


async def guard(allowed: frozenset[Principal], keyring: Keyring, header: str | None) -> None:
    """Let pass, or raise Problem. Reads nothing of the body.

    What only scanners may use answers 403 to everybody else, without asking the database.
    """
    if Principal.ANYONE in allowed:
        return
    secret = bearer(header)
    if allowed == SCANNERS:
        if not keyring.is_scanner(secret):
            raise Problem(
                Code.SCANNER_KEY_REFUSED,
                "Send the scanner key as 'Authorization: Bearer <key>'. Nothing was read.",
            )
        return
    principal = await keyring.identify(secret)
    if principal is Principal.ANYONE:
        raise Problem(
            Code.AUTH_UNAUTHENTICATED,
            "Send a valid token as 'Authorization: Bearer <token>'.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if principal not in allowed:
        raise Problem(Code.AUTH_FORBIDDEN, f"The role {principal} may not do this.")


def token_hash(token: str) -> str:
    """How a token is stored: SHA-256, hex. Enough for 256 random bits."""
    return _digest(token.encode())


def digest_of(secret: bytes) -> str:
    """The same for a secret as it was sent."""
    return _digest(secret)


def _digest(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()
