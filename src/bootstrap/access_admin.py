"""Events' changes, accounts and scanners' keys, on the database itself or over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from ..api.access import new_pairing_code
from ..api.auth import token_hash
from ..api.passwords import Passwords, require_usable
from ..api.problems import Problem
from ..api.resources.events import change
from ..clock import SystemClock
from ..core.access import NewScanner, PairingCode, ScannerRow, Status
from ..core.backend import Page, Role, User
from ..core.errors import UsageError
from ..core.fleet_values import PushedSettings
from ..core.model import Event
from ..core.pairing import CODE_LIVES_MS, shown_code
from ..core.records import SessionRow
from ..store.server import Store
from .local_audit import local

T = TypeVar("T")

ALL = 1000
"""Rows asked for at once where every row is wanted."""


class AccessAdmin(Protocol):
    """What the commands ask about accounts and scanners, wherever it is answered."""

    async def update_event(self, event_id: str, changes: Mapping[str, object]) -> Event:
        """Change an event; the changes by their names on the wire."""

    async def set_role(self, user_id: str, role: Role) -> User:
        """Change a role."""

    async def set_status(self, user_id: str, status: Status) -> User:
        """Approve or reject."""

    async def scanners(self) -> Sequence[ScannerRow]:
        """Scanners by name."""

    async def add_pairing_code(self, scanner: NewScanner) -> PairingCode:
        """A new one-time code."""

    async def revoke_scanner(self, name: str) -> ScannerRow:
        """Take a scanner's key back."""

    async def scan_sessions(self, event_id: str) -> Sequence[SessionRow]:
        """The event's scan sessions."""

    async def settings_for_all(self) -> PushedSettings:
        """What every station is told."""

    async def set_scanner(
        self, name: str, changes: Mapping[str, object], gate: str | None = None
    ) -> None:
        """Change what one station is told, or with an empty name all; None takes one back."""


class DatabaseAccess:
    """Works on the database, each call in a thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._clock = SystemClock()

    async def update_event(self, event_id: str, changes: Mapping[str, object]) -> Event:
        """Change an event. Raises UsageError."""
        try:
            return await asyncio.to_thread(change, self._store, event_id, changes)
        except Problem as problem:
            raise UsageError(problem.detail, safe="The event was not changed.") from None

    async def set_role(self, user_id: str, role: Role) -> User:
        """Change a role."""
        with local("users.set-role"):
            return await asyncio.to_thread(self._store.set_role, user_id, role)

    async def set_status(self, user_id: str, status: Status) -> User:
        """Approve or reject."""
        with local("users.approve" if status is Status.ACTIVE else "users.reject"):
            return await asyncio.to_thread(
                self._store.set_status, user_id, status, now_ms=self._now()
            )

    async def scanners(self) -> Sequence[ScannerRow]:
        """Scanners by name."""
        return await asyncio.to_thread(
            every_row, lambda at: self._store.scanners(limit=ALL, cursor=at)
        )

    async def add_pairing_code(self, scanner: NewScanner) -> PairingCode:
        """A new one-time code."""
        code, now_ms = new_pairing_code(), self._now()
        made = PairingCode(shown_code(code), now_ms + CODE_LIVES_MS)
        with local("scanners.pairing-code"):
            await asyncio.to_thread(
                self._store.add_pairing_code,
                token_hash(code),
                scanner,
                expires_at=made.expires_at,
                now_ms=now_ms,
            )
        return made

    async def revoke_scanner(self, name: str) -> ScannerRow:
        """Take a scanner's key back."""
        with local("scanners.revoke"):
            return await asyncio.to_thread(self._store.revoke_scanner, name, now_ms=self._now())

    async def scan_sessions(self, event_id: str) -> Sequence[SessionRow]:
        """The event's scan sessions."""
        listed = self._store.scan_sessions
        return await asyncio.to_thread(every_row, lambda at: listed(event_id, limit=ALL, cursor=at))

    async def settings_for_all(self) -> PushedSettings:
        """What every station is told."""
        return await asyncio.to_thread(self._store.settings_for_all)

    async def set_scanner(
        self, name: str, changes: Mapping[str, object], gate: str | None = None
    ) -> None:
        """Change what one station is told, or all."""
        change_settings, now_ms = self._store.change_settings, self._now()
        with local("scanners.set" if name else "fleet.set"):
            await asyncio.to_thread(change_settings, name, changes, gate=gate, now_ms=now_ms)

    def _now(self) -> int:
        return self._clock.now().wall_ms


def every_row(page_at: Callable[[str], Page[T]]) -> list[T]:
    """All rows of a list, page by page; `page_at` gets a cursor, at first an empty one."""
    page = page_at("")
    rows = list(page.items)
    while page.cursor:
        page = page_at(page.cursor)
        rows.extend(page.items)
    return rows


def require_password(password: str, email: str) -> None:
    """Refuse one that nobody should use. Raises UsageError."""
    try:
        require_usable(password, email)
    except Problem as problem:
        raise UsageError(f"The password can't be used: {problem.detail}") from None


def set_password(store: Store, user: User, password: str) -> None:
    """Set a password; every sign-in of the person ends. Blocks."""
    password_hash = asyncio.run(Passwords().hash(password))
    now_ms = SystemClock().now().wall_ms
    store.set_password(user.id, password_hash, keep="", now_ms=now_ms)
