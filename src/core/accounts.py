"""What sign-in, roles, pairing and identity providers ask of the database.

All methods block. Secrets come in as their SHA-256 (hex): a token, a key or a code has enough
random bits that a quick hash keeps it. Times are Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # core.backend builds on this protocol
    from .access import (
        Credential,
        ExternalPerson,
        Holder,
        NewScanner,
        NewSignIn,
        NewUser,
        PairedScanner,
        ScannerRow,
        Status,
        UserMessage,
    )
    from .backend import Page, Role, User
    from .backoff import Subject


class SignIns(Protocol):
    """Passwords, sign-ins and the counting of wrong tries."""

    def begin_attempt(self, subjects: Sequence[Subject], *, now_ms: int) -> int:
        """Count a try, and return 0; or milliseconds to wait, and nothing is counted.

        It is counted before it is made, so that a hundred at once are no hundred free ones.
        """

    def forgive(self, keys: Sequence[str], *, refund: Sequence[str] = ()) -> None:
        """The try was right: forget what was counted for `keys`, take back one try of `refund`."""

    def holder(self, secret_hash: str, *, now_ms: int, idle_ms: int) -> Holder | None:
        """Whom a token or key belongs to; None for one that is unknown, over, idle or revoked."""

    def holders(
        self, secret_hashes: Iterable[str], *, now_ms: int, idle_ms: int
    ) -> dict[str, Holder]:
        """The same for many; those that belong to nobody are left out."""

    def note_use(self, secret_hash: str, *, now_ms: int) -> None:
        """Note that a token or key was used."""

    def credential(self, email: str) -> Credential | None:
        """What the password of the person with this email is compared with."""

    def sign_up(self, person: NewUser, *, status: Status, now_ms: int) -> None:
        """Create a person with a password.

        A known email without a password gets a pending one, whatever `status` says: who asks may
        not be that person. An email that has a password is left alone. The caller can't tell.
        """

    def sign_in(self, user_id: str, sign_in: NewSignIn, *, now_ms: int) -> User:
        """Keep a sign-in. Raises UserNotFound."""

    def sign_out(self, token_hash: str) -> None:
        """Forget a token."""

    def set_password(self, user_id: str, password_hash: str, *, keep: str, now_ms: int) -> None:
        """Set a password; every other sign-in than the token hash `keep` ends.

        Raises UserNotFound.
        """


class People(Protocol):
    """Roles and approval."""

    def user(self, user_id: str) -> User:
        """One user. Raises UserNotFound."""

    def set_role(self, user_id: str, role: Role) -> User:
        """Change a role. Raises UserNotFound, LastAdmin."""

    def set_status(self, user_id: str, status: Status, *, now_ms: int) -> User:
        """Approve or reject; a rejection ends every sign-in. Raises UserNotFound, LastAdmin."""


class ScannerKeys(Protocol):
    """Pairing codes and scanners' own keys."""

    def add_pairing_code(
        self, code_hash: str, scanner: NewScanner, *, expires_at: int, now_ms: int
    ) -> None:
        """Keep a code. Raises EventNotFound for an event that is not there."""

    def redeem_code(
        self, code_hash: str, *, name: str, key_hash: str, now_ms: int
    ) -> PairedScanner:
        """Use a code up and keep the key; the answer's `key` is empty.

        A code made for the name of a paired scanner replaces its key. Raises CodeRefused,
        ScannerExists.
        """

    def scanners(self, *, limit: int, cursor: str = "") -> Page[ScannerRow]:
        """Scanners by name. Raises UsageError for a cursor of another list."""

    def names_with_key(self, names: Collection[str]) -> frozenset[str]:
        """Those of these names whose scanner has a key that is good."""

    def revoke_scanner(self, name: str, *, now_ms: int) -> ScannerRow:
        """Take a scanner's key back, from the next request on. Raises ScannerNotFound."""


class Identities(Protocol):
    """People whom an identity provider vouches for."""

    def external_holder(self, person: ExternalPerson, *, now_ms: int) -> Holder | None:
        """The user of this identity, matched or made on first contact; None if removed there."""

    def apply_user_message(self, message: UserMessage, *, now_ms: int) -> bool:
        """Apply a message once: the id is kept in the same transaction. False: it was known.

        Raises MessageReplayed if it is the very same, sent at the same time.
        """


class Accounts(SignIns, People, ScannerKeys, Identities, Protocol):
    """All of it."""
