"""Who asks, and may they: the one role guard of the HTTP interface."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from ..core.access import Holder
from .problems import Code, Problem

HolderOf = Callable[[str], Awaitable[Holder | None]]
"""Looks up the SHA-256 (hex) of a token or key."""

ExternalHolderOf = Callable[[bytes], Awaitable[Holder | None]]
"""Verifies an identity provider's token, and finds its user."""


_THREE_PARTS = re.compile(rb"[^.]*\.[^.]*\.[^.]*")


class Principal(StrEnum):
    """Who asks."""

    ANYONE = "anyone"
    SCANNER = "scanner"
    USER = "user"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and with what."""

    principal: Principal
    user_id: str = ""
    """Empty for a scanner."""
    scanner: str = ""
    """A paired scanner's name; empty for the shared key."""
    events: tuple[str, ...] = ()
    """The events that a scanner's key is good for; empty: every one."""
    expires_at: int | None = None
    token_hash: str = ""
    """Of the token that was sent; empty where none is kept here."""

    def may_touch(self, event_id: str) -> bool:
        """Whether the key's scope has this event; a person's role is not bound to events."""
        return not self.events or event_id in self.events


NOBODY = Caller(Principal.ANYONE)
SHARED_KEY = Caller(Principal.SCANNER)

EVERYONE = frozenset(Principal)
SIGNED_IN = EVERYONE - {Principal.ANYONE}
PEOPLE = SIGNED_IN - {Principal.SCANNER}
STAFF = frozenset({Principal.SCANNER, Principal.OPERATOR, Principal.ADMIN})
OPERATORS = frozenset({Principal.OPERATOR, Principal.ADMIN})
ADMINS = frozenset({Principal.ADMIN})
SCANNERS = frozenset({Principal.SCANNER})


class Keyring:
    """Tells who a presented secret belongs to."""

    def __init__(
        self,
        scanner_key: str | None,
        holder_of: HolderOf,
        external_holder_of: ExternalHolderOf | None = None,
    ) -> None:
        key = (scanner_key or "").strip()
        # An empty key would let everybody in who sends none: no key means no scanner.
        self._scanner = _digest(key.encode()) if key else None
        self._holder_of = holder_of
        self._external_holder_of = external_holder_of

    def is_shared_key(self, secret: bytes | None) -> bool:
        """Compare in constant time; digests have one length and are ASCII."""
        return bool(secret) and self.is_shared_hash(_digest(secret or b""))

    def is_shared_hash(self, digest: str) -> bool:
        """The same for a key of which only the hash is known (an event stream's)."""
        return self._scanner is not None and hmac.compare_digest(digest, self._scanner)

    async def identify(self, secret: bytes | None, *, people: bool = True) -> Caller:
        """Who a secret belongs to; NOBODY when there is none, or nobody has it.

        Without `people` no identity provider is asked: a scanner has no token of one.
        """
        if not secret:
            return NOBODY
        if self.is_shared_key(secret):
            return SHARED_KEY
        if people and self._external_holder_of and is_jwt(secret):
            return caller_with(await self._external_holder_of(secret), "")
        # By its hash, so that the time of the look-up tells nothing about the secret.
        digest = _digest(secret)
        return caller_with(await self._holder_of(digest), digest)


def is_jwt(secret: bytes) -> bool:
    """Whether this has the three parts of a signed JWT (RFC 7515, 3.1); our own tokens have one."""
    return _THREE_PARTS.fullmatch(secret) is not None


def caller_with(holder: Holder | None, token_hash: str) -> Caller:
    """Who presents the secret of this holder; NOBODY for None."""
    if holder is None:
        return NOBODY
    return Caller(
        Principal(holder.role.value) if holder.role else Principal.SCANNER,
        holder.user_id,
        holder.scanner,
        holder.events,
        holder.expires_at,
        token_hash,
    )


def bearer(header: str | None) -> bytes | None:
    """The secret of an Authorization header (RFC 6750, 2.1), as the bytes that were sent."""
    scheme, _, secret = (header or "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    # Starlette decodes headers as Latin-1; keys are UTF-8.
    return secret.strip().encode("latin-1") or None


async def guard(allowed: frozenset[Principal], keyring: Keyring, header: str | None) -> Caller:
    """Let pass, or raise Problem. Reads nothing of the body.

    What only scanners may use answers 403 to everybody else. What anyone may use asks nobody who
    they are.
    """
    if Principal.ANYONE in allowed:
        return NOBODY
    caller = await keyring.identify(bearer(header), people=allowed != SCANNERS)
    if caller.principal in allowed:
        return caller
    if allowed == SCANNERS:
        raise Problem(
            Code.SCANNER_KEY_REFUSED,
            "Send the scanner key as 'Authorization: Bearer <key>'. Nothing was read.",
        )
    if caller.principal is Principal.ANYONE:
        raise Problem(
            Code.AUTH_UNAUTHENTICATED,
            "Send a valid token as 'Authorization: Bearer <token>'.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    raise Problem(Code.AUTH_FORBIDDEN, f"The role {caller.principal} may not do this.")


def require_scope(caller: Caller, event_id: str) -> None:
    """Hold a scanner's key to its events. Raises Problem."""
    if not caller.may_touch(event_id):
        raise Problem(
            Code.SCANNER_EVENT_REFUSED,
            "This scanner's key is good for other events only. Nothing was read or stored.",
        )


def token_hash(token: str) -> str:
    """How a token is stored: SHA-256, hex. Enough for 256 random bits."""
    return _digest(token.encode())


def digest_of(secret: bytes) -> str:
    """The same for a secret as it was sent."""
    return _digest(secret)


def _digest(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()
