"""The station's service: unsent -> backend -> acknowledged.

A record is sent when the server acknowledged that record. Nothing here deletes or changes a log.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from .core.errors import BackendRejected, BackendUnreachable
from .core.model import BatchAnswer, Damage, LogLine, Refusal, ScanSession
from .core.ports import Clock

T = TypeVar("T")

TOO_LARGE = 413
FIRST_DELAY = 0.5
"""Seconds before the second try; doubles, with up to as much again by chance, so that stations
that lost the same network don't all come back at once."""
LONGEST_DELAY = 30.0


class PostBatch(Protocol):
    """One POST /batchCheckIn. Implemented by api.client.BackendClient.post_batch."""

    async def __call__(
        self, event_id: str, raw_records: Sequence[bytes], sessions: Sequence[ScanSession], /
    ) -> BatchAnswer:
        """Send the lines as they stand in the log. Raises BackendError."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that the server refused, and why."""

    line: LogLine
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One answer of the server: every line up to `lines[-1]` is durable there, or refused."""

    lines: Sequence[LogLine]
    answer: BatchAnswer
    refused: Sequence[Refused]


OnAcknowledged = Callable[[Acknowledged], Awaitable[None]]


@dataclass(slots=True)
class SyncResult:
    """What one sync did; adds up the server's answers."""

    received: int = 0
    checked_in: int = 0
    duplicates: int = 0
    unknown: int = 0
    batches: int = 0
    refused: list[Refused] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """Records that are durable at the server."""
        return self.received - len(self.refused)

    @property
    def others(self) -> int:
        """Of those, the ones that are no sightings: acts, gaps, departures."""
        return self.acknowledged - self.checked_in - self.duplicates - self.unknown

    def add(self, acknowledged: Acknowledged) -> None:
        """Count one answer."""
        self.received += acknowledged.answer.received
        self.checked_in += acknowledged.answer.checked_in
        self.duplicates += acknowledged.answer.duplicates
        self.unknown += acknowledged.answer.unknown
        self.batches += 1
        self.refused.extend(acknowledged.refused)


class Patience:
    """Tries again what failed because the backend was not reachable."""

    def __init__(
        self,
        *,
        clock: Clock,
        rng: random.Random,
        attempts: int,
        on_retry: Callable[[BackendUnreachable, float], None],
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._attempts = attempts
        self._on_retry = on_retry

    async def __call__(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Do it, up to `attempts` times. Raises the last BackendUnreachable."""
        delay = FIRST_DELAY
        for _ in range(self._attempts - 1):
            try:
                return await operation()
            except BackendUnreachable as error:
                wish = min(error.retry_after or 0.0, LONGEST_DELAY)
                wait = max(wish, delay * (1 + self._rng.random()))
                self._on_retry(error, wait)
                await self._clock.sleep(wait)
                delay = min(delay * 2, LONGEST_DELAY)
        return await operation()


class Syncer:
    """Sends log lines in batches, with patience."""

    def __init__(self, post: PostBatch, *, patience: Patience, batch_records: int) -> None:
        self._post = post
        self._patience = patience
        self._batch_records = batch_records

    async def send(
        self,
        event_id: str,
        lines: Iterable[LogLine | Damage],
        sessions: Sequence[ScanSession],
        on_acknowledged: OnAcknowledged,
    ) -> SyncResult:
        """Send all lines in order; `on_acknowledged` is awaited after each answer.

        Damaged stretches are collected and passed over. Scan sessions go with the last batch, when
        the records that they cover are in; a batch of none is sent for them alone. Raises
        BackendError; what was acknowledged until then has been told.
        """
        result = SyncResult()
        source = iter(lines)
        batch = await asyncio.to_thread(_take, source, self._batch_records, result.damages)
        while batch or sessions:
            following = await asyncio.to_thread(_take, source, self._batch_records, result.damages)
            now = () if following else sessions
            await self._send_batch(event_id, batch, now, on_acknowledged, result)
            if not following:
                break
            batch = following
        return result

    async def _send_batch(
        self,
        event_id: str,
        batch: Sequence[LogLine],
        sessions: Sequence[ScanSession],
        on_acknowledged: OnAcknowledged,
        result: SyncResult,
    ) -> None:
        raw = [line.raw for line in batch]
        try:
            answer = await self._patience(lambda: self._post(event_id, raw, sessions))
        except BackendRejected as error:
            if error.status != TOO_LARGE or len(batch) < 2:  # noqa: PLR2004 - one can't be halved
                raise
            half = len(batch) // 2
            await self._send_batch(event_id, batch[:half], (), on_acknowledged, result)
            await self._send_batch(event_id, batch[half:], sessions, on_acknowledged, result)
            return
        refused = [_refused(batch, refusal) for refusal in answer.refused]
        acknowledged = Acknowledged(batch, answer, refused)
        result.add(acknowledged)
        await on_acknowledged(acknowledged)


def _refused(batch: Sequence[LogLine], refusal: Refusal) -> Refused:
    return Refused(batch[refusal.index], refusal.code, refusal.message)


def _take(source: Iterator[LogLine | Damage], count: int, damages: list[Damage]) -> list[LogLine]:
    """The next `count` intact lines, fewer at the end. Reads a file: call it in a thread."""
    batch: list[LogLine] = []
    for line in source:
        if isinstance(line, Damage):
            damages.append(line)
        else:
            batch.append(line)
            if len(batch) == count:
                break
    return batch
