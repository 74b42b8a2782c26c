"""What the screens need of the rest of the program. `bootstrap.desk` implements it.

Methods marked *blocking* read files: screens call them in a thread. Times are Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from ..core.model import Event, Instant
from ..core.news import Acted, News, Sighted
from ..core.pulse import Pulse
from .admin.ports import AdminDesk
from .ports_broadcast import BroadcastDesk
from .ports_log import LogReview
from .ports_muster import MusterDesk
from .ports_people import PeopleDesk
from .ports_sync import SyncDesk


@dataclass(frozen=True, slots=True)
class Listed:
    """An event as the picker lists it."""

    event: Event
    registered: int | None = None
    """People on the cached roster; None when it was never fetched."""
    fetched_ms: int | None = None
    """When the roster was fetched."""
    local: bool = False
    """Made on this station; the backend does not know it yet."""


@dataclass(frozen=True, slots=True)
class Events:
    """All events that the station knows."""

    listed: Sequence[Listed] = ()
    fetched_ms: int | None = None
    """When the backend gave them; None for never."""
    warnings: Sequence[str] = ()


class Counts(NamedTuple):
    """What this station's log of an event holds."""

    checked_in: int
    """Different badges with a sighting."""
    unsent: int
    """Lines that the backend has not acknowledged."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a scan begins with."""

    event: Event
    scanner_id: str
    log: str
    registered: int = 0
    roster: int = 0
    """People on the roster, walk-ins of before included."""
    fetched_ms: int | None = None
    """When the roster was fetched; None for a roster that is not known."""
    before: Sequence[Sighted] = ()
    """The first sighting of each badge that is in the log already."""
    acts: Sequence[Acted] = ()
    """What operators did before, as the log has it."""
    rehearsal: bool = False
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """What a scan ends with."""

    event: Event
    log: str
    records: int
    """Written in this run."""
    badges: int
    """Different badges in the log."""
    unsent: int
    not_saved: int = 0
    """Records that the disk did not take; 0 unless it is broken."""
    notes: Sequence[str] = ()
    rehearsal: bool = False


class Link(StrEnum):
    """What is known of the way to the backend."""

    UNKNOWN = "unknown"
    """Nobody has asked yet."""
    ONLINE = "online"
    OFFLINE = "offline"
    REFUSED = "refused"
    """It answers, but does not let this station in."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the trust line needs beside the scan's own pulse."""

    unsent: int = 0
    disk_hours: float | None = None
    """How long the disk lasts at the pace of now; None where that can't be told."""
    link: Link = Link.UNKNOWN
    automatic: bool = False
    """Records are sent in the background."""


class Setting(NamedTuple):
    """One key of the configuration in force."""

    key: str
    value: str
    source: str
    """Where the value comes from: a file, the environment, the command line; empty: the default."""
    about: str


class Health(NamedTuple):
    """One thing that is checked or known."""

    what: str
    words: str
    good: bool | None = None
    """None: neither good nor bad, just so."""
    remedy: str = ""
    """What mends it, a command or a sentence; else why it matters. Empty where nothing is to do."""


class Station(Protocol):
    """The scanner station, as the screens see it."""

    @property
    def rehearsal(self) -> bool:
        """Whether its phones are simulated and its data are wiped at the end."""

    @property
    def time_zone(self) -> str:
        """This machine's zone, an IANA name: that of events made here."""

    def now(self) -> Instant:
        """Both clocks, read together."""

    def events(self) -> Events:
        """The events, as cached. Blocking."""

    def event(self, event_id: str) -> Event:
        """One event; of one that nobody knows only the id is known. Blocking."""

    def counts(self, event_id: str) -> Counts:
        """What the log of an event holds. Blocking, for as long as reading the log takes."""

    async def fetch(self) -> int:
        """Fetch events and rosters; the number of events. Raises HeadcountError."""

    async def scan(
        self, event_id: str, on_begun: Callable[[Begun], None], on_news: Callable[[News], None]
    ) -> Ended:
        """Scan until `stop`. Raises HeadcountError; what was heard is safe then, too."""

    def stop(self) -> None:
        """End the running scan in order."""

    def people(self) -> PeopleDesk | None:
        """Where operators act on people; None while no scan runs."""

    def pulse(self) -> Pulse | None:
        """What the running scan hears now; None while none runs."""

    def facts(self, event_id: str) -> Facts:
        """Disk, unsent, link. Blocking."""

    def create_event(self, event: Event) -> None:
        """Keep an event that the backend does not know yet. Blocking. Raises UsageError."""

    def rehearse(self) -> Station:
        """A station of its own for a rehearsal. Blocking. Raises HeadcountError."""

    def settings(self) -> Sequence[Setting]:
        """The configuration in force, without secrets."""

    def health(self) -> Sequence[Health]:
        """What is known of this machine. Blocking."""

    def recall(self, key: str) -> object:
        """A small value of an earlier run; None when there is none. Blocking."""

    def remember(self, key: str, value: object) -> None:
        """Keep a small value: anything that JSON can carry. Blocking."""

    def review(self, event_id: str) -> LogReview:
        """The log of an event."""

    def sync(self) -> SyncDesk:
        """What sends the unsent."""

    def muster(self, event_id: str) -> MusterDesk:
        """Who is here, of an event."""

    def close(self) -> None:
        """Leave nothing open; a rehearsal is wiped. Blocking."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the application is given. Screens of other parts add their port here."""

    station: Station
    theme: str = "dark"
    symbols: bool = True
    bell: bool = True
    language: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by action, where they are not the usual ones."""
    event_id: str = ""
    """Begin with this event."""
    admin: Callable[[], AdminDesk] | None = None
    """Makes the way to the backend as an admin."""
    broadcast: BroadcastDesk | None = None
    """Makes a badge of this machine."""
