"""Fetches what the screens need of the backend, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import contextlib

from ..clock import SystemClock
from ..config import Config
from ..core.errors import BackendRejected
from ..store.station import StationStore
from .cache import Cache
from .contact import Contact
from .sync import make_client


def fetch(config: Config, store: StationStore, seconds: float) -> int:
    """Fetch events, and the rosters of those that are not over; the number of events.

    Blocks for `seconds` at most for each answer. Raises BackendError.
    """
    backend = config.backend
    quick = min(seconds, backend.timeout_seconds)
    hasty = config.model_copy(
        update={"backend": backend.model_copy(update={"timeout_seconds": quick})}
    )
    return asyncio.run(_fetch(hasty, store))


async def _fetch(config: Config, store: StationStore) -> int:
    clock = SystemClock()
    async with make_client(config) as client:
        cache = Cache(client, store, clock, lan=config.lan.enabled)
        events = await cache.fetch_events()
        now = clock.now().wall_ms
        for event in events:
            if event.end > now:
                with contextlib.suppress(BackendRejected):  # one event's trouble is its own
                    await cache.fetch_roster(event.id)
        await Contact(config, clock)(client)
    return len(events)
