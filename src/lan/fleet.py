"""All stations of an event on this LAN: tells them, hears them, lets go of strangers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..core.lan import Door, Feed, LanTally
from ..core.ports import Clock
from .channel import Fleet
from .hearer import Heard, Hearer, Sink
from .secure import fleet_mark
from .teller import Identity, Teller
from .wire import Refused

logger = logging.getLogger(__name__)

MOST_DOORS: Final = 16
"""Stations that are heard: an event has a few doors."""
MOST_TRIED: Final = 64
"""Announcements that are looked into; anybody on the LAN can make more."""
SHORTEST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between tries; doubles from the shortest."""


class Found(NamedTuple):
    """A station as announced. Nothing in it is to be believed: the handshake decides."""

    address: str
    port: int
    mark: str
    """Of fleet key and event; empty for an address that the configuration names."""
    instance: str = ""


@dataclass(slots=True)
class _Tried:
    hearer: Hearer
    task: asyncio.Task[None]
    proved: bool = False
    wanted: bool = True
    """Still announced, or named by the configuration."""
    again: asyncio.Event = field(default_factory=asyncio.Event)


class LanFleet:
    """Runs the teller, and a hearer for each station that was found."""

    def __init__(self, fleet: Fleet, me: Identity, *, feed: Feed, sink: Sink, clock: Clock) -> None:
        self._fleet, self._me, self._sink, self._clock = fleet, me, sink, clock
        self.tally = LanTally()
        self.teller = Teller(fleet, me, feed, clock, self.tally)
        self.mark = fleet_mark(fleet.key, fleet.event_id)
        self._tried: dict[tuple[str, int], _Tried] = {}
        self._strangers: set[tuple[str, int]] = set()
        self._rng = random.Random()  # noqa: S311 - it spreads tries, nothing secret

    @property
    def doors(self) -> Sequence[Door]:
        """The stations that have proved themselves, by name."""
        heard = [each.hearer.heard for each in self._tried.values() if each.proved]
        newest: dict[str, Heard] = {}
        for each in sorted(heard, key=lambda each: (each.connected, each.last_ms)):
            newest[each.scanner_id] = each
        return [_door(newest[name]) for name in sorted(newest)]

    def found(self, found: Found) -> None:
        """An announcement came; on the event loop's thread."""
        where = (found.address, found.port)
        if found.mark and found.mark != self.mark:
            self._note_stranger(where)
        elif where in self._tried:
            if not self._tried[where].wanted:  # a repeated announcement shortens no pause
                self._tried[where].wanted = True
                self._tried[where].again.set()
        elif found.instance != self._me.instance and self._make_room():
            hearer = Hearer(self._fleet, self._sink, self._clock, self.tally)
            task = asyncio.get_running_loop().create_task(self._try(where, hearer))
            self._tried[where] = _Tried(hearer, task)

    def lost(self, address: str, port: int) -> None:
        """An announcement was taken back, or has expired; a connection that holds goes on."""
        if tried := self._tried.get((address, port)):
            tried.wanted = False

    async def stop(self) -> None:
        """End every connection."""
        tasks = [each.task for each in self._tried.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.teller.stop()

    def _note_stranger(self, where: tuple[str, int]) -> None:
        if where not in self._strangers and len(self._strangers) < MOST_TRIED:
            self._strangers.add(where)
            self.tally.strangers = len(self._strangers)
            self._sink.changed()

    def _make_room(self) -> bool:
        """Whether one more may be tried; the oldest that proved nothing gives way."""
        if sum(each.proved for each in self._tried.values()) >= MOST_DOORS:
            return False
        if len(self._tried) >= MOST_TRIED:
            where = next(where for where, each in self._tried.items() if not each.proved)
            self._tried.pop(where).task.cancel()
        return True

    async def _try(self, where: tuple[str, int], hearer: Hearer) -> None:
        """Connect again and again; forget an address that is neither announced nor proved."""
        failures = 0
        while True:
            failures = 0 if await self._hear_once(where, hearer) else failures + 1
            tried = self._tried[where]
            if not tried.wanted and not tried.proved:
                del self._tried[where]
                return
            await self._pause(tried, failures)

    async def _hear_once(self, where: tuple[str, int], hearer: Hearer) -> bool:
        """One connection to its end; whether there is no reason to try less often."""
        before = hearer.heard.last_ms
        try:
            await hearer.hear(*where, lambda heard: self._is_wanted(where, heard))
        except Refused as error:
            self.tally.refused += 1
            logger.info("a station on the LAN was refused: %s", error)
            return False
        except OSError:
            pass  # gone, or not there yet
        except Exception:  # a defect here must not end the scan
            logger.exception("listening to another station failed")
            return False
        return hearer.heard.last_ms != before and self._tried[where].proved

    async def _pause(self, tried: _Tried, failures: int) -> None:
        tried.again.clear()
        pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2.0 ** min(failures, 10))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause * (0.5 + self._rng.random() / 2)):
                await tried.again.wait()

    def _is_wanted(self, where: tuple[str, int], heard: Heard) -> bool:
        """Not this station itself, nor one that is connected by another address."""
        others = (each.hearer.heard for at, each in self._tried.items() if at != where)
        twice = any(each.connected and each.instance == heard.instance for each in others)
        if heard.instance == self._me.instance or twice:
            return False
        self._tried[where].proved = True
        return True


def _door(heard: Heard) -> Door:
    return Door(
        heard.scanner_id,
        heard.connected,
        heard.last_ms,
        heard.records,
        heard.ahead_ms,
        heard.trouble,
    )
