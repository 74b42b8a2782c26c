"""The one row model of reports: screen, HTTP and every export take their cells from here.

A cell is a clean text, a number, a time (Unix ms; its column says in which zone it is shown) or
None for nothing. Which forms show which columns may differ; what is in a cell never does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from .attendance import status_word
from .errors import UsageError
from .identity import clean_text
from .report import PersonRow, Report
from .report_log import LogEntry
from .spans import shift

T = TypeVar("T")

Cell = str | int | None

CELL_LIMIT = 200
"""Characters of a cell that are shown; the backend's own limit for names."""

MINUTE_MS = 60_000


class Kind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    NUMBER = "number"
    LOCAL_TIME = "localTime"
    """Unix ms, shown in the event's time zone."""
    UTC_TIME = "utcTime"
    """Unix ms, shown in UTC."""

    @property
    def is_time(self) -> bool:
        """Whether its cells are Unix ms."""
        return self in {Kind.LOCAL_TIME, Kind.UTC_TIME}


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column; `key` names it for programs and for `--columns`."""

    key: str
    title: str
    kind: Kind
    value: Callable[[T], Cell]

    def cell(self, row: T) -> Cell:
        """What this row has here; texts are clean."""
        value = self.value(row)
        return (clean_text(value, CELL_LIMIT) or None) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """A table: columns in the order that was asked for, and rows that may be made while read."""

    title: str
    columns: Sequence[Column[T]]
    items: Iterable[T]

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """The cells, row by row."""
        cells = [column.cell for column in self.columns]
        for item in self.items:
            yield tuple([cell(item) for cell in cells])


TEXT, NUMBER, LOCAL, UTC = Kind.TEXT, Kind.NUMBER, Kind.LOCAL_TIME, Kind.UTC_TIME


def _minutes(ms: int) -> int:
    return round(ms / MINUTE_MS)


def _correction(ms: int) -> str:
    return f"corrected {shift(ms)}" if ms else ""


PEOPLE_COLUMNS: tuple[Column[PersonRow], ...] = (
    Column("name", "Name", TEXT, lambda row: row.name),
    Column("email", "Email", TEXT, lambda row: row.email),
    Column("status", "Status", TEXT, lambda row: row.status.value),
    Column("checkIn", "Check-in", LOCAL, lambda row: row.check_in_time),
    Column("checkInUtc", "Check-in UTC", UTC, lambda row: row.check_in_time),
    Column("firstSeen", "First seen", LOCAL, lambda row: row.first_seen),
    Column("firstSeenUtc", "First seen UTC", UTC, lambda row: row.first_seen),
    Column("lastSeen", "Last seen", LOCAL, lambda row: row.last_seen),
    Column("lastSeenUtc", "Last seen UTC", UTC, lambda row: row.last_seen),
    Column("minutes", "Minutes", NUMBER, lambda row: _minutes(row.present_ms)),
    Column("stay", "Stay", NUMBER, lambda row: _minutes(row.dwell_ms)),
    Column("door", "Door", TEXT, lambda row: row.scanner_id),
    Column("badge", "Badge", TEXT, lambda row: row.ble_uuid),
    Column("registration", "Registration", TEXT, lambda row: row.registration),
    Column("rule", "Rule", TEXT, lambda row: row.rule),
    Column("method", "Method", TEXT, lambda row: row.method.value if row.method else ""),
    Column("sightings", "Sightings", NUMBER, lambda row: row.sightings),
    Column("userId", "User id", TEXT, lambda row: row.user_id),
    Column("correction", "Correction", TEXT, lambda row: _correction(row.corrected)),
    Column("correctedMs", "Corrected ms", NUMBER, lambda row: row.corrected or None),
    Column(
        "assurance", "Assurance", TEXT, lambda row: row.assurance.value if row.assurance else ""
    ),
)
"""Everything that can be said of a person, in the usual order. Minutes: present within the event;
stay: from first to last seen."""

PAPER_KEYS = (
    *("name", "status", "firstSeen", "lastSeen", "minutes", "door"),
    *("method", "assurance", "rule", "correction"),
)
"""What fits a page across (HTML, PDF), unless other columns are asked for."""

LOG_COLUMNS: tuple[Column[LogEntry], ...] = (
    Column("time", "Time", LOCAL, lambda entry: entry.time),
    Column("timeUtc", "Time UTC", UTC, lambda entry: entry.time),
    Column("name", "Name", TEXT, lambda entry: entry.name),
    Column("badge", "Badge", TEXT, lambda entry: entry.ble_uuid),
    Column("door", "Door", TEXT, lambda entry: entry.scanner_id),
    Column("method", "Method", TEXT, lambda entry: entry.method.value),
    Column("by", "By", TEXT, lambda entry: entry.by),
    Column("why", "Why", TEXT, lambda entry: entry.why),
    Column("takenBack", "Taken back", TEXT, lambda entry: "yes" if entry.taken_back else ""),
    Column("asWritten", "As written UTC", UTC, lambda entry: entry.raw_time),
    Column("userId", "User id", TEXT, lambda entry: entry.user_id),
    Column("correction", "Correction", TEXT, lambda entry: _correction(entry.corrected)),
    Column("correctedMs", "Corrected ms", NUMBER, lambda entry: entry.corrected or None),
)
"""The full log: every sighting and every act, with what the clocks' correction made of it."""


def people_sheet(report: Report, keys: Sequence[str] = ()) -> Sheet[PersonRow]:
    """The summary: one row a person. Raises UsageError for a column that is unknown."""
    return Sheet("People", choose(people_columns(report.provisional), keys), report.people)


def people_columns(provisional: bool) -> tuple[Column[PersonRow], ...]:  # noqa: FBT001
    """The columns of a report; a provisional one says of nobody that they are absent."""
    if not provisional:
        return PEOPLE_COLUMNS
    return tuple(_SO_FAR if column.key == _SO_FAR.key else column for column in PEOPLE_COLUMNS)


_SO_FAR: Column[PersonRow] = Column(
    "status", "Status", TEXT, lambda row: status_word(row.status, provisional=True)
)


def log_sheet(entries: Iterable[LogEntry], keys: Sequence[str] = ()) -> Sheet[LogEntry]:
    """The full log: one row a record. Raises UsageError for a column that is unknown."""
    return Sheet("Log", choose(LOG_COLUMNS, keys), entries)


def choose(columns: Sequence[Column[T]], keys: Sequence[str]) -> tuple[Column[T], ...]:
    """The columns of these keys, in this order; all of them for none. Raises UsageError."""
    by_key = {column.key: column for column in columns}
    unknown = [key for key in keys if key not in by_key]
    if unknown or len(set(keys)) != len(keys):
        name = clean_text(unknown[0]) if unknown else ""
        raise UsageError(
            f"There is no column {name!r}." if unknown else "A column is named twice.",
            remedy=f"Columns are: {', '.join(by_key)}.",
        )
    return tuple(by_key[key] for key in keys) if keys else tuple(columns)


def split_keys(text: str) -> tuple[str, ...]:
    """`name, status` as keys; none for an empty text."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
