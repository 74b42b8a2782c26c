"""What the backend refused, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ..clock import SystemClock
from ..config import Config
from ..core.errors import UsageError
from ..store.station import DISCARDED, KEPT, RefusedRecord, StationStore
from ..syncer import SyncResult
from .paths import log_path, state_dir
from .sync import LogSync, OnRetry, Target, make_client, make_patience, make_syncer


def refused_for(config: Config, event_id: str) -> tuple[RefusedRecord, ...]:
    """What the backend refused of this event's logs, with the reasons."""
    return StationStore(state_dir(config)).refused(event_id)


def handle_refused(config: Config, event_id: str, record_id: str, note: str) -> None:
    """Discard a refused record with a note, or, without one, keep it again. Raises UsageError."""
    state = DISCARDED if note else KEPT
    if not StationStore(state_dir(config)).handle_refused(event_id, record_id, state, note):
        raise _unknown(event_id, record_id)


def to_retry(config: Config, event_id: str, record_ids: Sequence[str]) -> list[RefusedRecord]:
    """The named refused records, or all that are kept. Raises UsageError for one that can't go."""
    refused = {record.id: record for record in refused_for(config, event_id)}
    for record_id in record_ids:
        if record_id not in refused:
            raise _unknown(event_id, record_id)
        if refused[record_id].state == DISCARDED:
            raise UsageError(
                f"{record_id} is discarded, so it is not sent.",
                remedy=f"First: headcount log refused restore --event {event_id} {record_id}",
            )
    wanted = set(record_ids) or {each.id for each in refused.values() if each.state == KEPT}
    return [record for record in refused.values() if record.id in wanted]


async def retry(
    config: Config, event_id: str, records: Sequence[RefusedRecord], on_retry: OnRetry
) -> SyncResult:
    """Send refused records again, and nothing else.

    Raises BackendError; what was accepted until then is no longer among the refused.
    """
    clock = SystemClock()
    store = await asyncio.to_thread(StationStore, state_dir(config))
    target = Target(event_id, log_path(config, event_id), ours=True)
    async with make_client(config) as client:
        patience = make_patience(clock, config.sync.attempts, on_retry)
        log_sync = LogSync(config, target, make_syncer(config, client, patience), store, clock)
        await log_sync.retry(records)
    return log_sync.synced.result


def _unknown(event_id: str, record_id: str) -> UsageError:
    return UsageError(
        f"No refused record of {event_id} has the id {record_id}.",
        remedy=f"See them with: headcount log refused list --event {event_id}",
    )
