"""One sync: the event's log, the client, the receipts and the roster, put together."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ..api.client import BackendClient
from ..api.close_client import CloseClient
from ..clock import SystemClock
from ..config import Config
from ..core.errors import (
    BackendError,
    BackendRejected,
    BackendUnreachable,
    LogError,
    UsageError,
)
from ..core.model import Damage, LogLine, ScanSession
from ..core.ports import Clock
from ..store.log_archive import archive
from ..store.log_heads import HeadReceipt
from ..store.log_prefix import Prefixes
from ..store.log_reader import read_log
from ..store.log_segment import segments
from ..store.station import KEPT, Receipt, RefusedRecord, StationStore
from ..syncer import Acknowledged, Patience, Syncer, SyncResult
from .cache import Cache
from .contact import Contact
from .countersign import Countersigner
from .credentials import person_token, scanner_key
from .paths import event_of, log_path, logged_events, make_data_dir, state_dir

OnProgress = Callable[["Progress"], None]
OnRetry = Callable[[BackendUnreachable, float], None]


@dataclass(frozen=True, slots=True)
class Target:
    """One log to send, for one event."""

    event_id: str
    log: Path
    ours: bool
    """Under our data directory: may be archived."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is: bytes of one log file."""

    event_id: str
    sent_bytes: int
    total_bytes: int
    records: int
    file: str = ""
    """The file's path."""


@dataclass(slots=True)
class Synced:
    """What became of one log."""

    target: Target
    result: SyncResult = field(default_factory=SyncResult)
    damages: list[tuple[Path, Damage]] = field(default_factory=list)
    acked_bytes: int = 0
    digest: str = ""
    """SHA-256 over the bytes of the last file that the server acknowledged."""
    archived: Sequence[Path] = ()
    roster: int | None = None
    """People on the roster that was fetched; None if it could not be."""
    countersigned: HeadReceipt | None = None
    """The backend's signature on the log's head, if it is a new one."""
    warnings: list[str] = field(default_factory=list)
    error: BackendRejected | None = None
    """The backend knows no such event, or refused the request for another reason of this log's."""


@dataclass(slots=True)
class Outcome:
    """What became of all logs."""

    done: list[Synced] = field(default_factory=list)
    error: BackendError | None = None
    """The backend was not reachable, or refused the key: what is in `done` until then holds."""


async def sync(
    config: Config, logs: Sequence[Target], *, on_progress: OnProgress, on_retry: OnRetry
) -> Outcome:
    """Send the logs, one after the other, and fetch events and rosters.

    BackendUnreachable and KeyRefused end it, since they would meet the other logs too. An event
    that the backend does not know is in `Synced.error`.
    """
    outcome = Outcome()
    make_data_dir(config)
    store = await asyncio.to_thread(StationStore, state_dir(config))
    clock = SystemClock()
    async with make_client(config) as client:
        patience = make_patience(clock, config.sync.attempts, on_retry)
        syncer = make_syncer(config, client, patience)
        try:
            for target in logs:
                countersign = Countersigner(client, store)
                log_sync = LogSync(
                    config, target, syncer, store, clock, on_progress, countersign=countersign
                )
                outcome.done.append(log_sync.synced)
                await log_sync.run()
            cache = Cache(client, store, clock, lan=config.lan.enabled)
            await refresh(cache, patience, outcome.done, clock.now().wall_ms)
            await Contact(config, clock)(client)
        except BackendError as error:
            outcome.error = error
            return outcome
    for synced in outcome.done:
        await asyncio.to_thread(archive_if_over, config, store, synced, clock.now().wall_ms)
    return outcome


async def refresh(cache: Cache, patience: Patience, done: Sequence[Synced], now_ms: int) -> None:
    """Fetch the events, and the rosters of those that are not over and of those just sent."""
    events = await patience(cache.fetch_events)
    current = {event.id for event in events if event.end > now_ms}
    for event_id in sorted(current | {synced.target.event_id for synced in done}):
        await fetch_roster(cache, event_id, done)


async def fetch_roster(cache: Cache, event_id: str, done: Sequence[Synced]) -> None:
    """Fetch one roster; a failure is a note, since everything was sent by then."""
    mine = [synced for synced in done if synced.target.event_id == event_id]
    try:
        people = await cache.fetch_roster(event_id)
    except BackendError as error:
        for synced in mine:
            synced.warnings.append(f"The roster could not be fetched: {error.what}")
        return
    for synced in mine:
        synced.roster = people


def targets(config: Config, event_id: str | None, log: Path | None) -> list[Target]:
    """Which logs to send. Raises UsageError where a log's event is not known."""
    if log is None:
        events = [event_id] if event_id else logged_events(config)
        return [Target(event, log_path(config, event), ours=True) for event in events]
    event = event_id or event_of(config, log)
    if not event:
        raise UsageError(
            f"{log} does not say which event it belongs to.", remedy="Name the event: --event ID"
        )
    if not log.is_file():
        raise UsageError(f"There is no log {log}.", remedy="Check the path given with --log.")
    return [Target(event, log, ours=bool(event_of(config, log)))]


def make_client(config: Config, clock: Clock | None = None) -> CloseClient:
    """The HTTP client with this station's key or this admin's token."""
    backend = config.backend
    return CloseClient(
        backend.url,
        key=scanner_key(config),
        token=person_token(config),
        ca_file=backend.ca_file,
        timeout_seconds=backend.timeout_seconds,
        clock=SystemClock() if clock is None else clock,
    )


def make_patience(clock: Clock, attempts: int, on_retry: OnRetry) -> Patience:
    """Tries again, with pauses that differ from station to station."""
    return Patience(
        clock=clock,
        rng=random.Random(),  # noqa: S311 - it spreads retries, nothing secret
        attempts=attempts,
        on_retry=on_retry,
    )


def make_syncer(config: Config, client: BackendClient, patience: Patience) -> Syncer:
    """The service that posts lines to this backend."""
    batch_records = config.sync.batch_records
    return Syncer(client.post_batch, patience=patience, batch_records=batch_records)


class LogSync:
    """Sends one log, file by file, and keeps the receipts."""

    def __init__(
        self,
        config: Config,
        target: Target,
        syncer: Syncer,
        store: StationStore,
        clock: Clock,
        on_progress: OnProgress = lambda _progress: None,
        *,
        countersign: Countersigner | None = None,
        prefixes: Prefixes | None = None,
    ) -> None:
        """`prefixes`: of an earlier sync of the same scan, so that it need not read all again."""
        self._server = config.backend.url
        self._target = target
        self._syncer = syncer
        self._store = store
        self._clock = clock
        self._countersign = countersign
        self._prefixes = Prefixes() if prefixes is None else prefixes
        self._on_progress = on_progress
        self.synced = Synced(target)
        """What was done so far; of use also when `run` raises."""

    async def run(self, *, resume: bool = False) -> Synced:
        """Send what the server has not acknowledged. Raises BackendUnreachable, KeyRefused.

        `resume`: only what is new; refused records and damage were dealt with a moment ago.
        """
        files = await asyncio.to_thread(segments, self._target.log)
        sessions = await asyncio.to_thread(self._store.sessions, self._target.event_id)
        try:
            if not resume:
                await self._retry_refused(files)
            for file in files:
                await self._send(file, sessions if file == files[-1] else (), resume=resume)
        except BackendRejected as error:
            self.synced.error = error
            return self.synced
        await self._sign_head(files)
        return self.synced

    async def _sign_head(self, files: Sequence[Path]) -> None:
        if self._countersign is None:
            return
        receipt, notes = await self._countersign(
            self._target.event_id, files, self.synced.acked_bytes
        )
        self.synced.countersigned = receipt
        self.synced.warnings.extend(notes)

    async def _send(self, file: Path, sessions: Sequence[ScanSession], *, resume: bool) -> None:
        receipt, size = await asyncio.to_thread(self._begin, file)

        async def acknowledged(answer: Acknowledged) -> None:
            nonlocal receipt
            receipt = await asyncio.to_thread(self._acknowledge, receipt, answer)
            self.synced.result.add(answer)
            self.synced.acked_bytes, self.synced.digest = receipt.acked_bytes, receipt.digest
            self._progress(receipt, size)

        self.synced.acked_bytes, self.synced.digest = receipt.acked_bytes, receipt.digest
        acked = receipt.acked_bytes
        lines = read_log(file, acked) if resume else unsent(file, acked)
        result = await self._syncer.send(self._target.event_id, lines, sessions, acknowledged)
        self.synced.damages.extend((file, damage) for damage in result.damages)

    def _progress(self, receipt: Receipt, size: int) -> None:
        self._on_progress(
            Progress(
                self._target.event_id, receipt.acked_bytes, size, receipt.acked_records, receipt.log
            )
        )

    def _begin(self, file: Path) -> tuple[Receipt, int]:
        """The receipt for the file, if it still begins with the very bytes; and its size."""
        log, size = str(file.resolve()), file.stat().st_size
        receipt = self._store.receipt(log, self._server, self._target.event_id)
        if receipt and self._prefixes.digest(Path(log), receipt.acked_bytes) == receipt.digest:
            return receipt, size
        return Receipt(log, self._server, self._target.event_id), size

    def _acknowledge(self, receipt: Receipt, answer: Acknowledged) -> Receipt:
        """Note an answer: first the refused records, then that the others are sent."""
        self._keep_refused(receipt.log, answer)
        if not answer.lines:
            return receipt
        last, counts = answer.lines[-1], answer.answer
        acked = last.start + len(last.raw)
        receipt = replace(
            receipt,
            acked_bytes=acked,
            digest=self._prefixes.digest(Path(receipt.log), acked),
            acked_records=receipt.acked_records + len(answer.lines) - len(answer.refused),
            received=receipt.received + counts.received,
            checked_in=receipt.checked_in + counts.checked_in,
            duplicates=receipt.duplicates + counts.duplicates,
            unknown=receipt.unknown + counts.unknown,
            refused=receipt.refused + len(answer.refused),
            time_ms=self._clock.now().wall_ms,
        )
        self._store.save_receipt(receipt)
        return receipt

    def _keep_refused(self, log: str, answer: Acknowledged) -> None:
        now = self._clock.now().wall_ms
        self._store.save_refused(
            [
                RefusedRecord(
                    event_id=self._target.event_id,
                    log=log,
                    line=refused.line.line,
                    start=refused.line.start,
                    raw=refused.line.raw.decode("utf-8", "backslashreplace"),
                    code=refused.code,
                    message=refused.message,
                    time_ms=now,
                )
                for refused in answer.refused
            ]
        )

    async def _retry_refused(self, files: Sequence[Path]) -> None:
        """Send again what was refused: the reason may be gone."""
        refused = await asyncio.to_thread(self._store.refused, self._target.event_id)
        logs = {str(file.resolve()) for file in files}
        await self.retry([each for each in refused if each.log in logs and each.state == KEPT])

    async def retry(self, kept: Sequence[RefusedRecord]) -> None:
        """Send these refused records again, file by file; what is accepted is forgotten here.

        Raises BackendError.
        """
        for log in sorted({record.log for record in kept}):
            await self._retry(log, [record for record in kept if record.log == log])

    async def _retry(self, log: str, kept: Sequence[RefusedRecord]) -> None:
        async def acknowledged(answer: Acknowledged) -> None:
            refused = {each.line.start for each in answer.refused}
            accepted = [line.start for line in answer.lines if line.start not in refused]
            await asyncio.to_thread(self._store.drop_refused, self._target.event_id, log, accepted)
            await asyncio.to_thread(self._keep_refused, log, answer)
            self.synced.result.add(answer)

        lines = [LogLine(record.line, record.start, record.raw.encode()) for record in kept]
        await self._syncer.send(self._target.event_id, lines, (), acknowledged)


def unsent(file: Path, acked_bytes: int) -> Iterator[LogLine | Damage]:
    """The lines behind what was acknowledged, and all damage: it is told until it is dealt with."""
    for item in read_log(file):
        if isinstance(item, Damage) or item.start >= acked_bytes:
            yield item


def archive_if_over(config: Config, store: StationStore, synced: Synced, now_ms: int) -> None:
    """Move a log away once its event is over and the server has acknowledged every record."""
    event = store.event(synced.target.event_id)
    kept = [each for each in store.refused(synced.target.event_id) if each.state == KEPT]
    incomplete = synced.error or synced.damages or kept
    if not (config.log.archive and synced.target.ours and event) or incomplete:
        return
    if now_ms <= event.end:
        return
    stamp = datetime.fromtimestamp(now_ms / 1000, tz=UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        synced.archived = archive(synced.target.log, stamp)
    except LogError as error:
        synced.warnings.append(f"The log was not archived: {error}")
