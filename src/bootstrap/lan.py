"""One scan among the other doors' stations: tells its log, keeps theirs, counts people over all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from ..clock import SystemClock
from ..config import Config
from ..core.doors import Doors, checked_in_anywhere
from ..core.errors import ConfigError
from ..core.identity import clean_text
from ..core.muster import Line
from ..core.news import DoorsChanged, News, RosterRenewed
from ..lan.channel import Fleet
from ..lan.discovery import OnFound, OnLost, announced, lan_address
from ..lan.fleet import Found, LanFleet
from ..lan.hearer import Sink
from ..lan.teller import Identity
from ..recorder import Recorder
from ..store.log_feed import LogFeed
from ..store.logline import LogEntry
from ..store.peer_copies import PeerCopies, entry_of
from .lan_key import fleet_key

logger = logging.getLogger(__name__)

TELL_SECONDS = 1.0
"""Between two pieces of news about the doors, however much they say."""
QUIET_TICKS = 10
"""Of these without any news: who is here changes by time alone."""
LOOK_SECONDS = 30.0
"""Between two looks for a key, or another address of this machine."""
_NAME_LIMIT = 200
NO_KEY = (
    "There is no fleet key: 'headcount sync' fetches the event's, or type one on every station "
    "with 'headcount pair --lan'."
)
NO_NETWORK = "This machine has no network."

Announce = Callable[[Found, OnFound, OnLost], AbstractAsyncContextManager[None]]
OnNews = Callable[[DoorsChanged], None]


@dataclass(frozen=True, slots=True)
class About:
    """Whose log is told."""

    event_id: str
    scanner_id: str
    log: Path


class LanDoors:
    """Runs beside one scan; `safe` is called from the log's thread."""

    def __init__(
        self,
        config: Config,
        about: About,
        recorder: Recorder,
        on_news: OnNews,
        *,
        announce: Announce = announced,
    ) -> None:
        self._config, self._about, self._recorder = config, about, recorder
        self._on_news, self._announce = on_news, announce
        self._clock = SystemClock()  # other stations live in the machine's time, also in a replay
        self._loop = asyncio.get_running_loop()
        self._feed = LogFeed(about.log)
        self._copies = PeerCopies(about.log)
        self._doors = Doors(recorder.roster)
        self._renewed = True
        self._meanwhile: list[bytes] = []
        """Lines that came while the copies were read anew."""
        self._changed = False
        self._fleet: LanFleet | None = None
        self._told = DoorsChanged()
        recorder.subscribe(self._news)

    def safe(self, file: Path, size: int) -> None:
        """So much of the log is on the disk, and may be told."""
        self._feed.safe(file, size)
        self._loop.call_soon_threadsafe(self._fresh)

    def _fresh(self) -> None:
        if self._fleet:
            self._fleet.teller.fresh()

    async def run(self) -> None:
        """Take part whenever that is possible, until cancelled."""
        try:
            while True:
                trouble = await self._take_part()
                self._tell(trouble)
                await self._clock.sleep(LOOK_SECONDS if trouble else TELL_SECONDS)
        finally:
            await asyncio.to_thread(self._copies.close)

    async def _take_part(self) -> str:
        """Until this machine's address changes; why not, in a sentence, where it can't be."""
        try:
            key = await asyncio.to_thread(fleet_key, self._config, self._about.event_id)
        except ConfigError as error:
            return str(error)
        address = self._config.lan.address or lan_address()
        if key is None or not address:
            return NO_KEY if key is None else NO_NETWORK
        fleet = Fleet(key, self._about.event_id, secrets.token_bytes)
        me = Identity(self._about.scanner_id, secrets.token_hex(8))
        sink = Sink(self._copies, on_change=self._change, on_lines=self._heard)
        self._fleet = LanFleet(fleet, me, feed=self._feed, sink=sink, clock=self._clock)
        try:
            async with self._listening(self._fleet, me, address):
                await self._keep_telling(self._fleet, address)
        except OSError as error:
            return f"The LAN can't be used at {address}: {error.strerror or error}."
        except Exception as error:  # a defect here must not end the scan
            logger.exception("the LAN failed")
            return f"The LAN can't be used at {address}: {error!r}."
        finally:
            await self._fleet.stop()
            self._fleet = None
        return ""

    @contextlib.asynccontextmanager
    async def _listening(self, fleet: LanFleet, me: Identity, address: str) -> AsyncIterator[None]:
        """Raises OSError where the port is taken; without multicast only named peers are found."""
        server = await fleet.teller.start(address, self._config.lan.port)
        port = server.sockets[0].getsockname()[1]
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(server.close)
            for peer in self._config.lan.peers:
                host, _, number = peer.rpartition(":")
                fleet.found(Found(host, int(number), ""))
            here = Found(address, port, fleet.mark, me.instance)
            try:
                announcing = self._announce(here, fleet.found, fleet.lost)
                await stack.enter_async_context(announcing)
            except OSError as error:
                logger.warning("stations are not found by themselves: %s", error)
            yield

    async def _keep_telling(self, fleet: LanFleet, address: str) -> None:
        """Tell what has changed, until this machine has another address."""
        ticks = 0
        while True:
            if self._renewed:
                await self._read_copies()
            if self._changed or ticks % QUIET_TICKS == 0:
                self._changed = False
                self._tell("", fleet)
            ticks += 1
            wanted = self._config.lan.address
            if ticks % LOOK_SECONDS == 0 and (wanted or lan_address()) != address:
                return
            await self._clock.sleep(TELL_SECONDS)

    def _tell(self, trouble: str, fleet: LanFleet | None = None) -> None:
        doors = fleet.doors if fleet else ()
        ahead = {door.scanner_id: door.ahead_ms for door in doors}
        elsewhere = self._doors.elsewhere(self._clock.now().wall_ms, ahead)
        tally = fleet.tally if fleet else None
        news = DoorsChanged(
            doors=doors,
            elsewhere=elsewhere,
            checked_in=checked_in_anywhere(self._recorder.checked_in, elsewhere),
            told=tally.told if tally else self._told.told,
            heard=tally.heard if tally else self._told.heard,
            refused=tally.refused if tally else self._told.refused,
            strangers=tally.strangers if tally else 0,
            trouble=trouble,
        )
        if news != self._told:
            self._told = news
            self._on_news(news)

    # --- what is told here ---

    def _news(self, news: News) -> None:
        if isinstance(news, RosterRenewed):
            self._renewed = True

    def _change(self) -> None:
        self._changed = True

    def _heard(self, _scanner_id: str, lines: Sequence[bytes]) -> None:
        self._meanwhile.extend(lines)
        if not self._renewed:
            self._take_up()
        self._changed = True

    def _take_up(self) -> None:
        for raw in self._meanwhile:
            if entry := entry_of(raw):
                add_to(self._doors, entry)
        self._meanwhile.clear()

    async def _read_copies(self) -> None:
        """Fold all copies with the roster of now; what comes meanwhile is added after."""
        self._meanwhile.clear()
        roster = self._recorder.roster
        try:
            self._doors = await asyncio.to_thread(folded, self._copies, Doors(roster))
        except OSError as error:
            logger.warning("the other doors' copies can't be read: %s", error)
        self._renewed = False
        self._take_up()
        self._changed = True


def folded(copies: PeerCopies, doors: Doors) -> Doors:
    """All copies' lines. Raises OSError."""
    for entry in copies.entries():
        add_to(doors, entry)
    return doors


def add_to(doors: Doors, entry: LogEntry) -> None:
    """Take up one line, its texts made harmless: they come from outside."""
    line = Line(
        entry.kind,
        entry.ble_uuid,
        entry.check_in_time or 0,
        None,
        entry.id,
        clean_text(entry.user),
        clean_text(entry.name, _NAME_LIMIT),
        entry.of,
    )
    doors.add(clean_text(entry.scanner_id), line)
