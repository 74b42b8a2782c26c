"""One scan session: the radio, the recorder, the log and the station's state, put together."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..clock import SystemClock
from ..config import Config
from ..core.battery import LowBattery
from ..core.dedupe import IdentifyRules
from ..core.errors import LogUnwritable
from ..core.identity import clean_text
from ..core.model import ACTS, HearingChanged, Kind, Logged, LogLine, ScanSession
from ..core.news import News, Sighted
from ..core.ports import Clock, Radio
from ..core.pulse import Pulse
from ..core.roster import Roster
from ..core.sealing import SEALED
from ..keys import sealer
from ..recorder import Counters, Recorder
from ..store.attendance_log import AttendanceLog, LogSettings
from ..store.log_mirror import LogMirror
from ..store.log_reader import read_all
from ..store.logline import decode, to_logged
from ..store.station import StationStore
from .beside import beside
from .beside_scan import Safe, among_doors, answering, sending
from .earlier_runs import SEALED_NOTE, logged_at, recovery_notes, sighted
from .low_batteries import low_batteries
from .paths import event_folder, log_path, make_data_dir, state_dir
from .roster_watch import RosterWatch, clock_synchronised

if TYPE_CHECKING:
    from .pushed import PushedSettings

MIRROR_SECONDS = 10.0
"""How long the end of a scan waits for the second copy: longer, and somebody pulls the plug."""

SESSION_SAVED_EVERY = 30.0
"""Seconds between notes of how far a running session has come; a kill loses no more of it."""

Pace = Callable[[], Awaitable[None]]


class MakeRadio(Protocol):
    """Builds the radio of one run, once the roster and the recorder are there."""

    def __call__(self, roster: Roster, pace: Pace, /) -> Radio:
        """The radio; `pace` is awaited by sources that are faster than real time."""


@dataclass(frozen=True, slots=True)
class Started:
    """What a run begins with, for the first line on the screen."""

    event_id: str
    event_name: str
    scanner_id: str
    log: Path
    roster: Roster
    already_logged: int
    warnings: Sequence[str]
    before: Sequence[Sighted] = ()
    """The first sighting of each badge in the log, in its order."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run ends with."""

    log: Path
    counters: Counters
    badges: int
    """Different badges in the log, of this run and before."""
    frames: int
    background_apps: int
    trouble: str
    """What the radio heard but could not use, in a sentence; empty for nothing."""
    not_saved: int
    """Records that the disk did not take. 0, unless the disk is broken."""
    mirror: str = ""
    """Where the second copy is; empty where none is wanted."""
    mirrored: bool = False
    """The second copy is complete."""
    synced: bool = False
    """The backend has acknowledged everything (`sync.automatic`)."""
    low_batteries: Sequence[LowBattery] = ()


def identify_rules(config: Config) -> IdentifyRules:
    """The core's rules from the configuration's minutes."""
    identify = config.identify
    return IdentifyRules(
        min_hits=identify.min_hits,
        hits_within=identify.hits_within_seconds,
        min_rssi=identify.min_rssi,
        dedupe=identify.dedupe_minutes * 60,
        away=identify.away_minutes * 60,
    )


def scanner_name(config: Config) -> str:
    """The name in every record: the configured one, else the host's."""
    return clean_text(config.station.scanner_id or socket.gethostname()) or "scanner"


class ScanRun:
    """One run of one scanner for one event."""

    def __init__(
        self,
        config: Config,
        event_id: str,
        *,
        clock: Clock,
        log_file: Path | None = None,
        real: bool = False,
        pushed: PushedSettings | None = None,
    ) -> None:
        """`config`: with what the backend decided; `pushed` tells of more that comes meanwhile.

        `real`: what it hears are real phones; only then the answer-back beacon may say so.
        """
        self._config = config
        self._answers = real and config.answer_back.enabled
        self._answer_back: Callable[[], str] = str
        self._pushed = pushed
        self._event_id = event_id
        self._clock = clock
        self._path = log_file or log_path(config, event_id)
        now = clock.now().wall_ms
        self._session = ScanSession(secrets.token_hex(8), scanner_name(config), now, now)
        self._begun = False
        self._sealed_before = False
        self._mirror: LogMirror | None = None
        self._safe: list[Safe] = []
        self._mirrored = False
        self._loop = asyncio.get_running_loop()
        self._radio: Radio | None = None
        self._before: dict[str, Sighted] = {}

    async def run(
        self,
        make_radio: MakeRadio,
        *,
        stop: asyncio.Event,
        on_started: Callable[[Started], None],
        on_news: Callable[[News], None],
    ) -> Summary:
        """Record until `stop` is set or the radio's source is used up.

        Raises LogInUse, LogUnwritable, RadioError. What was heard is on the disk when this returns
        or raises, unless `Summary.not_saved` says otherwise.
        """
        make_data_dir(self._config)
        self._store = await asyncio.to_thread(StationStore, state_dir(self._config))
        roster = await asyncio.to_thread(self._roster)
        self._log = await asyncio.to_thread(self._open_log)
        self._recorder = self._make_recorder(roster)
        self._recorder.subscribe(self._begin_session)
        self._recorder.subscribe(on_news)
        not_saved = 0
        try:
            await asyncio.to_thread(self._restore, roster)
            on_started(self._started(roster))
            if self._pushed and (taken := self._pushed.begun()):
                on_news(taken)
            await asyncio.to_thread(self._start_mirror, on_news)
            radio = self._radio = make_radio(roster, self._recorder.pace)
            async with (
                self._noted_session(),
                self._watched(on_news),
                self._answering() as self._answer_back,
                sending(self._config, self._event_id, self._path, self._store, on_news) as sender,
                self._told_to_doors(on_news),
            ):
                await self._recorder.run(radio, stop)
        finally:
            not_saved = await asyncio.to_thread(self._log.close)
            if self._mirror:
                self._mirrored = await asyncio.to_thread(self._mirror.close, MIRROR_SECONDS)
            await asyncio.sleep(0)  # the last acknowledgements were handed to the loop
        synced = await sender.last_try() if sender else False
        return self._summary(radio, not_saved, synced=synced)

    def pulse(self) -> Pulse | None:
        """What the run hears now; None before the radio has begun."""
        if self._radio is None:
            return None
        heard = self._radio.counters()
        return Pulse(
            now=self._clock.now(),
            frames=heard.frames,
            identified=heard.identified,
            background_apps=heard.background_apps,
            records=self._recorder.counters.records,
            nearby=(nearby := self._recorder.nearby()),
            low_batteries=low_batteries(heard, self._recorder.roster, nearby),
            formats=heard.heard_formats,
            answer_back=self._answer_back(),
        )

    @property
    def log(self) -> Path:
        """The log at its usual name; later files of it lie beside."""
        return self._path

    def flush_seconds(self) -> float:
        """How long the last flush took; valid from `on_started` on."""
        return self._log.flush_seconds

    @property
    def recorder(self) -> Recorder:
        """The service, from `on_started` on: `act` takes what operators do."""
        return self._recorder

    def _roster(self) -> Roster:
        self._stamp = self._store.roster_stamp(self._event_id)
        cached = self._store.roster(self._event_id)
        return Roster(cached.members, cached.fetched_ms) if cached else Roster()

    def _open_log(self) -> AttendanceLog:
        settings = self._config.log
        return AttendanceLog.open(
            self._path,
            session=self._session.id,
            on_durable=self._on_durable,
            on_trouble=self._on_trouble,
            settings=LogSettings(
                gather_seconds=settings.gather_ms / 1000,
                reserve_bytes=settings.reserve_kib * 1024,
                capacity=settings.capacity,
                seal=sealer(settings.seal_to) if settings.seal_to else None,
                mono=lambda: self._clock.now().mono,
            ),
        )

    def _make_recorder(self, roster: Roster) -> Recorder:
        return Recorder(
            log=self._log,
            clock=self._clock,
            roster=roster,
            rules=identify_rules(self._config),
            scanner_id=self._session.scanner_id,
            strict=self._config.identify.strict,
        )

    def _start_mirror(self, on_news: Callable[[News], None]) -> None:
        """Begin the second copy, where one is wanted."""
        if not self._config.log.mirror_dir:
            return

        def changed(change: News) -> None:
            self._loop.call_soon_threadsafe(on_news, change)

        mirror = LogMirror(
            self._path,
            Path(self._config.log.mirror_dir).expanduser(),
            event_folder(self._event_id),
            now_ms=lambda: self._clock.now().wall_ms,
            on_change=changed,
        )
        mirror.start()
        self._mirror = mirror
        self._safe.append(mirror.safe)

    @contextlib.asynccontextmanager
    async def _told_to_doors(self, on_news: Callable[[News], None]) -> AsyncIterator[None]:
        """Tell other stations on the LAN, where that is wanted."""
        who = (self._event_id, self._session.scanner_id, self._path)
        async with among_doors(self._config, who, self._recorder, on_news) as safe:
            if safe:
                safe(self._log.segment(), self._log.segment().stat().st_size)
                self._safe.append(safe)
            yield

    def _on_durable(self, logged: Sequence[Logged]) -> None:
        if self._safe:  # in the writer's thread: the file's size now is what was just flushed
            file = self._log.segment()
            size = file.stat().st_size
            for safe in self._safe:
                safe(file, size)
        self._loop.call_soon_threadsafe(lambda: self._recorder.durable(logged))

    def _on_trouble(self, error: LogUnwritable | None) -> None:
        self._loop.call_soon_threadsafe(
            lambda: self._recorder.log_trouble(error, self._log.unsaved)
        )

    def _restore(self, roster: Roster) -> None:
        """Who is in the log already, when it was last logged, and what operators did."""
        now = self._clock.now()
        seen: list[tuple[str, float | None]] = []
        acts: list[Logged] = []
        for line in read_all(self._path):
            entry = decode(line.raw) if isinstance(line, LogLine) else None
            if entry is None:
                continue
            if entry.kind == Kind.SIGHTING:
                seen.append((entry.ble_uuid, logged_at(entry, now)))
                if entry.ble_uuid not in self._before:
                    self._before[entry.ble_uuid] = sighted(entry, roster)
            elif entry.kind in ACTS and (act := to_logged(entry)):
                acts.append(act)
            self._sealed_before |= entry.kind == SEALED
        first = {badge: sighted.time_ms for badge, sighted in self._before.items()}
        self._recorder.restore(seen, first)
        self._recorder.restore_acts(acts)

    def _started(self, roster: Roster) -> Started:
        event = self._store.event(self._event_id)
        return Started(
            event_id=self._event_id,
            event_name=event.name if event else "",
            scanner_id=self._session.scanner_id,
            log=self._path,
            roster=roster,
            already_logged=self._recorder.arrived,
            before=list(self._before.values()),
            warnings=[
                *self._store.warnings,
                *recovery_notes(self._log.recovery),
                *([SEALED_NOTE] if self._sealed_before else []),
            ],
        )

    @contextlib.asynccontextmanager
    async def _noted_session(self) -> AsyncIterator[None]:
        """Keep the station's note of this scan session up to date, and end it."""
        try:
            async with beside(self._keep_noted()):
                yield
        finally:
            await self._note(ended=True)

    def _answering(self) -> contextlib.AbstractAsyncContextManager[Callable[[], str]]:
        config = self._config if self._answers else None
        before = self._before.values()
        return answering(config, self._event_id, self._clock, before, self._recorder)

    @contextlib.asynccontextmanager
    async def _watched(self, on_news: Callable[[News], None]) -> AsyncIterator[None]:
        """Take up a roster that is fetched meanwhile, and tell of settings that come."""
        about = (self._store, self._event_id, self._recorder, self._stamp, self._clock)
        watch = RosterWatch(*about, clock_synchronised)
        jobs = [watch.run(SystemClock())]
        if self._pushed:
            jobs.append(self._pushed.watch(SystemClock(), on_news))
        async with beside(*jobs):
            yield

    async def _keep_noted(self) -> None:
        while True:
            await asyncio.sleep(SESSION_SAVED_EVERY)
            await self._note(ended=False)

    def _begin_session(self, news: News) -> None:
        """A session begins when the radio first hears; a replay sets the clock only then."""
        if not self._begun and isinstance(news, HearingChanged):
            self._begun = True
            self._session = replace(self._session, started_at=self._clock.now().wall_ms)

    async def _note(self, *, ended: bool) -> None:
        if not self._begun:
            return
        now = self._clock.now().wall_ms
        session = replace(self._session, covered_until=now, ended_at=now if ended else None)
        await asyncio.to_thread(self._store.save_session, self._event_id, session)

    def _summary(self, radio: Radio, not_saved: int, *, synced: bool) -> Summary:
        heard = radio.counters()
        return Summary(
            log=self._path,
            counters=self._recorder.counters,
            badges=self._recorder.arrived,
            frames=heard.frames,
            background_apps=heard.background_apps,
            trouble=radio.trouble(),
            not_saved=not_saved,
            mirror=self._config.log.mirror_dir,
            mirrored=self._mirrored,
            synced=synced,
            low_batteries=low_batteries(heard, self._recorder.roster, self._recorder.nearby()),
        )
