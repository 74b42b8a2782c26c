"""What the station knows about a log: names for badges, and what the backend refused."""

from __future__ import annotations

from pathlib import Path

from ..config import Config
from ..core.errors import UsageError
from ..store.station import DISCARDED, KEPT, RefusedRecord, StationStore
from .paths import event_of, state_dir


def names_for(config: Config, log: Path) -> dict[str, str]:
    """Names by bleUuid from the cached roster; empty for a log of no known event."""
    event_id = event_of(config, log)
    cached = StationStore(state_dir(config)).roster(event_id) if event_id else None
    if cached is None:
        return {}
    return {badge: person.name for person, badges in cached.members for badge in badges}


def refused_for(config: Config, event_id: str) -> tuple[RefusedRecord, ...]:
    """What the backend refused of this event's logs, with the reasons."""
    return StationStore(state_dir(config)).refused(event_id)


def handle_refused(config: Config, event_id: str, record_id: str, note: str) -> None:
    """Discard a refused record with a note, or, without one, keep it again. Raises UsageError."""
    state = DISCARDED if note else KEPT
    if not StationStore(state_dir(config)).handle_refused(event_id, record_id, state, note):
        raise UsageError(
            f"No refused record of {event_id} has the id {record_id}.",
            remedy=f"See them with: headcount log refused list --event {event_id}",
        )
