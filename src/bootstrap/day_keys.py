"""Day keys of rotating ids: fetched with the roster, and removed when their event is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from ..api.client import BackendClient
from ..core.model import Event
from ..store.day_keys import keep_only, save_day_keys
from ..store.station import StationStore


async def forget_others(store: StationStore, events: Sequence[Event], now_ms: int) -> None:
    """Keep the keys of those events that have rotating ids and are not over."""
    rotating = [event.id for event in events if is_wanted(event, now_ms)]
    await asyncio.to_thread(_quietly, store, partial(keep_only, store.folder, rotating))


async def fetch_day_keys(
    client: BackendClient, store: StationStore, event_id: str, now_ms: int
) -> None:
    """Fetch what the event's rotating ids are resolved with. Raises BackendError."""
    event = await asyncio.to_thread(store.event, event_id)
    if event and is_wanted(event, now_ms):
        keys = await client.day_keys(event_id)
        save = partial(save_day_keys, store.folder, event_id, keys)
        await asyncio.to_thread(_quietly, store, save)


def _quietly(store: StationStore, work: Callable[[], None]) -> None:
    """Without these keys the station logs ids as they are, and the backend resolves them."""
    try:
        work()
    except OSError as error:
        store.warnings.append(f"The day keys can't be kept or removed: {error.strerror}.")


def is_wanted(event: Event, now_ms: int) -> bool:
    """Whether a station needs the event's day keys."""
    return event.rotating and event.end > now_ms
