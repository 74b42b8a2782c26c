"""What the log's review needs of the rest of the program. `bootstrap.log_review` implements it.

Methods that are no coroutines read files, and may be called from any thread; screens call them in
one of their own.
Times are Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..core.review import LogFilter, LogRow, Standing

Cancelled = Callable[[], bool]


class LogView(Protocol):
    """Lines of a log, numbered from the newest: 0 at opening, -1, -2, … for those that came since.

    `first`, `last` and `progress` are read at any time, while another thread loads.
    """

    @property
    def first(self) -> int:
        """The number of the newest line."""

    @property
    def last(self) -> int:
        """One above the number of the oldest line that is known."""

    @property
    def progress(self) -> float:
        """The part of the log that was looked at, 0 to 1."""

    def load(self, cancelled: Cancelled) -> Iterator[float]:
        """Go through the log from its end, step by step. Raises HeadcountError."""

    def rows(self, first: int, last: int) -> Sequence[LogRow]:
        """The rows of these numbers. Raises HeadcountError."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the whole log found."""

    records: int
    bytes: int
    problems: Sequence[str] = ()
    """Each a place and what is wrong there; empty for an intact log."""
    countersigned: str = ""
    """Up to where the backend's receipts hold, in a sentence."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    file: str
    records: int
    damaged: int
    """Stretches that could not be read, and were passed over."""


class LogReview(Protocol):
    """One log, open for review."""

    @property
    def event(self) -> str:
        """The event's name, or its id."""

    @property
    def time_zone(self) -> str:
        """An IANA zone."""

    @property
    def everything(self) -> LogView:
        """All lines."""

    @property
    def names(self) -> Mapping[str, str]:
        """Names by bleUuid, and by user id, from the roster."""

    @property
    def can_assign(self) -> bool:
        """Whether a refused record can be given to a person here."""

    def open(self) -> None:
        """Open the files and read what is known of them. Raises HeadcountError."""

    def close(self) -> None:
        """Close the files."""

    def standing(self, file: int) -> Standing:
        """What the backend has acknowledged of one file of the log."""

    def find(self, wish: LogFilter) -> LogView:
        """The lines that a filter lets through; `load` searches them."""

    def follow(self) -> bool:
        """Take up what was written since, and what was acknowledged; whether anything changed."""

    def at_time(self, view: LogView, time_ms: int) -> int | None:
        """The number, in this view, of the line nearest to a time."""

    def verify(self, on_progress: Callable[[float], None], cancelled: Cancelled) -> Checked | None:
        """Check every line; None when it was broken off. Raises HeadcountError."""

    def export(
        self, file: str, on_progress: Callable[[float], None], cancelled: Cancelled
    ) -> Exported | None:
        """Copy the intact records to a new file, CSV where the name ends so.

        None when it was broken off: no file is left then. Raises UsageError.
        """

    def suggested_file(self) -> str:
        """Where an export could go."""

    def discard(self, refusal_id: str, reason: str) -> None:
        """Leave a refused record alone from now on; the reason is kept. Raises UsageError."""

    def restore(self, refusal_id: str) -> None:
        """Keep it again: the next sync tries it. Raises UsageError."""

    async def retry(self, refusal_id: str) -> bool:
        """Send a refused record again, alone; whether it was taken. Raises HeadcountError."""

    def assign(self, refusal_id: str, person: str) -> None:
        """Give a refused record to a person; only where `can_assign`. Raises UsageError."""
