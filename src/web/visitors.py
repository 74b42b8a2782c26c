"""Who is signed in at the browser's door. Nothing here is written to a disk."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from ..core.access import SignedIn

MOST: Final = 1_000
"""Visitors that are remembered; beyond, the one who signed in first has to sign in again."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has signed in, until `expires_at` (Unix ms)."""

    name: str
    token: str
    """For the backend; it never leaves this machine's processes."""
    expires_at: int


SignIn = Callable[[str, str], Awaitable[SignedIn]]
"""Email and password to a token. Raises BackendError."""
SignOut = Callable[[str], Awaitable[None]]
"""Ends a token. Raises BackendError."""


class Visitors:
    """Sessions by the hash of the cookie's value. `now_ms` and `new_secret` are the edges'."""

    def __init__(self, now_ms: Callable[[], int], new_secret: Callable[[], str]) -> None:
        self._now_ms = now_ms
        self._new_secret = new_secret
        self._known: dict[str, Visitor] = {}

    def enter(self, signed_in: SignedIn) -> str:
        """Remember a visitor; the result is the cookie's value."""
        while len(self._known) >= MOST:
            self._known.pop(next(iter(self._known)))
        secret = self._new_secret()
        self._known[_hash(secret)] = Visitor(
            signed_in.user.name, signed_in.token, signed_in.expires_at
        )
        return secret

    def find(self, secret: str) -> Visitor | None:
        """The visitor with this cookie, or None."""
        visitor = self._known.get(_hash(secret))
        if visitor is not None and visitor.expires_at <= self._now_ms():
            del self._known[_hash(secret)]
            return None
        return visitor

    def leave(self, secret: str) -> Visitor | None:
        """Forget a visitor."""
        return self._known.pop(_hash(secret), None)


def _hash(secret: str) -> str:
    """Looked up by hash, so that no comparison depends on how much of a guess is right."""
    return hashlib.sha256(secret.encode()).hexdigest()
