"""What admins change of events and their facts; each method is one transaction, or one snapshot."""

from __future__ import annotations

from ...core.model import Event
from ...core.records import SessionRow
from . import events, trash
from .account_store import AccountStore


class RulesStore(AccountStore):
    """The part of the store that changes what is known already."""

    def update_event(self, before: Event, after: Event) -> Event:
        """Change an event that is still as it was read. Raises EventNotFound, EventChanged."""
        with self._database.write() as connection:
            return events.update_event(connection, before, after)

    def delete_session(self, session_id: str, *, by: str, why: str, now_ms: int) -> SessionRow:
        """Move a scan session to the trash. Raises SessionNotFound."""
        with self._database.write() as connection:
            return trash.delete_session(connection, session_id, by, why, now_ms)

    def restore_session(self, session_id: str, *, now_ms: int) -> SessionRow:
        """Take a scan session out of the trash. Raises SessionNotFound, TrashExpired."""
        with self._database.write() as connection:
            return trash.restore_session(connection, session_id, now_ms)
