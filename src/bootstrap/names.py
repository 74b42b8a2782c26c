"""Names for the badges in a log, as far as the station knows them."""

from __future__ import annotations

from pathlib import Path

from ..config import Config
from ..store.station import StationStore
from .paths import event_of, state_dir


def names_for(config: Config, log: Path) -> dict[str, str]:
    """Names by bleUuid from the cached roster; empty for a log of no known event."""
    event_id = event_of(config, log)
    cached = StationStore(state_dir(config)).roster(event_id) if event_id else None
    if cached is None:
        return {}
    return {badge: person.name for person, badges in cached.members for badge in badges}
