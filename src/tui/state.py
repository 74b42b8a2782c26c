"""What the live screen shows, folded from the news of a scan. No terminal, no clock.

Cheap where thousands of phones touch it: `news` is a few dictionary operations, and `pulse`, once a
second, one pass over the badges in range and one sort.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..core.doors import Came, Elsewhere
from ..core.identity import clean_text
from ..core.model import Format, Hearing, HearingChanged, Instant, Person
from ..core.news import (
    Acted,
    DoorsChanged,
    LogTroubled,
    MirrorChanged,
    News,
    RosterRenewed,
    Sending,
    SettingsPushed,
    Sighted,
)
from ..core.pulse import HeardFormat, Nearby, Pulse
from .checkins import MINUTE_MS, MINUTES, Arrival, CheckIns
from .ports import Begun

HISTORY = 10
"""Signal samples kept a badge, one a second: what fits beside a name."""
SMOOTHED = 5
"""Samples whose mean orders the list: a body between phone and radio costs 10 dB for a moment."""
RATE_SECONDS = 5.0
"""The stretch over which adverts a second are counted."""
JUMP_SECONDS = 2.0
"""A wall clock that strays so far from the monotonic one was set, not slewed."""
FIRST_SANE_MS = 1_767_225_600_000
"""2026-01-01: a clock before this program was written is wrong."""


class Seen(NamedTuple):
    """A badge in range."""

    ble_uuid: str
    name: str
    registered: bool
    rssi: int
    mono: float
    strength: float
    """The mean of the last signals, dBm."""
    history: Sequence[int | None]
    """dBm, one a second, the newest last; None: not heard in that second."""


class FormatRate(NamedTuple):
    """How much of a format is on the air, frames a second."""

    format: Format
    wanted: bool
    """Badges of this format count here."""
    rate: float
    close: float
    """Of them, held at the scanner."""


class Gap(NamedTuple):
    """A stretch in which the radio was deaf. Unix milliseconds."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Counters:
    """The big numbers. People are counted, not badges and not doors."""

    here: int = 0
    checked_in: int = 0
    registered: int = 0
    unknown: int = 0
    """Badges in range that nobody owns."""
    here_own: int = 0
    """Of those here, the ones that this door itself heard, or checked in by hand."""


_LATEST: dict[type[News], str] = {
    MirrorChanged: "mirror",
    Sending: "sending",
    DoorsChanged: "doors",
    SettingsPushed: "told_settings",
}
"""News of which only the last counts, and where it is kept."""


@dataclass(slots=True)
class LiveState:
    """One scan as the screens see it. `revision` grows with every change."""

    begun: Begun | None = None
    revision: int = 0
    check_ins: CheckIns = field(default_factory=CheckIns)
    """Who is checked in, and what operators did."""
    told: list[Acted] = field(default_factory=list)
    """Acts of this run, in the order in which they became durable."""
    seen: list[Seen] = field(default_factory=list)
    """People in range, the strongest first."""
    unknown: list[Seen] = field(default_factory=list)
    """Badges in range that nobody owns, the strongest first."""
    hearing: HearingChanged | None = None
    gaps: list[Gap] = field(default_factory=list)
    trouble: LogTroubled | None = None
    mirror: MirrorChanged | None = None
    sending: Sending | None = None
    doors: DoorsChanged | None = None
    """What the other doors tell; None where nobody asks them."""
    told_settings: SettingsPushed | None = None
    """What was told last of the backend's settings."""
    last: Pulse | None = None
    rate: float = 0.0
    """Radio frames a second."""
    badge_rate: float = 0.0
    """Of them, adverts of badges a second."""
    background_rate: float = 0.0
    """Of them, frames a second of iPhone apps in the background, which can't be identified."""
    formats: Sequence[FormatRate] = ()
    """Every format; empty where the radio does not tell."""
    jumped_ms: int = 0
    """How far the wall clock has jumped since the beginning."""
    _names: dict[str, str] = field(default_factory=dict)
    _histories: dict[str, deque[int | None]] = field(default_factory=dict)
    _heard_at: dict[str, float] = field(default_factory=dict)
    _frames: deque[tuple[float, int, int, int]] = field(default_factory=deque)
    _by_format: deque[tuple[float, Sequence[HeardFormat]]] = field(default_factory=deque)
    _offset_ms: float | None = None
    _in_range: set[str] = field(default_factory=set)
    """User ids."""

    # --- what happens ---

    def begin(self, begun: Begun) -> None:
        """A scan has begun; who is in the log already has arrived before."""
        event = begun.event
        name = clean_text(event.name) or event.id
        self.begun = replace(begun, event=replace(event, name=name))
        for sighted in begun.before:
            self.check_ins.sighted(sighted)
        for acted in begun.acts:
            self.check_ins.acted(acted)
        self.revision += 1

    def news(self, news: News, now: Instant) -> None:
        """Take in a piece of news, told at `now`."""
        match news:
            case Sighted():
                if not self.check_ins.sighted(news):
                    return
            case Acted():
                self._acted(news)
            case RosterRenewed():
                self._renewed(news)
            case HearingChanged():
                self._hearing(news, now)
            case LogTroubled():
                self.trouble = news if news.error else None
            case MirrorChanged() | Sending() | DoorsChanged() | SettingsPushed():
                setattr(self, _LATEST[type(news)], news)
            case _:
                return
        self.revision += 1

    def pulse(self, pulse: Pulse) -> None:
        """Take in a look at the running scan; to be called about once a second."""
        self.last = pulse
        self._rate(pulse)
        self._rate_formats(pulse)
        self._clock(pulse)
        seen = [self._seen(badge) for badge in pulse.nearby]
        seen.sort(key=_strongest_first)
        self.seen = [each for each in seen if each.name]
        self.unknown = [each for each in seen if not each.name]
        self._in_range = {b.person.user_id for b in pulse.nearby if b.person}
        self._forget(pulse.nearby)
        self.revision += 1

    # --- what is shown ---

    @property
    def arrivals(self) -> deque[Arrival]:
        """Check-ins by radio and by hand, and unknown badges; the newest first."""
        return self.check_ins.arrivals

    def battery(self, ble_uuid: str) -> str:
        """How low this badge's battery is, for people; empty where nothing says that it is."""
        low = self.last.low_batteries if self.last else ()
        return next((str(each.battery) for each in low if each.ble_uuid == ble_uuid), "")

    def in_range(self, user_id: str) -> bool:
        """Whether the radio hears a badge of this person."""
        return user_id in self._in_range

    @property
    def counters(self) -> Counters:
        """The big numbers now, over all doors: whoever passed two of them is one person."""
        here = self._in_range | self.check_ins.never_heard
        elsewhere = self.doors.elsewhere if self.doors else Elsewhere()
        return Counters(
            here=len(here | elsewhere.here),
            here_own=len(here),
            checked_in=len(self.check_ins.people | elsewhere.came.keys()),
            registered=self.begun.registered if self.begun else 0,
            unknown=len(self.unknown),
        )

    def came_before(self, arrival: Arrival) -> Came | None:
        """At which other door this person was checked in before they came here."""
        came = self.doors.elsewhere.came.get(arrival.user_id) if self.doors else None
        return came if came and came.time_ms < arrival.time_ms else None

    def per_minute(self, now_ms: int, minutes: int = MINUTES) -> list[int]:
        """Arrivals of the last minutes, the newest last."""
        return self.check_ins.per_minute(now_ms // MINUTE_MS, minutes)

    def deaf_minutes(self, now_ms: int, minutes: int = MINUTES) -> list[bool]:
        """In which of these minutes the radio was deaf for a while."""
        newest = now_ms // MINUTE_MS
        spans = [(gap.start // MINUTE_MS, gap.end // MINUTE_MS) for gap in self.gaps]
        wanted = range(newest - minutes + 1, newest + 1)
        return [any(start <= minute <= end for start, end in spans) for minute in wanted]

    @property
    def waiting(self) -> SettingsPushed | None:
        """New settings of the backend that are not in force yet."""
        told = self.told_settings
        return told if told and not told.in_force and told.changes else None

    @property
    def deaf(self) -> bool:
        """Whether the radio is known to hear nothing."""
        return self.hearing is not None and self.hearing.state is Hearing.DEAF

    def retry_in(self, mono: float) -> float | None:
        """Seconds until the next recovery step; None when none is due."""
        change = self.hearing
        if change is None or change.retry_in is None:
            return None
        return max(0.0, change.mono + change.retry_in - mono)

    # --- folding ---

    def _acted(self, acted: Acted) -> None:
        self.check_ins.acted(acted)
        self.told.append(acted)
        self._names.clear()  # a badge may have changed hands

    def _renewed(self, news: RosterRenewed) -> None:
        self.check_ins.renewed(news.roster)
        self._names.clear()
        if self.begun:
            self.begun = replace(
                self.begun,
                registered=news.roster.registered,
                roster=len(news.roster),
                fetched_ms=news.roster.fetched_ms,
            )

    def _hearing(self, change: HearingChanged, now: Instant) -> None:
        self.hearing = change
        if gap := change.gap:
            start, end = now.at(gap.start).wall_ms, now.at(gap.end).wall_ms
            self.gaps.append(Gap(start, end, gap.why))

    def _rate(self, pulse: Pulse) -> None:
        frames = self._frames
        frames.append((pulse.now.mono, pulse.frames, pulse.identified, pulse.background_apps))
        while pulse.now.mono - frames[0][0] > RATE_SECONDS:
            frames.popleft()
        first, last = frames[0], frames[-1]
        took = last[0] - first[0]
        rates = [(b - a) / took if took > 0 else 0.0 for a, b in zip(first, last, strict=True)]
        _one, self.rate, self.badge_rate, self.background_rate = rates

    def _rate_formats(self, pulse: Pulse) -> None:
        kept = self._by_format
        kept.append((pulse.now.mono, pulse.formats))
        while pulse.now.mono - kept[0][0] > RATE_SECONDS:
            kept.popleft()
        took = max(pulse.now.mono - kept[0][0], 1e-9)
        before = {each.format: each for each in kept[0][1]}
        self.formats = [
            FormatRate(
                now.format,
                now.wanted,
                (now.frames - before.get(now.format, now).frames) / took,
                (now.close - before.get(now.format, now).close) / took,
            )
            for now in pulse.formats
        ]

    def _clock(self, pulse: Pulse) -> None:
        offset = pulse.now.wall_ms - pulse.now.mono * 1000
        if self._offset_ms is None:
            self._offset_ms = offset
        strayed = offset - self._offset_ms
        self.jumped_ms = round(strayed) if abs(strayed) > JUMP_SECONDS * 1000 else 0

    def _seen(self, badge: Nearby) -> Seen:
        history = self._histories.get(badge.ble_uuid)
        if history is None:
            history = self._histories[badge.ble_uuid] = deque(maxlen=HISTORY)
        fresh = self._heard_at.get(badge.ble_uuid) != badge.mono
        self._heard_at[badge.ble_uuid] = badge.mono
        history.append(badge.rssi if fresh else None)
        person = badge.person
        return Seen(
            badge.ble_uuid,
            self._name(badge.ble_uuid, person),
            person is not None and person.registered,
            badge.rssi,
            badge.mono,
            _strength(history, badge.rssi),
            history,
        )

    def _name(self, ble_uuid: str, person: Person | None) -> str:
        if person is None:
            return ""
        name = self._names.get(ble_uuid)
        if name is None:
            name = self._names[ble_uuid] = clean_text(person.name) or clean_text(person.user_id)
        return name

    def _forget(self, nearby: Iterable[Nearby]) -> None:
        """Drop the histories of badges that are gone; strangers come and go all day."""
        here = {badge.ble_uuid for badge in nearby}
        if len(self._histories) > len(here):
            self._histories = {k: v for k, v in self._histories.items() if k in here}
            self._heard_at = {k: v for k, v in self._heard_at.items() if k in here}


def _strength(history: Sequence[int | None], rssi: int) -> float:
    heard = [each for each in list(history)[-SMOOTHED:] if each is not None]
    return sum(heard) / len(heard) if heard else float(rssi)


def _strongest_first(seen: Seen) -> tuple[float, str, str]:
    return -seen.strength, seen.name, seen.ble_uuid
