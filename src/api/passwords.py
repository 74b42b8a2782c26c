"""Passwords: hashed with Argon2id, few at a time, beside the event loop."""

from __future__ import annotations

import functools
import unicodedata
from typing import TypeVar

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .problems import Code, Problem

T = TypeVar("T")

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 rounds, 1 lane. About 17 ms."""

AT_ONCE = 2
"""Hashes that are computed at the same time: 38 MiB, and a core left for the batches."""
WAITING = 40
"""Requests that may wait for their turn, a second or so; more are told to come back."""

SHORTEST = 12
"""Characters. NIST SP 800-63B-4 asks for 15 where a password is all there is, 8 beside another
factor; here wrong tries are slowed down per account."""
LONGEST = 256
"""Characters: a sentence and more, and no megabytes to be hashed."""


class Passwords:
    """Hashes and compares; an unknown account costs the same time as a known one."""

    def __init__(self) -> None:
        self._turns = anyio.CapacityLimiter(AT_ONCE)
        _unknown_hash()  # now, so that the first unknown account takes no longer than the others

    async def hash(self, password: str) -> str:
        """The Argon2id hash in PHC form. Raises Problem when too many wait."""
        return await self._run(functools.partial(_HASHER.hash, _normal(password)))

    async def matches(self, password: str, password_hash: str) -> bool:
        """Whether it is the password. An empty hash matches nothing, after the same time."""
        stored = password_hash or _unknown_hash()
        right = await self._run(functools.partial(_verify, stored, _normal(password)))
        return right and bool(password_hash)

    async def _run(self, work: functools.partial[T]) -> T:
        if self._turns.statistics().tasks_waiting >= WAITING:
            detail = "Too many people sign in at this moment. Try again in a second."
            raise Problem(Code.TOO_MANY_TRIES, detail, headers={"Retry-After": "1"})
        return await anyio.to_thread.run_sync(work, limiter=self._turns)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def _unknown_hash() -> str:
    """What an unknown account's password is compared with."""
    return _HASHER.hash("nobody's")


def _normal(password: str) -> str:
    """One form of the same characters typed on different machines (SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def require_usable(wanted: str, email: str) -> None:
    """Refuse what is too short, too long, or the email itself. Raises Problem."""
    if not SHORTEST <= len(wanted) <= LONGEST:
        raise _unusable(f"expected {SHORTEST} to {LONGEST} characters")
    if wanted.casefold() == email.casefold():
        raise _unusable("expected something else than the email")


def _unusable(why: str) -> Problem:
    return Problem(Code.BODY_INVALID, f"password: {why}.")
