"""What the recorder tells its subscribers, in the past tense. Times are Unix milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from .doors import Elsewhere
from .errors import LogUnwritable
from .lan import Door
from .model import HearingChanged, Person, Record
from .roster import Roster


@dataclass(frozen=True, slots=True)
class Sighted:
    """A sighting is on the disk."""

    ble_uuid: str
    person: Person | None
    """None: nobody on the roster owns this badge."""
    time_ms: int
    rssi: int | None
    arrival: bool
    """The first sighting of this person (of an unknown badge: of it) in this log."""
    copied: bool = False
    """A rotating id of somebody, heard out of its time: nobody's check-in."""


@dataclass(frozen=True, slots=True)
class Left:
    """A badge was not heard for the away time; `time_ms` is when it was last heard."""

    ble_uuid: str
    person: Person | None
    time_ms: int


@dataclass(frozen=True, slots=True)
class Acted:
    """What an operator did is on the disk."""

    id: str
    """The record's id: what a void names."""
    record: Record
    person: Person | None
    """Whom it is about; None where this station does not know them."""


@dataclass(frozen=True, slots=True)
class LogTroubled:
    """The disk does not take records (they wait in memory), or takes them again (`error` None)."""

    error: LogUnwritable | None
    waiting: int
    """Records in memory that are not safe yet."""


@dataclass(frozen=True, slots=True)
class MirrorChanged:
    """The second copy is there and complete, or can't be written. The first copy is safe anyway."""

    folder: str
    time_ms: int
    here: bool
    why: str = ""
    """The reason why it is not there, in the system's words."""
    same_disk: bool = False
    """It is on the first copy's disk, and would be lost with it."""


class SendingState(StrEnum):
    """How the sync in the background fares."""

    ONLINE = "online"
    OFFLINE = "offline"
    """No answer; it is tried again, at growing pauses."""
    PAUSED = "paused"
    """The backend refuses this station or event: somebody must mend that first."""


@dataclass(frozen=True, slots=True)
class Sending:
    """The sync in the background has sent records, or can't; nothing is lost either way."""

    state: SendingState
    records: int = 0
    """Acknowledged just now."""
    refused: int = 0
    message: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class RosterRenewed:
    """A newer roster was taken up while scanning."""

    roster: Roster
    """With the walk-ins and badges of this log."""


@dataclass(frozen=True, slots=True)
class DoorsChanged:
    """Another door's station came, went, or told something; or why nobody can be told anything."""

    doors: Sequence[Door] = ()
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    checked_in: int = 0
    """People at any door, this one included."""
    told: int = 0
    """Lines of the own log told to others, in this run."""
    heard: int = 0
    """Lines of others' logs kept here, in this run."""
    refused: int = 0
    """Connections that were ended for a wrong key or a broken rule, in this run."""
    strangers: int = 0
    """Stations that announce another key or event."""
    trouble: str = ""
    """Why this station takes no part at present; empty while it does."""


class SettingChange(NamedTuple):
    """One setting that the backend decides otherwise, as people write it."""

    key: str
    """As in config.toml."""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SettingsPushed:
    """The backend has decided settings for this station."""

    changes: tuple[SettingChange, ...]
    """None: what was announced was taken back."""
    refused: tuple[str, ...]
    """Sentences about values that this station can't use; it keeps its own."""
    in_force: bool
    """They have taken effect; else they will at the next scan, or when they are accepted."""
    fetched_ms: int


News = (
    Sighted
    | Left
    | Acted
    | LogTroubled
    | MirrorChanged
    | Sending
    | HearingChanged
    | RosterRenewed
    | DoorsChanged
    | SettingsPushed
)
