"""The store's methods for rotating ids."""

from __future__ import annotations

from ...core.audit import note
from ...core.backend import Page
from ...core.rotation import DayKey
from ...core.rotation_book import NewRotation
from . import rotation
from .account_store import AccountStore


class RotationStore(AccountStore):
    """Implements `core.rotation_book.RotationBook`."""

    def add_rotation(self, user_id: str, secret: bytes, *, now_ms: int) -> NewRotation:
        """Give a person a secret; the one before ends now. Raises UserNotFound."""
        with self._database.write() as connection:
            note(subject=f"users/{user_id}")
            return rotation.add_secret(connection, user_id, secret, now_ms)

    def day_keys(self, event_id: str, *, limit: int, cursor: str = "", now_ms: int) -> Page[DayKey]:
        """The keys of the event's days. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return rotation.day_keys(connection, event_id, limit, cursor, now_ms)
