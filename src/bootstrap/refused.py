"""What the backend refused, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from ..clock import SystemClock
from ..config import Config
from ..core.acts import Act
from ..core.desk import Desk
from ..core.errors import LogInUse, UsageError
from ..core.news import Acted
from ..core.roster import Roster
from ..store.logline import decode
from ..store.station import ASSIGNED, DISCARDED, KEPT, RefusedRecord, StationStore
from ..syncer import SyncResult
from .acts import perform
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
        if (state := refused[record_id].state) != KEPT:
            raise UsageError(
                f"{record_id} is {state}, so it is not sent.",
                remedy=f"First: headcount log refused restore --event {event_id} {record_id}",
            )
    wanted = set(record_ids) or {each.id for each in refused.values() if each.state == KEPT}
    return [record for record in refused.values() if record.id in wanted]


def assign(
    config: Config, event_id: str, record_id: str, who: str, by: str, at_ms: int | None
) -> Acted:
    """Check a person in by hand, at the time that a refused record says, and leave that one alone.

    `at_ms` is for a record without a usable time. Raises UsageError, LogInUse, LogUnwritable.
    """
    store = StationStore(state_dir(config))
    refused = next((each for each in store.refused(event_id) if each.id == record_id), None)
    if refused is None:
        raise _unknown(event_id, record_id)
    time = at_ms if at_ms is not None else decode(refused.raw.encode()).check_in_time
    if time is None:
        raise UsageError(
            f"{record_id} does not say when it was.",
            safe="Nothing was changed.",
            remedy="Give the time with --at, such as 2026-07-20T18:30.",
        )
    why = f"refused record {record_id}: {refused.code}"

    def decide(desk: Desk, roster: Roster, *_: object) -> Act:
        return replace(desk.check_in(roster, who), why=why)

    try:
        acted = perform(config, event_id, by, decide, time)
    except LogInUse as error:
        raise LogInUse(
            error.what, safe="Nothing was written.", remedy="Assign it when the scan has ended."
        ) from None
    name = acted.person.name if acted.person else who
    store.handle_refused(event_id, record_id, ASSIGNED, f"{name}, as record {acted.id}")
    return acted


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
