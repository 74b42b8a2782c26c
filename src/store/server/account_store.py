"""The part of the store that is about accounts: each method is one transaction, or one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from ...core.access import (
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
from ...core.audit import note
from ...core.backend import Page, Role, User
from ...core.backoff import Subject
from . import accounts, identities, scanner_keys, sign_in, throttle
from .database import Database


class AccountStore:
    """Implements `core.accounts.Accounts`."""

    def __init__(self, database: Database, new_id: Callable[[], str]) -> None:
        self._database = database
        self._new_id = new_id

    def begin_attempt(self, subjects: Sequence[Subject], *, now_ms: int) -> int:
        """Count a try, and return 0; or milliseconds to wait, and nothing is counted."""
        with self._database.write() as connection:
            return throttle.begin_attempt(connection, subjects, now_ms)

    def forgive(self, keys: Sequence[str], *, refund: Sequence[str] = ()) -> None:
        """Forget what was counted for `keys`, and take back one try of `refund`."""
        with self._database.write() as connection:
            throttle.forgive(connection, keys, refund)

    def holder(self, secret_hash: str, *, now_ms: int, idle_ms: int) -> Holder | None:
        """Whom a token or key belongs to."""
        with self._database.read() as connection:
            return sign_in.holder(connection, secret_hash, now_ms, idle_ms)

    def note_use(self, secret_hash: str, *, now_ms: int) -> None:
        """Note that a token or key was used."""
        with self._database.write() as connection:
            sign_in.note_use(connection, secret_hash, now_ms)

    def credential(self, email: str) -> Credential | None:
        """What the password of the person with this email is compared with."""
        with self._database.read() as connection:
            return sign_in.credential(connection, email)

    def holders(
        self, secret_hashes: Iterable[str], *, now_ms: int, idle_ms: int
    ) -> dict[str, Holder]:
        """The same for many; those that belong to nobody are left out."""
        with self._database.read() as connection:
            return sign_in.holders(connection, secret_hashes, now_ms, idle_ms)

    def sign_up(self, person: NewUser, *, status: Status, now_ms: int) -> None:
        """Create a person with a password; see `core.accounts`."""
        with self._database.write() as connection:
            sign_in.sign_up(connection, person, status, self._new_id, now_ms)

    def sign_in(self, user_id: str, new: NewSignIn, *, now_ms: int) -> User:
        """Keep a sign-in. Raises UserNotFound."""
        with self._database.write() as connection:
            note(subject=f"users/{user_id}")
            return sign_in.sign_in(connection, user_id, new, now_ms)

    def sign_out(self, token_hash: str) -> None:
        """Forget a token."""
        with self._database.write() as connection:
            sign_in.sign_out(connection, token_hash)

    def set_password(self, user_id: str, password_hash: str, *, keep: str, now_ms: int) -> None:
        """Set a password; every other sign-in ends. Raises UserNotFound."""
        with self._database.write() as connection:
            note(subject=f"users/{user_id}")
            sign_in.set_password(connection, user_id, password_hash, keep, now_ms)

    def user(self, user_id: str) -> User:
        """One user. Raises UserNotFound."""
        with self._database.read() as connection:
            return accounts.user(connection, user_id)

    def set_role(self, user_id: str, role: Role) -> User:
        """Change a role. Raises UserNotFound, LastAdmin."""
        with self._database.write() as connection:
            before = accounts.user(connection, user_id)
            note(
                subject=f"users/{user_id}",
                before={"role": before.role.value},
                after={"role": role.value},
            )
            return accounts.set_role(connection, user_id, role)

    def set_status(self, user_id: str, status: Status, *, now_ms: int) -> User:
        """Approve or reject. Raises UserNotFound, LastAdmin."""
        with self._database.write() as connection:
            before = accounts.user(connection, user_id)
            note(
                subject=f"users/{user_id}",
                before={"status": before.status},
                after={"status": status.value},
            )
            return accounts.set_status(connection, user_id, status, now_ms)

    def add_pairing_code(
        self, code_hash: str, scanner: NewScanner, *, expires_at: int, now_ms: int
    ) -> None:
        """Keep a code. Raises EventNotFound."""
        with self._database.write() as connection:
            after = {"gate": scanner.gate, "events": list(scanner.events)}
            note(subject=f"scanners/{scanner.name}", after=after, expiresAt=expires_at)
            scanner_keys.add_pairing_code(connection, code_hash, scanner, expires_at, now_ms)

    def redeem_code(
        self, code_hash: str, *, name: str, key_hash: str, now_ms: int
    ) -> PairedScanner:
        """Use a code up and keep the key. Raises CodeRefused, ScannerExists."""
        with self._database.write() as connection:
            paired = scanner_keys.redeem_code(connection, code_hash, name, key_hash, now_ms)
            after = {"gate": paired.gate, "events": list(paired.events)}
            note(subject=f"scanners/{paired.name}", after=after)
            return paired

    def scanners(self, *, limit: int, cursor: str = "") -> Page[ScannerRow]:
        """Scanners by name. Raises UsageError for a cursor of another list."""
        with self._database.read() as connection:
            return scanner_keys.scanners(connection, limit, cursor)

    def names_with_key(self, names: Collection[str]) -> frozenset[str]:
        """Those of these names whose scanner has a key that is good."""
        with self._database.read() as connection:
            return scanner_keys.names_with_key(connection, names)

    def revoke_scanner(self, name: str, *, now_ms: int) -> ScannerRow:
        """Take a scanner's key back. Raises ScannerNotFound."""
        with self._database.write() as connection:
            note(subject=f"scanners/{name}")
            return scanner_keys.revoke_scanner(connection, name, now_ms)

    def external_holder(self, person: ExternalPerson, *, now_ms: int) -> Holder | None:
        """The user of this identity, matched or made on first contact."""
        with self._database.read() as connection:
            holder = identities.known_holder(connection, person)
            is_met = holder is not None or identities.is_met(connection, person)
        if is_met:
            return holder
        with self._database.write() as connection:
            return identities.meet(connection, person, self._new_id, now_ms)

    def apply_user_message(self, message: UserMessage, *, now_ms: int) -> bool:
        """Apply a message once. Raises MessageReplayed."""
        with self._database.write() as connection:
            note(change=message.change.value, messageId=message.message_id)
            return identities.apply_user_message(connection, message, self._new_id, now_ms)
