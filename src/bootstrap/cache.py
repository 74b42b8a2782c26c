"""What the station needs of the backend without a network: events, rosters, keys."""

from __future__ import annotations

import asyncio

from ..api.client import BackendClient
from ..core.backend import Registration
from ..core.identity import canonical, clean_text
from ..core.model import Event, Person
from ..core.ports import Clock
from ..store.station import StationStore
from .day_keys import fetch_day_keys, forget_others
from .lan_key import fetch_lan_key, forget_lan_keys

NAME_LIMIT = 200
"""Characters of a roster's name that are kept; the backend's own limit."""


class Cache:
    """Fetches what the station needs without a network: events and rosters."""

    def __init__(
        self, client: BackendClient, store: StationStore, clock: Clock, *, lan: bool = False
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._lan = lan

    async def fetch_events(self) -> list[Event]:
        """Every event. Raises BackendUnreachable, KeyRefused."""
        events = await self._client.events()
        now = self._clock.now().wall_ms
        await asyncio.to_thread(self._store.save_events, events, now)
        await forget_others(self._store, events, now)
        await forget_lan_keys(self._store, events, now)
        return events

    async def fetch_roster(self, event_id: str) -> int:
        """The event's people and badges; their number. Raises BackendError."""
        people = [member(r) for r in await self._client.registrations(event_id)]
        now = self._clock.now().wall_ms
        await asyncio.to_thread(self._store.save_roster, event_id, people, now)
        await fetch_day_keys(self._client, self._store, event_id, now)
        if self._lan:
            await fetch_lan_key(self._client, self._store, event_id)
        return len(people)


def member(registration: Registration) -> tuple[Person, tuple[str, ...]]:
    """A roster's entry: clean texts, and the badges that a radio can hear."""
    name = clean_text(registration.name, NAME_LIMIT)
    person = Person(
        registration.user_id, name, registration.email, registration.status == "approved"
    )
    return person, tuple(filter(None, map(canonical, registration.ble_uuids)))
