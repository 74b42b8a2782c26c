"""The rules of access, as the application is given them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from ..core.pairing import CODE_LENGTH, LETTERS
from .passwords import Passwords

_HOUR_MS = 3_600_000

USE_NOTED_MS = 60_000
"""A use is noted once a minute at most: reading must not make a write of each request."""


class SignUp(StrEnum):
    """Who may make an account for themselves."""

    CLOSED = "closed"
    APPROVAL = "approval"
    """Anybody, and an admin says yes or no."""
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of access. Times are milliseconds."""

    sign_up: SignUp = SignUp.CLOSED
    idle_ms: int = 12 * _HOUR_MS
    """A sign-in ends after this long without a request."""
    longest_ms: int = 168 * _HOUR_MS
    """A sign-in ends after this long in any case."""
    issuer: str = ""
    """The identity provider's name; empty for none."""
    webhook_secret: str = ""
    """Whose signature messages about users carry; empty: none is accepted."""
    insights_secret: str = ""
    """Whose signature messages about insights carry; empty: none is accepted."""
    passwords: Passwords = field(default_factory=Passwords)


def new_secret() -> str:
    """A token or key: 256 random bits, 43 letters."""
    return secrets.token_urlsafe(32)


def new_pairing_code() -> str:
    """A one-time code, as it is hashed."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
