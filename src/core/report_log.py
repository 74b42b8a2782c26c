"""The full log of an event: every record that its report rests on, by time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class LogMethod(StrEnum):
    """How a record came about; an operator's acts have the names of the log's kinds."""

    SCANNED = "scanned"
    MANUAL = "manual"
    WALK_IN = "walk-in"
    EXCUSED = "excused"
    ASSIGNED = "badge assigned"
    VOID = "void"


class LogEntry(NamedTuple):
    """One record. Times are Unix ms; texts are empty where there is nothing to say."""

    time: int
    """When it was true: corrected, if the scanner's clock was wrong."""
    raw_time: int | None
    """What the scanner wrote, where that was corrected."""
    method: LogMethod
    user_id: str
    """Whom it is about; empty for a badge that nobody owns."""
    name: str
    ble_uuid: str
    scanner_id: str
    by: str = ""
    """Who did it; empty for what the radio heard."""
    why: str = ""
    taken_back: bool = False

    @property
    def corrected(self) -> int:
        """The correction in ms; 0 for none."""
        return 0 if self.raw_time is None else self.time - self.raw_time


class FullLog(Protocol):
    """The part of the backend that reads an event's log as a whole."""

    def read_log(self, event_id: str, use: Callable[[Iterator[LogEntry]], T]) -> T:
        """Call `use` with every record by time, in one snapshot, in constant memory.

        `use` runs on this thread while the snapshot is open; its result is returned. Raises
        EventNotFound.
        """
