"""What admins change of events and their facts; each method is one transaction, or one snapshot."""

from __future__ import annotations

from ...core.backend import Page
from ...core.badges import BadgePeriod, NewBadge
from ...core.corrections import Correction, NewCorrection
from ...core.model import Event
from ...core.records import SessionRow
from . import badge_periods, corrections, events, trash
from .account_store import AccountStore
from .rotation import catch_up


class RulesStore(AccountStore):
    """The part of the store that changes what is known already."""

    def update_event(self, before: Event, after: Event) -> Event:
        """Change an event that is still as it was read. Raises EventNotFound, EventChanged."""
        with self._database.write() as connection:
            changed = events.update_event(connection, before, after)
            catch_up(connection, after.id)
            return changed

    def delete_session(self, session_id: str, *, by: str, why: str, now_ms: int) -> SessionRow:
        """Move a scan session to the trash. Raises SessionNotFound."""
        with self._database.write() as connection:
            return trash.delete_session(connection, session_id, by, why, now_ms)

    def restore_session(self, session_id: str, *, now_ms: int) -> SessionRow:
        """Take a scan session out of the trash. Raises SessionNotFound, TrashExpired."""
        with self._database.write() as connection:
            return trash.restore_session(connection, session_id, now_ms)

    def correct(self, event_id: str, wanted: NewCorrection, *, by: str, now_ms: int) -> Correction:
        """Store a correction. Raises EventNotFound, UserNotFound, RecordNotFound, AlreadyVoid."""
        with self._database.write() as connection:
            return corrections.correct(
                connection, event_id, wanted, by=by, new_id=self._new_id, now_ms=now_ms
            )

    def corrections(self, event_id: str, *, limit: int, cursor: str = "") -> Page[Correction]:
        """Every act of an event in the order of arrival. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return corrections.list_corrections(connection, event_id, limit, cursor)

    def badges(self, user_id: str) -> list[BadgePeriod]:
        """A person's badges in the course of time. Raises UserNotFound."""
        with self._database.read() as connection:
            return badge_periods.badges(connection, user_id)

    def add_badge(self, user_id: str, badge: NewBadge, *, by: str, now_ms: int) -> BadgePeriod:
        """Give a person one more badge. Raises UserNotFound, BadgeTaken."""
        with self._database.write() as connection:
            return badge_periods.add_badge(connection, user_id, badge, by=by, now_ms=now_ms)

    def end_badge(self, user_id: str, ble_uuid: str, *, valid_to: int) -> BadgePeriod:
        """Take a badge back from then on. Raises UserNotFound, BadgeNotFound."""
        with self._database.write() as connection:
            return badge_periods.end_badge(connection, user_id, ble_uuid, valid_to)
