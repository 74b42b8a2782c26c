"""Accounts, scanners' keys and secrets as values: who holds what, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from .backend import Role, User
from .errors import HeadcountError
from .fleet_values import NOTHING, UNTOLD, PushedSettings, Versions


class UserNotFound(HeadcountError):
    """No user has this id."""


class LastAdmin(HeadcountError):
    """Without this admin nobody could let anybody in again."""


class CodeRefused(HeadcountError):
    """A pairing code that is wrong, used or too old; which of them is not told."""


class ScannerExists(HeadcountError):
    """A paired scanner has this name, and the code was not made for that name."""


class ScannerNotFound(HeadcountError):
    """No paired scanner has this name."""


class MessageReplayed(HeadcountError):
    """This very message was received before."""


class Status(StrEnum):
    """Whether a person may sign in. People who were imported are active."""

    ACTIVE = "active"
    PENDING = "pending"
    """Signed up; an admin has not said yes yet."""
    REJECTED = "rejected"
    """An admin said no, or the identity provider removed the person."""


class Credential(NamedTuple):
    """What a password is compared with."""

    user_id: str
    password_hash: str
    """Argon2id, in the PHC string format; empty for a person without a password."""
    active: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a secret belongs to: a person, or a paired scanner."""

    role: Role | None
    """None for a scanner."""
    user_id: str = ""
    scanner: str = ""
    events: tuple[str, ...] = ()
    """The events that a scanner's key is good for; empty: every one."""
    expires_at: int | None = None
    """Unix milliseconds; None for what does not expire."""
    used_at: int | None = None
    """When the use was noted last, Unix milliseconds; None where it is not noted."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person who signs up. Texts are clean."""

    name: str
    email: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """A sign-in: the token's SHA-256 (hex), and when it ends at the latest."""

    token_hash: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The answer to a sign-in. The token is told here, and never again."""

    token: str
    expires_at: int
    user: User


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and until when; `expires_at` is None for an admin's permanent token."""

    user: User
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class NewScanner:
    """What an admin decides about a scanner that is to be paired."""

    name: str = ""
    """Empty: the station's own word."""
    gate: str = ""
    """The place where it stands."""
    events: tuple[str, ...] = ()
    """Ids of the events that its key is good for; empty: every one."""


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A one-time code. It is told here, and never again."""

    code: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class PairedScanner:
    """The answer to a code. The key is told here, and never again."""

    name: str
    key: str
    gate: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScannerRow:
    """A scanner that has a key, or that records came from."""

    name: str
    gate: str
    events: tuple[str, ...]
    paired_at: int | None
    """None: never paired; it sends with the shared key."""
    last_contact: int | None
    revoked_at: int | None
    versions: Versions = UNTOLD
    outdated: bool = False
    """Its headcount is older than the backend's."""
    settings: PushedSettings = NOTHING
    """What is decided for it alone; what it is told has those for all below."""


@dataclass(frozen=True, slots=True)
class ExternalPerson:
    """A person as an identity provider vouches for them."""

    token_identifier: str
    """`<issuer>|<subject>`."""
    name: str = ""
    email: str = ""
    """Empty unless the provider says that it is verified: it decides who is matched."""


class Change(StrEnum):
    """What an identity provider tells of a person."""

    CREATED = "user.created"
    UPDATED = "user.updated"
    DELETED = "user.deleted"


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A verified message of an identity provider."""

    message_id: str
    sent_at: int
    change: Change
    person: ExternalPerson
    changed_at: int
    """When the change was made there, Unix milliseconds: messages may arrive in another order."""
