"""The command line's side of what admins change: events, accounts, scanners' keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import msgspec

from ..core.access import NewScanner, PairedScanner, PairingCode, ScannerRow, SignedIn, Status
from ..core.backend import Role, User
from ..core.badges import BadgePeriod
from ..core.model import Event
from . import wire
from .client import answer_as
from .fleet_client import FleetClient


class AccessClient(FleetClient):
    """Asks one backend about events, accounts and scanners, as an admin where it must be one."""

    async def update_event(self, event_id: str, changes: Mapping[str, object]) -> Event:
        """Change an event; the changes by their names on the wire."""
        path, body = f"/events/{quote(event_id, safe='')}", msgspec.json.encode(changes)
        return await self._ask("PATCH", path, answer_as(Event), body=body)

    async def set_role(self, user_id: str, role: Role) -> User:
        """Change a role."""
        body = msgspec.json.encode({"role": role.value})
        return await self._ask("PATCH", _of_user(user_id), answer_as(User), body=body)

    async def set_status(self, user_id: str, status: Status) -> User:
        """Approve or reject."""
        act = "approve" if status is Status.ACTIVE else "reject"
        return await self._ask("POST", f"{_of_user(user_id)}/{act}", answer_as(User), body=b"")

    async def badges(self, user_id: str) -> list[BadgePeriod]:
        """A person's badges in the course of time."""
        return await self._pages(badges_of(user_id), BadgePeriod)

    async def scanners(self) -> Sequence[ScannerRow]:
        """Scanners by name."""
        return await self._pages("/scanners", ScannerRow)

    async def add_pairing_code(self, scanner: NewScanner) -> PairingCode:
        """A new one-time code."""
        body = msgspec.json.encode(wire.to_wire(scanner))
        return await self._ask("POST", "/scanners/pairingCodes", answer_as(PairingCode), body=body)

    async def revoke_scanner(self, name: str) -> ScannerRow:
        """Take a scanner's key back."""
        path = f"/scanners/{quote(name, safe='')}/revoke"
        return await self._ask("POST", path, answer_as(ScannerRow), body=b"")

    async def pair(self, code: str, name: str) -> PairedScanner:
        """Exchange a code for a key."""
        body = msgspec.json.encode({"code": code, "name": name})
        return await self._ask("POST", "/scanners/pair", answer_as(PairedScanner), body=body)

    async def sign_in(self, email: str, password: str) -> SignedIn:
        """Exchange email and password for a token."""
        body = msgspec.json.encode({"email": email, "password": password})
        return await self._ask("POST", "/auth/signIn", answer_as(SignedIn), body=body)

    async def sign_out(self) -> None:
        """Make the backend forget the token."""
        await self._ask("POST", "/auth/signOut", lambda _: None, body=b"")


def _of_user(user_id: str) -> str:
    return f"/users/{quote(user_id, safe='')}"


def badges_of(user_id: str) -> str:
    """The path of a person's badges."""
    return f"/users/{quote(user_id, safe='')}/badges"
