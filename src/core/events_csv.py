"""Events from and to a CSV file: name, start and end, and whatever else an event has."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, get_args

from .backend import RowError
from .errors import UsageError
from .event_rules import RANGES
from .identity import clean_text, is_event_id
from .model import Approval, WalkInPolicy
from .spreadsheet import defuse

NEEDED = ("name", "start", "end")
NUMBERS = {
    "checkInOpensMinutes": RANGES["check_in_opens_minutes"],
    "lateAfterMinutes": RANGES["late_after_minutes"],
    "minimumPresencePercent": RANGES["minimum_presence_percent"],
    "awayMinutes": RANGES["away_minutes"],
}
WORDS: Mapping[str, tuple[str, ...]] = {
    "walkInPolicy": get_args(WalkInPolicy),
    "approval": get_args(Approval),
}
RULES = (*NUMBERS, *WORDS)
"""An event's rules by their names on the wire, with least and most, or the words that there are. A
file may have any of these columns; an empty cell leaves the rule as it is at first."""
COLUMNS = (*NEEDED, "tz", "id", *RULES)
NAME_LIMIT = 200


class EventLine(NamedTuple):
    """One good line of the file."""

    row: int
    """As an editor shows it; the header is 1."""
    name: str
    start: int
    end: int
    """Unix ms."""
    tz: str
    id: str
    """Empty: the backend makes one."""
    rules: Mapping[str, int | str] = MappingProxyType({})
    """Those that the file has, by their names on the wire."""

    def members(self) -> dict[str, object]:
        """The event by the names of its members on the wire."""
        same = {"name": self.name, "start": self.start, "end": self.end, "tz": self.tz}
        return {**same, **({"id": self.id} if self.id else {}), **self.rules}


ReadTime = Callable[[str, str], int]
"""Unix ms of a text in a zone. Raises ValueError."""


def parse_events(text: str, read_time: ReadTime) -> tuple[list[EventLine], list[RowError]]:
    """Split a file into good lines and errors. Raises UsageError if a column is missing."""
    lines = [f"{line}\n" for line in text.removeprefix("\ufeff").split("\n")]
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.DictReader(lines, delimiter=delimiter, strict=True)
    names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if missing := [each for each in NEEDED if each not in names]:
        raise UsageError(
            f"The first line lacks the column {', '.join(missing)}.",
            remedy=f"It must name the columns: {','.join(COLUMNS)}",
        )
    reader.fieldnames = names
    good: list[EventLine] = []
    errors: list[RowError] = []
    try:
        for cells in reader:
            line = _line(reader.line_num, cells, read_time)
            (good if isinstance(line, EventLine) else errors).append(line)  # type: ignore[arg-type] # as sorted
    except csv.Error as error:
        errors.append(RowError(reader.line_num, f"not readable as CSV from here on: {error}"))
    return good, errors


def _line(
    row: int, cells: Mapping[str | None, object], read_time: ReadTime
) -> EventLine | RowError:
    def cell(name: str) -> str:
        return str(cells.get(name) or "").strip()

    name, zone = clean_text(cell("name"), NAME_LIMIT), cell("tz") or "UTC"
    if not name:
        return RowError(row, "name is empty")
    if cell("id") and not is_event_id(cell("id")):
        return RowError(row, "id: 1 to 64 letters, digits and . _ ~ : -")
    try:
        start, end = (read_time(cell(each), zone) for each in ("start", "end"))
        rules = {each: _rule(each, cell(each.lower())) for each in RULES if cell(each.lower())}
    except ValueError as error:
        return RowError(row, clean_text(str(error), NAME_LIMIT))
    if end <= start:
        return RowError(row, "the end is not after the start")
    return EventLine(row, name, start, end, zone, cell("id"), rules)


def _rule(name: str, text: str) -> int | str:
    """A rule as it is written. Raises ValueError."""
    if words := WORDS.get(name):
        if text not in words:
            raise ValueError(f"{name}: expected {' or '.join(each for each in words if each)}")
        return text
    least, most = NUMBERS[name]
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise ValueError(f"{name}: expected {least} to {most}")
    return int(text)


def events_to_csv(rows: Iterable[Sequence[str]], write: Callable[[Sequence[str]], object]) -> None:
    """Write the header and the rows, none of which a spreadsheet runs as a formula."""
    write(COLUMNS)
    for row in rows:
        write([defuse(cell) for cell in row])
