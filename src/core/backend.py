"""What the HTTP interface and the commands ask of the backend's database.

All methods block: callers on an event loop use a thread. Times are Unix milliseconds; `now_ms` is
an argument, because only the edge reads a clock. Texts were cleaned at the boundary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar

from .accounts import Accounts
from .attendance import DEFAULT_RULES, Rules
from .audit import AuditLog
from .badges import Badges
from .clocks import StationClock
from .close_out import CloseBook
from .correction_requests import RequestBook
from .corrections import Corrections
from .errors import HeadcountError
from .event_rules import EventBook
from .feedback import FeedbackBook
from .fleet import FleetBook
from .insight_book import InsightBook
from .live import LatelySynced, LiveTokens, Observable
from .log_heads import HeadBook
from .model import Approval, BatchAnswer, Event, Kind, Refusal, ScanSession, WalkInPolicy
from .own_record import OwnBook
from .personal import Personal
from .records import Records
from .refusals import RefusalLog
from .registrations import Registrations
from .report import EventFacts
from .report_log import FullLog
from .retention import Care
from .rotation_book import RotationBook
from .seed_book import SeedBook

T = TypeVar("T")


RECORD_CONFLICT = "RECORD_CONFLICT"
"""The code of a record whose id is taken by a record with other content."""


class EventNotFound(HeadcountError):
    """No event has this id."""


class EventExists(HeadcountError):
    """Another event has this id, with other content."""


class DatabaseUnavailable(HeadcountError):
    """The database can't be reached, or can't do its work now; worth another try later."""


class Role(StrEnum):
    """What a signed-in person may do."""

    USER = "user"
    OPERATOR = "operator"
    ADMIN = "admin"


class BatchRecord(NamedTuple):
    """One validated record of a batch, ready to be staged."""

    ble_uuid: str
    """Canonical."""
    check_in_time: int
    scanner_id: str
    place: int
    """Its place in the request."""
    boot: str = ""
    """Names the boot that `mono` belongs to; empty when the record does not say."""
    mono: int = 0
    """Milliseconds since that boot."""
    id: str = ""
    """Unique for ever; empty when the record has none."""
    kind: str = Kind.SIGHTING.value
    """A sighting or a departure."""


class GapRecord(NamedTuple):
    """A coverage gap of a batch."""

    scanner_id: str
    start: int
    end: int
    why: str
    place: int = 0
    boot: str = ""
    mono: int = 0
    """Of the gap's start."""
    id: str = ""


def _nothing(places: Sequence[int]) -> Sequence[bytes]:
    return [b""] * len(places)


class ActRecord(NamedTuple):
    """What an operator did (core/acts.py), validated."""

    id: str
    """The record's id: the same act again is known by it."""
    kind: Kind
    user: str
    """The person's public id; empty where a void names none."""
    ble_uuid: str
    """Canonical; NIL_UUID for none."""
    time: int
    scanner_id: str
    by: str
    why: str
    of: str
    """The id of the record that a void takes back."""
    of_time: int | None
    """Of a voided sighting: its `checkInTime` as the station wrote it."""
    name: str
    email: str
    place: int = 0
    boot: str = ""
    mono: int = 0
    raw_time: int | None = None
    """What the station wrote, where `time` was corrected."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A validated POST /batchCheckIn; `records` holds sightings and departures."""

    event_id: str
    records: Sequence[BatchRecord]
    gaps: Sequence[GapRecord] = ()
    sessions: Sequence[ScanSession] = ()
    clock: StationClock | None = None
    """The sender's clocks, when it sent this."""
    refused: Sequence[Refusal] = ()
    """Records that are not among these, since they are wrong."""
    raw: Callable[[Sequence[int]], Sequence[bytes]] = _nothing
    """What was sent at these places of the request."""
    acts: Sequence[ActRecord] = ()


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to create. Without an id the backend makes one."""

    name: str
    start: int
    end: int
    tz: str = "UTC"
    id: str = ""
    description: str = ""
    rehearsal: bool = False
    check_in_opens_minutes: int = DEFAULT_RULES.check_in_opens_minutes
    late_after_minutes: int = DEFAULT_RULES.late_after_minutes
    minimum_presence_percent: int = DEFAULT_RULES.minimum_presence_percent
    away_minutes: int = DEFAULT_RULES.away_minutes
    walk_in_policy: WalkInPolicy = ""
    rotating: bool = False
    approval: Approval = "byHand"

    @property
    def rules(self) -> Rules:
        """What statuses are derived by."""
        return self.with_id("").rules

    def with_id(self, event_id: str) -> Event:
        """The event that this makes."""
        shared = (each.name for each in fields(Event) if hasattr(self, each.name))
        return Event(**{name: getattr(self, name) for name in shared} | {"id": event_id})


@dataclass(frozen=True, slots=True)
class User:
    """A person in the backend."""

    id: str
    name: str
    email: str
    role: Role
    ble_uuid: str | None
    """The badge assigned last."""
    status: str = "active"
    """active, pending or rejected: `core.access.Status`."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row of an import: `row` is the line's number in the file, for error messages."""

    row: int
    name: str
    email: str
    ble_uuid: str
    """Canonical, or empty: a person without a badge."""


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was not imported."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did."""

    created: int
    updated: int
    unchanged: int
    registered: int
    """New registrations for the event."""
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    """A person's right to attend an event, with what a station's roster needs."""

    user_id: str
    name: str
    email: str
    status: str
    """pending, approved, rejected or cancelled."""
    ble_uuids: tuple[str, ...]
    """Every badge that is theirs, the last assigned first."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, in a fixed order that inserts do not disturb."""

    items: Sequence[T]
    cursor: str
    """Opaque; names where the next page begins. Empty when this page is the last."""


class Backend(
    RefusalLog,
    HeadBook,
    Accounts,
    Observable,
    LatelySynced,
    LiveTokens,
    Records,
    AuditLog,
    FullLog,
    InsightBook,
    FeedbackBook,
    EventBook,
    Corrections,
    Badges,
    Care,
    Personal,
    SeedBook,
    CloseBook,
    RotationBook,
    FleetBook,
    Registrations,
    RequestBook,
    OwnBook,
    Protocol,
):
    """The single source of truth. Implemented by `store.server.Store`."""

    def merge_batch(self, batch: Batch, *, received_ms: int) -> BatchAnswer:
        """Stage and merge a batch in one transaction; when this returns, it is durable.

        One attendance row for each person and event: the earliest sighting, ties by scanner id, so
        that any order, split or repetition of the same records leads to the same state.
        Counts: a record is `checked_in` if it made a new attendance row, `unknown` if nobody owns
        its bleUuid, else a duplicate. A record whose id is taken by another content is refused
        (RECORD_CONFLICT). Times of a boot whose clock is known to be wrong are corrected. Refusals
        are kept, those in the batch too. Raises EventNotFound and stores nothing.
        """

    def create_event(self, event: NewEvent, *, now_ms: int) -> Event:
        """Create an event; the same again is no error. Raises EventExists on other content."""

    def event(self, event_id: str) -> Event:
        """One event. Raises EventNotFound."""

    def events(self, *, limit: int, cursor: str = "") -> Page[Event]:
        """All events by start, then id."""

    def users(self, *, limit: int, cursor: str = "") -> Page[User]:
        """All users by name, then id."""

    def import_people(
        self, rows: Sequence[PersonRow], *, event_id: str = "", now_ms: int
    ) -> ImportResult:
        """Create or update people (matched by email, else by bleUuid), register them if `event_id`.

        A bleUuid that somebody else owns is a row error; the other rows are imported. Sightings of
        badges that were unknown until now become check-ins. Raises EventNotFound.
        """

    def registrations(self, event_id: str, *, limit: int, cursor: str = "") -> Page[Registration]:
        """The event's registrations by name, then user id. Raises EventNotFound."""

    def report_facts(self, event_id: str) -> EventFacts:
        """Everything that the event's report is folded from. Raises EventNotFound."""

    def create_admin(self, name: str, email: str, *, token_hash: str, now_ms: int) -> User:
        """Create an admin, or make the user with this email one, and add a token (SHA-256, hex)."""

    def ping(self) -> None:
        """Answer, or raise: the database is reachable (GET /health)."""

    def database_bytes(self) -> int:
        """The size of the database."""

    def close(self) -> None:
        """Close all connections."""
