"""Copies of other stations' logs: what is here, and sending them in their station's name.

The backend takes each record once, whoever brings it: a copy beside the log itself changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..clock import SystemClock
from ..config import Config
from ..core.errors import UsageError
from ..core.identity import clean_text
from ..core.model import LogLine
from ..store.log_reader import read_log
from ..store.peer_copies import copies_of, entry_of
from ..store.station import StationStore
from .paths import log_path, make_data_dir, state_dir
from .sync import LogSync, OnRetry, Synced, Target, make_client, make_patience, make_syncer


@dataclass(slots=True)
class PeerLog:
    """One copy."""

    file: Path
    scanners: set[str] = field(default_factory=set)
    """Names in its records, fit for a terminal; nearly always one."""
    records: int = 0
    first_ms: int | None = None
    last_ms: int | None = None

    @property
    def name(self) -> str:
        """The scanners' names."""
        return ", ".join(sorted(self.scanners)) or "empty"


def peer_logs(config: Config, event_id: str, name: str = "") -> list[PeerLog]:
    """The copies of an event; `name`: only those with records of this scanner. Raises UsageError.

    A running scan may be writing them: what is whole is read.
    """
    try:
        found = [_look(file) for file in copies_of(log_path(config, event_id))]
    except OSError as error:
        raise UsageError(f"The copies can't be read: {error.strerror}.") from None
    if name and not any(name in each.scanners for each in found):
        names = sorted({scanner for each in found for scanner in each.scanners})
        raise UsageError(
            f"There is no copy with records of {name}.",
            remedy=f"There are some of: {', '.join(names)}" if names else "",
        )
    return [each for each in found if not name or name in each.scanners]


def _look(file: Path) -> PeerLog:
    copy = PeerLog(file)
    for item in read_log(file):
        entry = entry_of(item.raw) if isinstance(item, LogLine) else None
        if entry is None or entry.check_in_time is None:
            continue
        copy.scanners.add(clean_text(entry.scanner_id))
        copy.records += 1
        copy.first_ms = min(copy.first_ms or entry.check_in_time, entry.check_in_time)
        copy.last_ms = max(copy.last_ms or entry.check_in_time, entry.check_in_time)
    return copy


async def send(
    config: Config, event_id: str, copies: Sequence[PeerLog], on_retry: OnRetry
) -> list[Synced]:
    """Send copies. Raises BackendUnreachable, KeyRefused.

    Receipts and refusals are kept apart from this station's own: nothing of a copy counts as its
    own unsent. No head is countersigned, which is for the station that wrote the log.
    """
    make_data_dir(config)
    store = await asyncio.to_thread(StationStore, state_dir(config) / "peers")
    clock = SystemClock()
    done = []
    async with make_client(config) as client:
        patience = make_patience(clock, config.sync.attempts, on_retry)
        syncer = make_syncer(config, client, patience)
        for copy in copies:
            target = Target(event_id, copy.file, ours=False)
            done.append(await LogSync(config, target, syncer, store, clock).run())
    return done


def remove(copies: Sequence[PeerLog]) -> None:
    """Delete copies. Raises UsageError."""
    for copy in copies:
        try:
            copy.file.unlink()
        except OSError as error:
            raise UsageError(f"{copy.file} can't be removed: {error.strerror}.") from None
