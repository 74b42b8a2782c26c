"""What the terminal UI works with: implements `tui.ports.Station` on the real parts.

What a screen does not need at once is imported when it is needed: the first screen is to be there
within a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..clock import SystemClock, local_zone
from ..config import Config, settings_of
from ..core.errors import HeadcountError
from ..core.identity import clean_text
from ..core.model import Event, Instant
from ..core.news import News
from ..core.pulse import Pulse
from ..store.station import StationStore
from ..tui.ports import (
    Begun,
    Counts,
    Desk,
    Ended,
    Events,
    Facts,
    Health,
    Link,
    Listed,
    Setting,
    Station,
)
from ..tui.trust import link_of
from .broadcast_desk import StationBroadcast
from .drawing import can_draw, fitting_theme
from .local_events import add_local_event, known_event, local_events
from .paths import log_path, logged_events, make_data_dir, state_dir
from .pushed import Effect, PushedSettings
from .unsent import UnsentCount

if TYPE_CHECKING:
    from ..core.ports import Clock, Radio
    from ..core.roster import Roster
    from ..tui.admin.ports import AdminDesk
    from ..tui.ports_log import LogReview
    from ..tui.ports_muster import MusterDesk
    from ..tui.ports_sync import SyncDesk
    from .people import RunningPeople
    from .radio import RadioChoice
    from .scan import MakeRadio, Pace, ScanRun, Started, Summary

BYTES_AN_HOUR = 4_000_000
"""A thousand people who are logged every five minutes: what a busy evening writes."""
FETCH_SECONDS = 5.0
"""A screen does not wait longer for a backend than a person does."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What the command line says about scanning."""

    choice: RadioChoice | None = None
    """None: Bluetooth."""
    log_file: Path | None = None
    record_file: Path | None = None
    duration: float | None = None
    """Seconds after which the scan ends by itself."""
    event_id: str = ""
    """The event that log, recording and duration are for."""


@dataclass(slots=True)
class StationDesk:
    """The station of one data directory. Blocking methods may be called from any thread."""

    config: Config
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where each setting that is no default comes from."""
    options: ScanOptions = field(default_factory=ScanOptions)
    rehearsal: bool = False
    _clock: SystemClock = field(default_factory=SystemClock)
    _link: Link = Link.UNKNOWN
    _run: ScanRun | None = None
    _people: RunningPeople | None = None
    _stop: asyncio.Event | None = None
    _unsent: dict[str, UnsentCount] = field(default_factory=dict)
    _store_: StationStore | None = None
    _effect: Effect | None = None

    @property
    def _store(self) -> StationStore:
        if self._store_ is None:
            make_data_dir(self.config)
            self._store_ = StationStore(state_dir(self.config))
        return self._store_

    def now(self) -> Instant:
        """Both clocks, read together."""
        return self._clock.now()

    @property
    def time_zone(self) -> str:
        """This machine's zone, an IANA name."""
        return local_zone(os.environ.get("TZ", ""))

    # --- events ---

    def events(self) -> Events:
        """The backend's events as cached, those made here, and those that only have a log."""
        store = self._store
        listed = [self._listed(event) for event in store.events() if not event.archived]
        listed += [self._listed(event, local=True) for event in local_events(store)]
        known = {each.event.id for each in listed} | {each.id for each in store.events()}
        orphans = [each for each in logged_events(self.config) if each not in known]
        listed += [self._listed(Event(each, "", 0, 0), local=True) for each in orphans]
        return Events(listed, store.events_fetched_ms(), tuple(store.warnings))

    def _listed(self, event: Event, *, local: bool = False) -> Listed:
        cached = self._store.roster(event.id)
        if cached is None:
            return Listed(event, local=local)
        registered = sum(person.registered for person, _badges in cached.members)
        return Listed(event, registered, cached.fetched_ms, local)

    def event(self, event_id: str) -> Event:
        """One event; of one that nobody knows only the id is known."""
        return known_event(self._store, event_id)

    def create_event(self, event: Event) -> None:
        """Keep an event that the backend does not know yet. Raises UsageError."""
        add_local_event(self._store, event)

    def counts(self, event_id: str) -> Counts:
        """Badges and unsent lines in the log of an event."""
        from .log_counts import badges

        log = self._log_of(event_id)
        return Counts(badges(log), self._unsent_of(event_id))

    async def fetch(self) -> int:
        """Fetch events and the rosters of those that are not over. Raises HeadcountError."""
        from .fetching import fetch

        try:
            number = await asyncio.to_thread(fetch, self.config, self._store, FETCH_SECONDS)
        except HeadcountError as error:
            self._link = link_of(error)
            raise
        self._link = Link.ONLINE
        return number

    # --- scanning ---

    async def scan(
        self, event_id: str, on_begun: Callable[[Begun], None], on_news: Callable[[News], None]
    ) -> Ended:
        """Scan until `stop`. Raises HeadcountError."""
        scan_run = await asyncio.to_thread(_scan_run)
        options = self._options(event_id)
        clock: Clock = options.choice.clock() if options.choice else self._clock
        self._stop = asyncio.Event()
        real = not self.rehearsal and (not options.choice or options.choice.kind == "bluetooth")
        pushed = PushedSettings(self.config, self.sources)
        effect = self._effect = await asyncio.to_thread(pushed.take)
        run = self._run = scan_run(
            effect.config,
            event_id,
            clock=clock,
            log_file=options.log_file,
            real=real,
            pushed=pushed,
        )
        event = await asyncio.to_thread(self.event, event_id)
        with contextlib.ExitStack() as stack:
            stack.callback(self._forget_run)
            if options.duration is not None:
                loop = asyncio.get_running_loop()
                stack.callback(loop.call_later(options.duration, self.stop).cancel)
            summary = await run.run(
                self._make_radio(options, stack, clock),
                stop=self._stop,
                on_started=lambda started: on_begun(self.attach(run, event, started, clock)),
                on_news=on_news,
            )
        return await asyncio.to_thread(self._ended, event, summary)

    def _forget_run(self) -> None:
        self._run = self._people = None

    def people(self) -> RunningPeople | None:
        """Where operators act on people; None while no scan runs."""
        return self._people

    def _options(self, event_id: str) -> ScanOptions:
        """Log, recording and duration are for one event; the radio is for all."""
        if self.options.event_id in {"", event_id}:
            return self.options
        return ScanOptions(self.options.choice)

    def _make_radio(
        self, options: ScanOptions, stack: contextlib.ExitStack, clock: Clock
    ) -> MakeRadio:
        """Builds the radio that was asked for; a recording is closed with `stack`."""
        from .radio import RadioChoice, make_radio

        effect, tap = self._in_force().config, None
        if options.record_file:
            from ..ble.recording import FrameWriter

            tap = stack.enter_context(FrameWriter(options.record_file, clock))

        def make(roster: Roster, pace: Pace) -> Radio:
            choice = options.choice or RadioChoice()
            return make_radio(effect, choice, clock=clock, roster=roster, pace=pace, tap=tap)

        return make

    def stop(self) -> None:
        """End the running scan in order."""
        if self._stop is not None:
            self._stop.set()

    def pulse(self) -> Pulse | None:
        """What the running scan hears now."""
        return self._run.pulse() if self._run else None

    def attach(self, run: ScanRun, event: Event, started: Started, clock: Clock) -> Begun:
        """Take up a scan that has just begun, also one that was not begun here."""
        from .acts import make_desk as make_rules
        from .people import RunningPeople

        self._run = run
        rules = make_rules(self._in_force().config, event.id)
        people = self._people = RunningPeople(run.recorder, rules, clock)
        roster = started.roster
        return Begun(
            event=event,
            scanner_id=started.scanner_id,
            log=str(started.log),
            registered=roster.registered,
            roster=len(roster),
            fetched_ms=roster.fetched_ms,
            before=started.before,
            acts=people.before(),
            rehearsal=self.rehearsal,
            warnings=started.warnings,
        )

    def _ended(self, event: Event, summary: Summary) -> Ended:
        return Ended(
            event=event,
            log=str(summary.log),
            records=summary.counters.records,
            badges=summary.badges,
            unsent=self._unsent_of(event.id),
            not_saved=summary.not_saved,
            notes=tuple(filter(None, [summary.trouble])),
            rehearsal=self.rehearsal,
        )

    # --- facts ---

    def _log_of(self, event_id: str) -> Path:
        return self._options(event_id).log_file or log_path(self.config, event_id)

    def _unsent_of(self, event_id: str) -> int:
        count = self._unsent.get(event_id)
        if count is None:
            server, log = self.config.backend.url, self._log_of(event_id)
            count = self._unsent[event_id] = UnsentCount(self._store, server, event_id, log)
        return count.count()

    def facts(self, event_id: str) -> Facts:
        """Disk, unsent, link."""
        return Facts(
            unsent=self._unsent_of(event_id),
            disk_hours=disk_hours(self.config.data_path),
            link=self._link,
            automatic=self.config.sync.automatic,
        )

    def _in_force(self) -> Effect:
        """What the running scan, or else the last one, has taken over from the backend."""
        return self._effect or PushedSettings(self.config, self.sources).in_force()

    def settings(self) -> Sequence[Setting]:
        """The configuration in force, without secrets."""
        effect = self._in_force()
        return [
            Setting(key, clean_text(_written(value), 200), effect.sources.get(key, ""), about)
            for key, value, about in settings_of(effect.config)
        ]

    def health(self) -> Sequence[Health]:
        """What is known of this machine."""
        from .health import health
        from .radio import RadioChoice

        choice = RadioChoice("simulated") if self.rehearsal else self.options.choice
        return health(self.config, choice, self._link, self.pulse(), sources=self.sources)

    # --- screens of their own ---

    def review(self, event_id: str) -> LogReview:
        """The log of an event."""
        from .log_review import Review

        return Review(self.config, event_id, self._log_of(event_id))

    def sync(self) -> SyncDesk:
        """What sends the unsent."""
        from .sync_desk import StationSync

        return StationSync(self.config, clock=self._clock)

    def muster(self, event_id: str) -> MusterDesk:
        """Who is here, of an event."""
        from .muster import StationMuster

        log = self._log_of(event_id)
        return StationMuster(self.config, event_id, clock=self._clock, nearby=self._nearby, log=log)

    def _nearby(self) -> list[tuple[str, float]]:
        """Badges in range, by our own clock: a replay has another."""
        pulse = self.pulse()
        if pulse is None:
            return []
        ahead = self._clock.now().mono - pulse.now.mono
        return [(each.ble_uuid, each.mono + ahead) for each in pulse.nearby]

    # --- small values ---

    def recall(self, key: str) -> object:
        """A small value of an earlier run."""
        return self._store.get(f"tui.{key}")

    def remember(self, key: str, value: object) -> None:
        """Keep a small value."""
        self._store.set(f"tui.{key}", value)

    def rehearse(self) -> Station:
        """A station of its own, with a backend and people. Raises HeadcountError."""
        from .rehearsal import Rehearsal

        return Rehearsal.begin(self.config)

    def close(self) -> None:
        """Nothing is open between two calls."""


def _scan_run() -> type[ScanRun]:
    """Imported in a thread: it takes a quarter of a second on a small machine."""
    from .scan import ScanRun

    return ScanRun


def _written(value: object) -> str:
    """A setting's value for people."""
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def disk_hours(folder: Path) -> float | None:
    """How long the disk lasts on a busy evening; None where that can't be told."""
    try:
        return shutil.disk_usage(folder).free / BYTES_AN_HOUR
    except OSError:
        return None


def make_desk(station: Station, config: Config, event_id: str = "") -> Desk:
    """Everything that the screens are given."""
    ui, term = config.ui, os.environ.get("TERM", "")
    return Desk(
        station=station,
        theme=fitting_theme(ui.theme, term),
        symbols=ui.symbols and can_draw(term),
        bell=ui.bell,
        language=ui.language,
        keys=config.keys,
        event_id=event_id,
        admin=lambda: admin_desk(config),
        broadcast=StationBroadcast(config.radio.adapter, SystemClock()),
    )


def admin_desk(config: Config) -> AdminDesk:
    """The way to the backend as an admin; imported when it is gone."""
    from .admin_desk import HttpAdmin

    return HttpAdmin(config)
