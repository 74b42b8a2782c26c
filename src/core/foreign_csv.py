"""People from the lists that other programs export: pretix, Eventbrite, Indico."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from .backend import PersonRow, RowError
from .csv_rows import CellError, CsvRow, read_rows
from .errors import UsageError
from .people_csv import person_of


class Source(StrEnum):
    """Whose export it is."""

    PRETIX = "pretix"
    EVENTBRITE = "eventbrite"
    INDICO = "indico"


class _Layout(NamedTuple):
    """Where an export has what; the first columns that are there and not empty count."""

    names: Sequence[Sequence[str]]
    """Groups of columns that make a name together."""
    emails: Sequence[str]
    states: Sequence[str]
    coming: frozenset[str]
    """The states, in lower case, of somebody who comes."""


_LAYOUTS: Mapping[Source, _Layout] = {
    # The exports "Check-in list" and "Order data: order positions", in English.
    Source.PRETIX: _Layout(
        (("attendee name",), ("attendee name: given name", "attendee name: family name")),
        ("attendee email", "attendee e-mail", "e-mail", "email"),
        ("status", "paid"),
        frozenset({"paid", "yes"}),
    ),
    # The reports "Attendee Summary", old and new.
    Source.EVENTBRITE: _Layout(
        (("attendee first name", "attendee last name"), ("first name", "last name"), ("name",)),
        ("attendee email", "email", "buyer email"),
        ("attendee status",),
        frozenset({"attending", "checked in"}),
    ),
    # "Export: CSV" of a registration form's list.
    Source.INDICO: _Layout(
        (("name",), ("first name", "last name")),
        ("email address", "email"),
        ("registration state",),
        frozenset({"completed"}),
    ),
}
_NAMES = ", ".join(Source)


class Found(NamedTuple):
    """What an export holds."""

    people: list[PersonRow]
    errors: list[RowError]
    not_coming: list[RowError]
    """Rows of people who cancelled, or have not paid; the message is their state."""


def parse_export(source: Source, text: str) -> Found:
    """Split an export. Raises UsageError if it has no column with a name or an email."""
    layout = _LAYOUTS[source]
    rows, wrong = read_rows(text, ())
    known = {column for row in rows[:1] for column in row.cells}
    has_name = any(known.issuperset(group) for group in layout.names)
    if rows and not (has_name and known.intersection(layout.emails)):
        raise UsageError(
            f"This is no list as {source} exports it: no column for names or emails was found.",
            safe="Nothing was imported.",
            remedy=f"Export it in English, or choose another --from ({_NAMES}).",
        )
    found = Found([], [RowError(error.row, error.message) for error in wrong], [])
    for row in rows:
        _sort_in(found, row, layout)
    found.errors.sort(key=lambda error: error.row)
    return found


def _sort_in(found: Found, row: CsvRow, layout: _Layout) -> None:
    state = _first(row, layout.states)
    if state and state.lower() not in layout.coming:
        found.not_coming.append(RowError(row.row, state))
        return
    name = next((whole for group in layout.names if (whole := _joined(row, group))), "")
    cells = {"name": name, "email": _first(row, layout.emails)}
    person = person_of(CsvRow(row.row, cells))
    if isinstance(person, CellError):
        found.errors.append(RowError(person.row, person.message))
    else:
        found.people.append(person)


def _joined(row: CsvRow, columns: Sequence[str]) -> str:
    return " ".join(cell for column in columns if (cell := row.cells.get(column, "")))


def _first(row: CsvRow, columns: Sequence[str]) -> str:
    return next((cell for column in columns if (cell := row.cells.get(column, ""))), "")
