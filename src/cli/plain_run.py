"""Runs the line mode: one prompt, a line after another, and news between them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..core.errors import UsageError
from ..tui import words as language
from ..tui.listed import fits, rank
from ..tui.session import Session, first_event
from ..tui.times import zone
from ..tui.words import N_, _
from . import plain_words as words
from .output import say
from .plain import Command, Plain, where_of
from .scan_input import Typed, listen

if TYPE_CHECKING:
    from ..core.news import News
    from ..tui.ports import Desk, Ended, Listed, Station

NEW = "new NAME[, START, END[, ID]]"
PROMPT = "> "
SAMPLE_SECONDS = 1.0
"""As the screens do: signals and rates are counted once a second."""


class PlainApp(Plain):
    """The line mode of `headcount --plain`: also picks events, and begins and ends scans."""

    def __init__(self, desk: Desk, on_say: Callable[[str], None] = say) -> None:
        language.use(desk.language)
        self._desk = desk
        self._home = desk.station
        self._listed: list[Listed] = []
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._busy: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._told: set[str] = set()
        self.receipts: list[Ended] = []
        self.session = self._watch(desk.station)
        super().__init__(self.session, on_say, self._acting)

    def _watch(self, station: Station) -> Session:
        return Session(station, self._changed, self._news)

    def _commands(self) -> list[Command]:
        return [
            Command("events [LETTERS]", N_("the events, numbered"), self._events),
            Command("pick NUMBER", N_("scan for an event"), self._pick),
            Command(
                "open NUMBER", N_("look at an event's log and people, without a scan"), self._open
            ),
            Command("fetch", N_("ask the backend for events and rosters"), self._fetch),
            Command(NEW, N_("make an event here, also without a network"), self._new),
            Command("rehearse", N_("scan with simulated phones; nothing is kept"), self._rehearse),
            *super()._commands(),
            Command("accept", N_("begin the scan anew, with the backend's settings"), self._accept),
            Command("stop", N_("end the scan"), self._stop),
            Command("quit", N_("end the scan, and leave"), self._quit),
        ]

    def _acting(self) -> Typed | None:
        from ..bootstrap.people import RunningPeople

        people = self.session.station.people()
        if not isinstance(people, RunningPeople):
            return None
        return Typed(people.rules, people.recorder, people.clock, people.new_id)

    # --- life ---

    def typed(self, text: str | None) -> None:
        """A line was typed; None: there will be no more. `cancel` goes ahead of the others."""
        if text is not None and text.strip() == "cancel":
            if self._busy:
                self._busy.cancel()
        else:
            self._lines.put_nowait(text)

    async def run(self) -> list[Ended]:
        """Until `quit`, or the end of the input; what each scan ended with."""
        await self._begin()
        sampling = asyncio.create_task(self._sample())
        try:
            while (text := await self._next()) is not None:
                self._busy = asyncio.create_task(self.line(text))
                with contextlib.suppress(asyncio.CancelledError):
                    await self._busy
                self._busy = None
        finally:
            sampling.cancel()
            await self.session.stop()
            await self._end_rehearsal()
            self.close()
        return self.receipts

    async def _next(self) -> str | None:
        """The next line, once a scan that was asked for has begun."""
        if self.session.running and self.session.state.begun is None:
            await self._ready.wait()
        if self._lines.empty():
            sys.stdout.write(PROMPT)
            sys.stdout.flush()
        return await self._lines.get()

    async def _begin(self) -> None:
        self._say(_("headcount, line mode. Type help for what can be typed."))
        listed = (await asyncio.to_thread(self._home.events)).listed
        now = self._home.now().wall_ms
        event_id = self._desk.event_id or first_event(listed, now, None)
        if event_id:
            self._start(event_id)
        else:
            await self._events("")

    async def _sample(self) -> None:
        while True:
            await asyncio.sleep(SAMPLE_SECONDS)
            self.session.sample()

    def _start(self, event_id: str) -> None:
        self._ready.clear()
        self._told.clear()
        self.session.start(event_id)

    def _changed(self) -> None:
        """The scan has begun, ended or failed: each is told once."""
        session = self.session
        if (begun := session.state.begun) and "begun" not in self._told:
            self._told.add("begun")
            self._all(words.begun(begun))
        if session.error and "error" not in self._told:
            self._told.add("error")
            self._all(words.error(session.error))
        if session.ended and session.ended not in self.receipts:
            self.receipts.append(session.ended)
            self._all(words.ended(session.ended))
        if begun or session.error:
            self._ready.set()

    def _news(self, news: News) -> None:
        live = self.session.state
        self.told(news)
        self._all(words.news(news, live, zone(where_of(live))))

    # --- events ---

    async def _events(self, text: str) -> None:
        now = await self._know(text)
        if self._listed:
            self._all([*words.events(self._listed, now), _("Type: pick NUMBER")])
        elif text:
            self._say(_("No event's name has these letters."))
        else:
            self._say(_("No event is known yet. Type: fetch, or: new NAME"))

    async def _know(self, letters: str = "") -> int:
        """Take up the events; the time to which their order belongs, Unix ms."""
        known = await asyncio.to_thread(self.session.station.events)
        now = self.session.station.now().wall_ms
        fitting = [each for each in known.listed if fits(each, letters)]
        self._listed = sorted(fitting, key=lambda each: rank(each, now))
        return now

    async def _new(self, text: str) -> None:
        from .plain_event import typed_event

        station = self.session.station
        event = typed_event(text, station.now().wall_ms, station.time_zone)
        await asyncio.to_thread(station.create_event, event)
        self._all(words.created(event))
        self._listed = []

    async def _pick(self, text: str) -> None:
        self._start(await self._meant(text))

    async def _open(self, text: str) -> None:
        event_id = await self._meant(text)
        self.close()
        self.session.event_id = event_id
        self._say(_("The event at hand is {event}; no scan runs.").format(event=event_id))

    async def _meant(self, text: str) -> str:
        if self.session.running:
            raise UsageError(_("A scan is running."), remedy=_("Type: stop"))
        if text.isascii() and text.isdigit() and self._listed:
            if 1 <= int(text) <= len(self._listed):
                return self._listed[int(text) - 1].event.id
        else:
            await self._know()
        found = [each.event.id for each in self._listed if fits(each, text)] if text else []
        if len(found) != 1:
            raise UsageError(
                _("{text} is not one event.").format(text=repr(text)),
                remedy=_("Type: events, then pick NUMBER"),
            )
        return found[0]

    async def _fetch(self, _text: str) -> None:
        number = await self.session.station.fetch()
        self._say(_("The backend knows {n} events.").format(n=number))

    async def _rehearse(self, _text: str) -> None:
        if self.session.running:
            raise UsageError(_("A scan is running."), remedy=_("Type: stop"))
        self._say(_("A rehearsal begins ..."))
        station = await asyncio.to_thread(self._home.rehearse)
        self._take(self._watch(station))
        listed = (await asyncio.to_thread(station.events)).listed
        self._start(listed[0].event.id)

    def _take(self, session: Session) -> None:
        self.close()
        self.session = self._watched = session

    async def _stop(self, _text: str) -> None:
        if not self.session.running:
            raise UsageError(_("No scan is running."))
        await self.session.stop()
        await self._end_rehearsal()

    async def _accept(self, _text: str) -> None:
        if not self.session.running:
            raise UsageError(_("No scan is running."))
        if self.session.state.waiting is None:
            raise UsageError(_("The backend has decided nothing new."))
        event_id = self.session.event_id
        await self.session.stop()
        self._start(event_id)

    async def _end_rehearsal(self) -> None:
        if self.session.station is not self._home:
            await asyncio.to_thread(self.session.station.close)
            self._take(self._watch(self._home))

    async def _quit(self, _text: str) -> None:
        self.typed(None)


def run_plain(desk: Desk) -> list[Ended]:
    """Run it on this process's input and output; SIGINT and SIGTERM end it in order."""
    return asyncio.run(_run(desk))


async def _run(desk: Desk) -> list[Ended]:
    app = PlainApp(desk)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.typed, None)
    if not listen(app.typed, lambda: app.typed(None)):
        threading.Thread(target=_read, args=(loop, app.typed), daemon=True).start()
    return await app.run()


def _read(loop: asyncio.AbstractEventLoop, typed: Callable[[str | None], None]) -> None:
    """Lines of a pipe; a thread that is not waited for, since nobody may write any more."""
    with contextlib.suppress(RuntimeError):  # the loop has ended
        for line in sys.stdin:
            loop.call_soon_threadsafe(typed, line)
        loop.call_soon_threadsafe(typed, None)
