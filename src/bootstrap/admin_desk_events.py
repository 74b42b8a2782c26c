"""Events over HTTP: implements `tui.admin.ports_events.EventsDesk`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from ..api.admin_client import AdminClient
from ..api.wire import page_from_wire
from ..core.errors import HeadcountError
from ..core.model import Event
from .admin_follow import follow


class HttpEvents:
    """The events of one backend."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def follow(self) -> AsyncGenerator[Sequence[Event] | HeadcountError, None]:
        """All events by start, at once and after each change."""
        return follow(
            lambda: self._client.live("events", lambda value: page_from_wire(value, Event).items)
        )
