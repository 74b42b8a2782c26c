"""The words of a log's review: a row, its place in the sync, and what a filter lets through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from .model import Damage


class RecordState(StrEnum):
    """A line's place in the sync, or why it has none."""

    UNSENT = "unsent"
    SENT = "sent"
    REFUSED = "refused"
    """Kept with the reason; the next sync tries it again."""
    DISCARDED = "discarded"
    """Refused, and left alone by the operator."""
    ASSIGNED = "assigned"
    """Refused, and somebody was checked in by hand in its place."""
    VOID = "void"
    """Taken back by a later record."""
    DAMAGED = "damaged"
    """Not an intact record: never sent."""


class Place(NamedTuple):
    """Where a line begins: which file of the log (in the order of writing), and the byte."""

    file: int
    start: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the station keeps about a line that the server refused."""

    id: str
    """Names it in `headcount log refused`."""
    code: str
    message: str
    time_ms: int
    state: RecordState = RecordState.REFUSED
    """What became of it: REFUSED, DISCARDED or ASSIGNED."""
    note: str = ""
    """Why it was discarded, or to whom it was assigned."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the backend has acknowledged of one file of a log."""

    acked_bytes: int = 0
    digest: str = ""
    """SHA-256 of those bytes."""
    time_ms: int = 0
    refused: Mapping[int, Refusal] = field(default_factory=dict)
    """By the line's byte offset."""

    def state(self, start: int) -> RecordState:
        """The place in the sync of the line that begins at `start`."""
        refusal = self.refused.get(start)
        if refusal is not None:
            return refusal.state
        return RecordState.SENT if start < self.acked_bytes else RecordState.UNSENT


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of a log with all that is known of it. Of a damaged one only the place is sure."""

    place: Place
    file: str
    """The file's path."""
    line: int | None
    """Counts from 1 in its file; None until the file was counted."""
    raw: bytes
    """Without the newline; cut where the line is endless."""
    state: RecordState
    damages: tuple[Damage, ...] = ()
    salvaged: int = 0
    """Intact records within a damaged line."""
    sealed: bool = False
    """It has a checksum, and that is right."""
    kind: str = ""
    ble_uuid: str = ""
    time_ms: int | None = None
    scanner_id: str = ""
    rssi: int | None = None
    seq: int | None = None
    id: str = ""
    boot: str = ""
    mono_ms: int | None = None
    until_ms: int | None = None
    why: str = ""
    user: str = ""
    """The public id of the person that an operator's act is about."""
    name: str = ""
    """A walk-in's name."""
    by: str = ""
    """Who did it."""
    of: str = ""
    """The id of the record that a void takes back."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What to show; without any wish, everything. Times are Unix milliseconds, both inclusive."""

    since_ms: int | None = None
    until_ms: int | None = None
    badges: frozenset[str] | None = None
    """Canonical bleUuids, and ids of the users that acts are about; None: anybody."""
    prefix: str = ""
    """Or bleUuids that begin so."""
    kinds: frozenset[str] = frozenset()
    states: frozenset[RecordState] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == LogFilter()

    def wants_badge(self, ble_uuid: str) -> bool:
        """Whether this badge is meant."""
        if self.badges is None and not self.prefix:
            return True
        if self.prefix and ble_uuid.startswith(self.prefix):
            return True
        return self.badges is not None and ble_uuid in self.badges

    def wants_time(self, time_ms: int | None) -> bool:
        """Whether this time is meant; a line without one never is, once a time was asked for."""
        if self.since_ms is None and self.until_ms is None:
            return True
        if time_ms is None:
            return False
        return (self.since_ms is None or time_ms >= self.since_ms) and (
            self.until_ms is None or time_ms <= self.until_ms
        )
