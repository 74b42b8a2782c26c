"""A rehearsal: a station with simulated phones, beside the real one, and wiped at its end.

It has a directory, a backend and people of its own, so that nothing of it can get into real data.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from ..ble.simulated import Crowd, SimulatedRadio
from ..clock import SystemClock
from ..config import Config, Server, Station
from ..core.attendance import MINUTE_MS
from ..core.backend import NewEvent
from ..core.ports import Clock, Radio
from ..core.roster import Roster
from ..store.server import Store
from .admin import open_database
from .demo import BACKGROUND_APPS, EVENT, STRANGERS, make_cast
from .desk import ScanOptions, StationDesk
from .fetching import fetch
from .radio import make_decoder
from .scan import MakeRadio, Pace
from .server import embedded

PEOPLE = 40
HOURS = 2
A_DAY = 86_400.0
"""Seconds that the crowd stays: longer than anybody rehearses."""
ARRIVAL_SECONDS = 150.0
"""Long enough to watch them come, short enough to see all of them."""
INTERVAL_MS = 1000.0
FETCH_SECONDS = 10.0


@dataclass(slots=True)
class Rehearsal(StationDesk):
    """The station of a rehearsal. `close` wipes it."""

    seed: int = 1
    open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    """The backend and the directory."""

    @classmethod
    def begin(cls, config: Config, *, people: int = PEOPLE, seed: int = 1) -> Self:
        """Set everything up; blocks for about a second. Raises HeadcountError."""
        with contextlib.ExitStack() as stack:
            folder = Path(tempfile.mkdtemp(prefix="headcount-rehearsal-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            made = _configured(config, folder)
            store = stack.enter_context(open_database(made))
            _set_up(store, people, seed)
            url = stack.enter_context(embedded(made, store))
            backend = made.backend.model_copy(update={"url": url, "key": made.server.scanner_key})
            station = cls(
                made.model_copy(update={"backend": backend}),
                rehearsal=True,
                seed=seed,
                open=stack.pop_all(),
            )
        fetch(station.config, station._store, FETCH_SECONDS)
        return station

    def _make_radio(
        self, _options: ScanOptions, _stack: contextlib.ExitStack, clock: Clock
    ) -> MakeRadio:
        def make(roster: Roster, pace: Pace) -> Radio:
            crowd = Crowd(
                phones=roster.badges,
                strangers=STRANGERS,
                background_apps=BACKGROUND_APPS,
                seed=self.seed,
                duration_seconds=A_DAY,
                arrival_seconds=ARRIVAL_SECONDS,
                arrival_peak=0.3,
                interval_ms=INTERVAL_MS,
            )
            return SimulatedRadio(make_decoder(self.config), clock, crowd, pace=pace)

        return make

    def rehearse(self) -> StationDesk:
        """A rehearsal of a rehearsal is another one."""
        return Rehearsal.begin(self.config)

    def close(self) -> None:
        """Stop the backend and wipe the directory."""
        self.open.close()


def _configured(config: Config, folder: Path) -> Config:
    """The operator's own rules and looks, with nothing else of theirs."""
    return Config(
        data_dir=str(folder),
        station=Station(scanner_id="Rehearsal-Entrance"),
        server=Server(scanner_key=SecretStr(secrets.token_urlsafe(24))),
        identify=config.identify,
        ui=config.ui,
        keys=config.keys,
    )


def _set_up(store: Store, people: int, seed: int) -> None:
    now = SystemClock().now().wall_ms
    cast = make_cast(people, seed)
    end = now + HOURS * 60 * MINUTE_MS
    event = NewEvent("Rehearsal evening", now, end, id=EVENT, rehearsal=True)
    store.create_event(event, now_ms=now)
    store.import_people(cast.registered, event_id=EVENT, now_ms=now)
    store.import_people(cast.walk_ins, now_ms=now)
