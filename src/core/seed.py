"""Users, events and registrations from CSV files: what the rows say, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from .backend import PersonRow, Role
from .csv_rows import CellError, CsvRow, read_rows
from .errors import HeadcountError, UsageError
from .identity import canonical, clean_text, is_event_id
from .people_csv import EMAIL_LIMIT, person_of

NAME_LIMIT = 200
DESCRIPTION_LIMIT = 2000
"""Characters, as POST /events."""

STATUSES = ("approved", "pending", "rejected", "cancelled")
"""Of a registration."""

_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


class SeedKind(StrEnum):
    """What a file holds; in the order in which files are imported."""

    EVENTS = "events"
    USERS = "users"
    REGISTRATIONS = "registrations"


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A CSV file as text."""

    name: str
    """For messages; its stem may say what it holds."""
    text: str


@dataclass(frozen=True, slots=True)
class UserRow:
    """A row of users."""

    person: PersonRow
    role: Role | None = None
    """None: as it is."""

    @property
    def row(self) -> int:
        """The line's number."""
        return self.person.row


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of events. None: as it is, or the default of a new event."""

    row: int
    id: str
    """Empty: known by name and start."""
    name: str
    start: int
    end: int
    tz: str | None = None
    description: str | None = None
    rehearsal: bool | None = None


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """A row of registrations: the person by email, else by badge."""

    row: int
    event_id: str
    email: str
    ble_uuid: str
    status: str
    """Empty: as it is; approved for a new one."""


SeedRow = UserRow | EventRow | RegistrationRow


@dataclass(frozen=True, slots=True)
class SeedRows:
    """A parsed file."""

    name: str
    kind: SeedKind
    rows: Sequence[SeedRow]
    errors: Sequence[CellError] = ()


class Outcome(StrEnum):
    """What becomes of a row."""

    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class SeedChange:
    """A row that is not as it was."""

    row: int
    what: str
    """Of whom or which, for people: an email, an event's id."""
    outcome: Outcome
    changed: Sequence[str] = ()
    """The columns that differ, where that is known."""


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What came of one file."""

    name: str
    kind: SeedKind
    stored: bool
    """False for a preview, and where `strict` refused everything because of an error."""
    created: int
    updated: int
    unchanged: int
    changes: Sequence[SeedChange]
    errors: Sequence[CellError]


class Times(NamedTuple):
    """How texts become times."""

    time_of: Callable[[str, str], int]
    """From a text and a zone to Unix ms. Raises HeadcountError."""
    is_zone: Callable[[str], bool]


def parse_files(files: Sequence[SeedFile], times: Times) -> list[SeedRows]:
    """All files, in the order in which they are imported. Raises UsageError for wrong columns."""
    parsed = [parse_file(file, times) for file in files]
    order = list(SeedKind)
    return sorted(parsed, key=lambda file: order.index(file.kind))


def parse_file(file: SeedFile, times: Times) -> SeedRows:
    """One file. Raises UsageError if its columns say nothing, or one is missing."""
    kind = kind_of(file)
    rows, errors = _read(file, _REQUIRED[kind])
    if kind is SeedKind.USERS:
        parsed: list[SeedRow | CellError] = [_user(row) for row in rows]
    elif kind is SeedKind.EVENTS:
        parsed = [_event(row, times) for row in rows]
    else:
        parsed = [_registration(row) for row in rows]
    good = [each for each in parsed if not isinstance(each, CellError)]
    wrong = [*errors, *(each for each in parsed if isinstance(each, CellError))]
    return SeedRows(file.name, kind, good, sorted(wrong, key=lambda error: error.row))


_REQUIRED = {
    SeedKind.USERS: ("name", "email"),
    SeedKind.EVENTS: ("name", "start", "end"),
    SeedKind.REGISTRATIONS: ("event", "email"),
}


def kind_of(file: SeedFile) -> SeedKind:
    """By the file's name, else by its columns. Raises UsageError."""
    stem = file.name.replace("\\", "/").rpartition("/")[2].lower()
    for kind in SeedKind:
        if stem.startswith(kind.value):
            return kind
    names = {
        name.strip().strip('"').lower()
        for name in file.text.removeprefix("\ufeff").partition("\n")[0].replace(";", ",")
        .replace("\t", ",").split(",")
    }  # fmt: skip
    for kind in (SeedKind.EVENTS, SeedKind.REGISTRATIONS, SeedKind.USERS):
        if names.issuperset(_REQUIRED[kind]):
            return kind
    raise UsageError(
        f"{clean_text(file.name, NAME_LIMIT)}: it is not clear what this file holds.",
        safe="Nothing was stored.",
        remedy="Name it users.csv, events.csv or registrations.csv; docs/seed.md has the columns.",
    )


def _read(file: SeedFile, required: Sequence[str]) -> tuple[list[CsvRow], list[CellError]]:
    try:
        return read_rows(file.text, required)
    except UsageError as error:
        name = clean_text(file.name, NAME_LIMIT)
        raise UsageError(
            f"{name}: {error.what}", safe="Nothing was stored.", remedy=error.remedy
        ) from None


def _user(row: CsvRow) -> UserRow | CellError:
    person = person_of(row)
    if isinstance(person, CellError):
        return person
    role = row.cells.get("role", "").lower()
    if role and role not in set(Role):
        return row.error("role", "no role has this name", f"Write one of: {', '.join(Role)}.")
    return UserRow(person, Role(role) if role else None)


def _event(row: CsvRow, times: Times) -> EventRow | CellError:
    event_id, name = row.cells.get("id", ""), clean_text(row.cells["name"], NAME_LIMIT)
    if event_id and not is_event_id(event_id):
        remedy = "Use 1 to 64 letters, digits and . _ ~ : -"
        return row.error("id", "this can't be an event's id", remedy)
    if not name:
        return row.error("name", "name is empty", "Write what people will read.")
    zone = row.cells.get("tz", "")
    if zone and not times.is_zone(zone):
        return row.error("tz", "no time zone has this name", "Write it as Europe/Vienna.")
    moments: list[int] = []
    for column in ("start", "end"):
        try:
            moments.append(times.time_of(row.cells[column], zone or "UTC"))
        except HeadcountError as error:
            return row.error(column, "this is no time", error.remedy)
    if moments[1] <= moments[0]:
        return row.error("end", "the event ends before it starts", "Check start and end.")
    return _rest_of_event(
        row, EventRow(row.row, event_id, name, moments[0], moments[1], zone or None)
    )


def _rest_of_event(row: CsvRow, event: EventRow) -> EventRow | CellError:
    description = clean_text(row.cells.get("description", ""), DESCRIPTION_LIMIT)
    word = row.cells.get("rehearsal", "").lower()
    if word and word not in _TRUE | _FALSE:
        return row.error("rehearsal", "neither yes nor no", "Write yes or no.")
    return EventRow(
        event.row, event.id, event.name, event.start, event.end, event.tz,
        description or None, word in _TRUE if word else None,
    )  # fmt: skip


def _registration(row: CsvRow) -> RegistrationRow | CellError:
    event_id, status = row.cells["event"], row.cells.get("status", "").lower()
    email = clean_text(row.cells["email"], EMAIL_LIMIT).lower()
    badge = row.cells.get("bleuuid", "")
    ble_uuid = canonical(badge) if badge else ""
    if not is_event_id(event_id):
        return row.error("event", "this can't be an event's id", "Write the event's id.")
    if ble_uuid is None:
        return row.error("bleUuid", "not 32 hexadecimal digits", "Copy it again from the badge.")
    if not email and not ble_uuid:
        return row.error("email", "nobody is named", "Write the person's email or bleUuid.")
    if status and status not in STATUSES:
        return row.error("status", "no such status", f"Write one of: {', '.join(STATUSES)}.")
    return RegistrationRow(row.row, event_id, email, ble_uuid, status)
