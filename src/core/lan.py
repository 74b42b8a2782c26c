"""What stations tell one another on a LAN: who was heard at the other doors. Times are Unix ms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Door:
    """Another station of this event, as it was heard here."""

    scanner_id: str
    """Its name for itself, fit for a terminal."""
    connected: bool
    last_ms: int
    """When its last word came, by this machine's clock."""
    records: int
    """Lines of its log that are kept here."""
    ahead_ms: int = 0
    """How far its wall clock is ahead of this one's."""
    trouble: str = ""
    """Why its records are not kept any more; empty while they are."""


@dataclass(slots=True)
class LanTally:
    """Totals of one scan session."""

    told: int = 0
    """Lines of the own log, told to others; each listener counts."""
    heard: int = 0
    """Lines of others' logs that were kept."""
    refused: int = 0
    """Connections that ended for a wrong key or a broken rule."""
    strangers: int = 0
    """Announcements of stations with another key or event."""


class Position(NamedTuple):
    """The last line of a log that is known; `seq` 0: none."""

    seq: int = 0
    id: str = ""


class Feed(Protocol):
    """The own log, as it is told. Methods read files: they are called in a thread."""

    def name(self) -> str:
        """What names this log for ever: the id of its first line; empty while it has none."""

    def cursor(self, after: Position) -> Cursor | None:
        """Where the lines after this one are; None where this log has no such line."""


class Cursor(Protocol):
    """One listener's place in the own log."""

    def read(self, lines: int, size: int) -> Sequence[bytes]:
        """The next durable lines, each without its newline, up to these limits. Raises OSError."""


class Copies(Protocol):
    """Where others' logs are kept. Methods write files: they are called in a thread."""

    def open(self, scanner_id: str, log: str) -> Copy:
        """The copy of one log. Raises CopyRefused."""


class Copy(Protocol):
    """The copy of one other station's log."""

    @property
    def position(self) -> Position:
        """Its last line."""

    @property
    def records(self) -> int:
        """How many lines it has."""

    def add(self, lines: Sequence[bytes]) -> None:
        """Append lines that follow. Raises CopyRefused for any that is no line, or does not."""

    def set_aside(self) -> None:
        """The other log has no line such as the last one here: begin anew, keep the old copy.

        Raises CopyRefused.
        """


class CopyRefused(Exception):
    """What was told can't be kept; the sentence says why."""
