"""Events made on this station while the backend was out of reach.

They are kept beside the cached ones, and become one with the backend's event of the same id as soon
as it is fetched.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import get_args

from ..core.errors import UsageError
from ..core.model import Approval, Event, WalkInPolicy
from ..store.station import StationStore

KEY = "localEvents"


def local_events(store: StationStore) -> list[Event]:
    """Those that the backend does not know yet, by start."""
    kept = store.get(KEY)
    known = {event.id for event in store.events()}
    made = [_event(each) for each in kept] if isinstance(kept, list) else []
    mine = [event for event in made if event is not None and event.id not in known]
    return sorted(mine, key=lambda event: (event.start, event.id))


def known_event(store: StationStore, event_id: str) -> Event:
    """The backend's event, or the one made here; of one that nobody knows only the id is known."""
    mine = (event for event in local_events(store) if event.id == event_id)
    return store.event(event_id) or next(mine, None) or Event(event_id, "", 0, 0)


def add_local_event(store: StationStore, event: Event) -> None:
    """Keep one more. Raises UsageError where the id is taken."""
    mine = local_events(store)
    if any(other.id == event.id for other in (*mine, *store.events())):
        raise UsageError(f"There is an event {event.id} already.", remedy="Choose another id.")
    store.set(KEY, [asdict(each) for each in (*mine, event)])


def _event(document: object) -> Event | None:
    if not isinstance(document, dict):
        return None
    try:
        event = Event(**document)
    except TypeError:
        return None
    right = all(isinstance(text, str) for text in (event.id, event.name, event.tz))
    whole = right and all(isinstance(ms, int) for ms in (event.start, event.end))
    known = event.walk_in_policy in get_args(WalkInPolicy) and event.approval in get_args(Approval)
    return event if whole and known else None
