"""What the backend can do for logs with its keys, and what the outside may know of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public halves, base64 of 32 bytes each (GET /logKeys)."""

    seal: str
    """X25519: stations seal records for it (`log.seal_to`)."""
    sign: str
    """Ed25519: countersigns the heads of logs."""


class LogKeys(Protocol):
    """The backend's key pairs. Implemented by `keys.BackendKeys`."""

    def public(self) -> PublicKeys:
        """The public halves."""

    def open(self, box: bytes) -> bytes:
        """What a station sealed. Raises ValueError: for another key, or changed since."""

    def sign(self, message: bytes) -> str:
        """The signature of a message, base64."""

    def lan_key(self, event_id: str) -> str:
        """The fleet key of an event's stations (`core/lan_key.py`), the same each time."""
