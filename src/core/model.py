"""The words of the product as values (docs/architecture.md: the sighting's way through them)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from .attendance import DEFAULT_RULES, Rules
from .errors import RadioReason

NIL_UUID = "00000000-0000-0000-0000-000000000000"
"""The bleUuid of log lines that are about no badge (RFC 9562, 5.9): coverage gaps."""


class Format(StrEnum):
    """How a badge can carry its 16-byte id in an advertisement."""

    SERVICE_UUID = "service_uuid"
    SERVICE_DATA_128 = "service_data_128"
    SERVICE_DATA_16 = "service_data_16"
    IBEACON = "ibeacon"
    ALTBEACON = "altbeacon"
    EDDYSTONE_UID = "eddystone_uid"


class Instant(NamedTuple):
    """One reading of both clocks."""

    wall_ms: int
    """Unix milliseconds. May jump, may start in 1970: never used for durations."""
    mono: float
    """Seconds since boot, sleep included (CLOCK_BOOTTIME). Never goes back within one boot."""
    boot: str
    """Names the boot that `mono` belongs to."""

    def at(self, mono: float) -> Instant:
        """The instant of another monotonic time of the same boot, by this reading's wall clock."""
        return Instant(self.wall_ms + round((mono - self.mono) * 1000), mono, self.boot)


class Frame(NamedTuple):
    """One radio frame as the operating system gave it. Never stored (but by `scan --record`)."""

    address: str
    """The sender's address; phones randomise it, so it is never a key for a person."""
    rssi: int
    """dBm."""
    mono: float
    """When it was heard, seconds since boot."""
    service_uuids: Sequence[str] = ()
    """Lower-case canonical; 16-bit ones expanded with the Bluetooth base UUID."""
    manufacturer_data: Mapping[int, bytes] = {}
    """By company id, without the id itself."""
    service_data: Mapping[str, bytes] = {}
    """By lower-case canonical UUID."""


class Advertisement(NamedTuple):
    """A frame in a configured format, reduced to what identification needs. Never stored."""

    ble_uuid: str
    rssi: int
    mono: float


class Kind(StrEnum):
    """What a log line is about."""

    SIGHTING = "sighting"
    """This bleUuid was heard here at this time."""
    DEPARTURE = "departure"
    """`checkInTime` is when the badge was last heard: it was away for the away time since, or the
    scan stopped."""
    GAP = "gap"
    """The radio was deaf from `checkInTime` until `until`; the bleUuid is NIL_UUID."""
    MANUAL = "manual"
    """An operator checked a person in by hand (core/acts.py has these and the following)."""
    VOID = "void"
    """Takes the record `of` back; both stay in the log."""
    EXCUSED = "excused"
    """A person will not come, and that is all right."""
    ASSIGN = "assign"
    """The badge is this person's from now on."""
    WALK_IN = "walkIn"
    """A person who is not on the roster, checked in by hand."""


ACTS = frozenset({Kind.MANUAL, Kind.VOID, Kind.EXCUSED, Kind.ASSIGN, Kind.WALK_IN})
"""What an operator does; the other kinds are what the radio tells."""


@dataclass(frozen=True, slots=True)
class Record:
    """One fact for the attendance log, before the log gives it a sequence number and an id."""

    ble_uuid: str
    scanner_id: str
    instant: Instant
    """When it was true (not when it was written)."""
    kind: Kind = Kind.SIGHTING
    rssi: int | None = None
    """dBm; None where nothing was heard."""
    until_ms: int | None = None
    """A gap's end, Unix milliseconds."""
    why: str = ""
    """A gap's reason, one of RadioReason; an operator's reason, in their words."""
    of: str = ""
    """The id of the record that a void takes back."""
    of_time_ms: int | None = None
    """That record's `checkInTime`: with badge and scanner it names a sighting."""
    user: str = ""
    """The public id of the person that an act is about."""
    by: str = ""
    """Who did it."""
    name: str = ""
    """A walk-in's name."""
    email: str = ""
    """A walk-in's email; empty for none."""


class Logged(NamedTuple):
    """A record that is on the disk: appended, and flushed to the medium."""

    seq: int
    """Counts the lines of one log file from 1; a hole shows a lost line."""
    id: str
    """`<session>-<seq>`, unique for ever."""
    record: Record


class LogLine(NamedTuple):
    """One intact line of a log, of ours or of another program's."""

    line: int
    """Counts from 1, damaged lines included."""
    start: int
    """Offset of its first byte in the file."""
    raw: bytes
    """The JSON object, without the newline."""


class Damage(NamedTuple):
    """A stretch of a log file that is no intact record."""

    line: int
    """The first damaged line, counted from 1."""
    start: int
    end: int
    """Byte range [start, end)."""
    why: str
    """For people."""


class CoverageGap(NamedTuple):
    """A stretch in which the radio did not hear, monotonic seconds."""

    start: float
    end: float
    why: RadioReason


class Hearing(StrEnum):
    """Whether the radio hears anything at all."""

    STARTING = "starting"
    HEARS = "hears"
    SILENT = "silent"
    """Nothing for a while, but the scan looks healthy: an empty room, or a deaf radio."""
    DEAF = "deaf"
    """The scan is known to be dead; recovery is under way."""


@dataclass(frozen=True, slots=True)
class HearingChanged:
    """The radio began or ceased to hear, or a recovery step was taken."""

    state: Hearing
    mono: float
    message: str
    """For people: what happened, and what is being done about it."""
    reason: RadioReason | None = None
    remedy: str = ""
    retry_in: float | None = None
    """Seconds until the next recovery step."""
    gap: CoverageGap | None = None
    """Set when a coverage gap has just ended."""


@dataclass(frozen=True, slots=True)
class Person:
    """A participant as the roster knows them."""

    user_id: str
    name: str
    email: str = ""
    registered: bool = True


WalkInPolicy = Literal["", "allow", "ask", "refuse"]
"""What to do with a person who is not on the roster; empty: each station's own setting decides."""

Approval = Literal["byHand", "auto"]
"""Who registers oneself waits for an admin's decision, or is approved at once."""


@dataclass(frozen=True, slots=True)
class Event:
    """What people attend, and its rules. Times are Unix milliseconds; `tz` is an IANA zone."""

    id: str
    name: str
    start: int
    end: int
    tz: str = "UTC"
    description: str = ""
    check_in_opens_minutes: int = DEFAULT_RULES.check_in_opens_minutes
    late_after_minutes: int = DEFAULT_RULES.late_after_minutes
    minimum_presence_percent: int = DEFAULT_RULES.minimum_presence_percent
    away_minutes: int = DEFAULT_RULES.away_minutes
    walk_in_policy: WalkInPolicy = ""
    archived: bool = False
    """Over and done with: kept, but not offered where an event is chosen."""
    rotating: bool = False
    """Phones may show ids that change every ten minutes (core/rotation.py)."""
    approval: Approval = "byHand"

    @property
    def rules(self) -> Rules:
        """What statuses are derived by."""
        return Rules(
            self.check_in_opens_minutes,
            self.late_after_minutes,
            self.minimum_presence_percent,
            self.away_minutes,
        )


@dataclass(frozen=True, slots=True)
class ScanSession:
    """One run of one scanner for one event, as the station knows it. Unix milliseconds."""

    id: str
    scanner_id: str
    started_at: int
    covered_until: int
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that the server refused, and why."""

    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The server's answer to one POST /batchCheckIn: all but the refused are durable there."""

    received: int
    checked_in: int
    duplicates: int
    unknown: int
    refused: tuple[Refusal, ...] = ()
