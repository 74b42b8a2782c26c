"""What admins change of events and their facts; each method is one transaction, or one snapshot."""

from __future__ import annotations

from ...core.model import Event
from . import events
from .account_store import AccountStore


class RulesStore(AccountStore):
    """The part of the store that implements `core.event_rules.EventBook`."""

    def update_event(self, before: Event, after: Event) -> Event:
        """Change an event that is still as it was read. Raises EventNotFound, EventChanged."""
        with self._database.write() as connection:
            return events.update_event(connection, before, after)
