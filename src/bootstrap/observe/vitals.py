"""How a running station is, in numbers."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ...config import Config
from ...core.model import Hearing, HearingChanged, LogLine
from ...core.news import DoorsChanged, LogTroubled, News
from ...core.ports import Clock
from ...core.pulse import Pulse
from ...store.log_reader import read_log
from ...store.log_segment import segments
from ...store.logline import decode
from ...store.station import StationStore
from ..paths import state_dir
from ..unsent import UnsentCount


@dataclass(slots=True)
class Vitals:
    """One look at a station; None for what is not known. Read by the server's threads."""

    hearing: Hearing = Hearing.STARTING
    log_ok: bool = True
    frames: int = 0
    identified: int = 0
    records: int = 0
    in_range: int = 0
    adverts_per_second: float = 0.0
    """Over the last look's stretch."""
    gap_seconds: float = 0.0
    """Coverage gaps that have ended, since the start."""
    flush_seconds: float | None = None
    unsent: int | None = None
    oldest_unsent_seconds: float | None = None
    clock_offset_seconds: float | None = None
    """How far this clock is ahead of the backend's."""
    roster_age_seconds: float | None = None
    disk_free_bytes: int | None = None
    doors_connected: int | None = None
    """Other doors' stations on the LAN; None, as the three below, where lan.enabled is off."""
    lan_told: int | None = None
    lan_heard: int | None = None
    lan_refused: int | None = None

    @property
    def ok(self) -> bool:
        """Whether people who come now are recorded. An empty room is well."""
        return self.log_ok and self.hearing is not Hearing.DEAF


@dataclass(slots=True)
class Observer:
    """Keeps the vitals: news as it comes, counts at each look, files at each survey."""

    clock: Clock
    vitals: Vitals = field(default_factory=Vitals)
    _looked: float | None = None

    def news(self, news: News) -> None:
        """Take note of what the run tells."""
        match news:
            case HearingChanged():
                self.vitals.hearing = news.state
                if news.gap:
                    self.vitals.gap_seconds += news.gap.end - news.gap.start
            case LogTroubled():
                self.vitals.log_ok = news.error is None
            case DoorsChanged():
                self.vitals.doors_connected = sum(door.connected for door in news.doors)
                self.vitals.lan_told, self.vitals.lan_heard = news.told, news.heard
                self.vitals.lan_refused = news.refused
            case _:
                pass

    def look(self, pulse: Pulse | None, flush_seconds: float) -> None:
        """Take the counts of this moment."""
        if pulse is None:
            return
        vitals, now = self.vitals, self.clock.now().mono
        if self._looked is not None and now > self._looked:
            vitals.adverts_per_second = (pulse.frames - vitals.frames) / (now - self._looked)
        self._looked = now
        vitals.frames, vitals.identified = pulse.frames, pulse.identified
        vitals.records, vitals.in_range = pulse.records, len(pulse.nearby)
        vitals.flush_seconds = flush_seconds or None


class Survey:
    """Looks at the files of one event: what is unsent, how old the roster is, how full the disk."""

    def __init__(self, config: Config, event_id: str, log: Path, clock: Clock) -> None:
        self._config = config
        self._event_id = event_id
        self._log = log
        self._clock = clock
        self._store = StationStore(state_dir(config))
        self._unsent = UnsentCount(self._store, config.backend.url, event_id, log)

    def into(self, vitals: Vitals) -> None:
        """Reads files: call it in a thread. Raises OSError."""
        now = self._clock.now().wall_ms
        roster = self._store.roster(self._event_id)
        vitals.roster_age_seconds = roster.age_ms(now) / 1000 if roster else None
        vitals.disk_free_bytes = shutil.disk_usage(self._log.parent).free
        vitals.unsent = self._unsent.count()
        oldest = self._oldest() if vitals.unsent else None
        vitals.oldest_unsent_seconds = None if oldest is None else max(0, now - oldest) / 1000

    def _oldest(self) -> int | None:
        """When the first record that was not acknowledged was true, Unix ms."""
        for file in segments(self._log):
            server = self._config.backend.url
            receipt = self._store.receipt(str(file.resolve()), server, self._event_id)
            acked = receipt.acked_bytes if receipt else 0
            lines = (item for item in read_log(file, acked) if isinstance(item, LogLine))
            if (first := next(lines, None)) and (entry := decode(first.raw)):
                return entry.check_in_time
        return None
