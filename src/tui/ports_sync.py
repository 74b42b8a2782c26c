"""What the sync screen needs of the rest of the program. `bootstrap.sync_desk` implements it.

Times are Unix milliseconds. Methods that are no coroutines read files: screens call them in a
thread, but for `now`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ..core.errors import HeadcountError
from ..core.model import Instant


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one event's log has for the backend."""

    event_id: str
    event: str
    """The event's name, or its id."""
    log: str
    records: int = 0
    """Lines that were not acknowledged."""
    bytes: int = 0
    refused: int = 0
    """Kept of before; they are tried again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync would do."""

    url: str
    has_key: bool
    logs: Sequence[Waiting] = ()

    @property
    def records(self) -> int:
        """Lines that wait, in all logs."""
        return sum(log.records for log in self.logs)

    @property
    def bytes(self) -> int:
        """Bytes that wait, in all logs."""
        return sum(log.bytes for log in self.logs)

    @property
    def refused(self) -> int:
        """Refused records that are tried again."""
        return sum(log.refused for log in self.logs)


class Sent(NamedTuple):
    """How far a sync is: what was acknowledged since it began, over all logs."""

    event: str
    records: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the backend acknowledged of one log."""

    event: str
    acknowledged: int
    checked_in: int
    duplicates: int
    unknown: int
    refused: int
    damaged: int
    acked_bytes: int
    digest: str
    """SHA-256 of those bytes; empty when there was nothing to send."""
    archived: str = ""
    """Where the log is now, if its event is over and complete."""
    notes: Sequence[str] = ()

    @property
    def others(self) -> int:
        """Acknowledged, and no sightings: acts, gaps, departures."""
        return self.acknowledged - self.checked_in - self.duplicates - self.unknown


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What a sync came to."""

    receipts: Sequence[Receipt]
    time_ms: int
    error: HeadcountError | None = None
    """What ended it early; what is in `receipts` holds."""


class SyncDesk(Protocol):
    """Sends what is unsent."""

    def now(self) -> Instant:
        """Both clocks, read together."""

    def plan(self) -> Plan:
        """What is unsent. Raises HeadcountError."""

    async def run(
        self,
        on_sent: Callable[[Sent], None],
        on_retry: Callable[[HeadcountError, float], None],
    ) -> SyncOutcome:
        """Send it. `on_retry`: an error, and the seconds until the next try.

        May be cancelled at any moment: what was acknowledged is noted, the rest stays unsent.
        """

    def sticks(self) -> Sequence[str]:
        """Folders of removable disks that are plugged in."""

    def export(self, folder: str) -> Sequence[str]:
        """Copy every log with unsent records to new files there; their paths. Raises UsageError."""
