"""The application: which screen is in front, and the scan that runs behind all of them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, TypeVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import Theme

from . import words
from .commands import every_command
from .driver import outlasting
from .error_words import sentence
from .keys import USUAL, keymap, shown
from .look import ASCII, UNICODE, Look
from .memory import settle
from .messages import ScanChanged
from .ports import Desk, Ended, Station
from .screens import build, find, page_keys
from .screens.base import Page
from .screens.confirm import Answer, Confirm
from .screens.help import help_for
from .screens.live import Live
from .screens.picker import Picker
from .screens.receipt import show_receipt
from .session import Session, first_event
from .theme import THEMES
from .words import N_, _

P = ParamSpec("P")
T = TypeVar("T")
SAMPLE_SECONDS = 1.0
"""How often the running scan is looked at: signals are drawn once a second."""
FACTS_SECONDS = 3.0
LAST_SCREEN = "lastScreen"


class HeadcountApp(App[list[Ended]]):
    """Give it a desk; it answers with what each scan ended with."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    COMMAND_PALETTE_BINDING = USUAL["palette"]
    TITLE = "headcount"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["quit"], "quit", N_("Quit"), id="quit", show=False, priority=True),
        Binding("ctrl+c", "quit", show=False, system=True),
        Binding(
            USUAL["palette"],
            "command_palette",
            N_("All acts"),
            id="palette",
            show=False,
            priority=True,
            tooltip=N_("Find an act by its name"),
        ),
        Binding(USUAL["theme"], "next_theme", N_("Theme"), id="theme", show=False),
    ]

    def __init__(self, desk: Desk) -> None:
        words.use(desk.language)
        self.desk = desk
        self.look = Look(UNICODE if desk.symbols else ASCII, desk.theme, desk.bell)
        super().__init__()
        self.session = Session(desk.station, self._scan_changed)
        self.receipts: list[Ended] = []
        self._home = desk.station
        self._deaf_told = False
        self.set_keymap(keymap(desk.keys, page_keys()))
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = desk.theme

    # --- life ---

    def get_driver_class(self) -> type[Driver]:
        """A terminal that may vanish."""
        return outlasting(super().get_driver_class())

    def get_default_screen(self) -> Screen[Any]:
        """The picker is under everything."""
        return Picker()

    async def on_mount(self) -> None:
        """Begin where the operator is needed: in the event that is on now."""
        self.set_class(self.look.plain, "-plain")
        self.theme_changed_signal.subscribe(self, self._themed, immediate=True)
        self._themed(self.current_theme)
        self._obey_signals()
        self.set_interval(SAMPLE_SECONDS, self.sample)
        self.set_interval(FACTS_SECONDS, self._look_around)
        self.run_worker(self._begin(), group="begin")
        self.call_after_refresh(settle)

    def _themed(self, theme: Theme) -> None:
        self.set_class(theme.name == "console", "-console")

    async def _begin(self) -> None:
        event_id = self.desk.event_id
        last = await self.in_thread(self.station.recall, LAST_SCREEN)
        if not event_id:
            listed = (await self.in_thread(self.station.events)).listed
            event_id = first_event(listed, self.station.now().wall_ms, last)
        if event_id:
            self.go_live(event_id)
            page = last.get("page") if isinstance(last, dict) else None
            if isinstance(last, dict) and last.get("event") == event_id and find(str(page)):
                self.action_open(str(page))

    def _obey_signals(self) -> None:
        """SIGTERM, a closed terminal and an outer SIGINT stop in order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with contextlib.suppress(ValueError, NotImplementedError, RuntimeError):
                loop.add_signal_handler(number, self._leave_now)

    async def in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call what blocks."""
        return await asyncio.to_thread(call, *args, **kwargs)

    # --- the scan ---

    @property
    def station(self) -> Station:
        """The station in use: the real one, or a rehearsal's."""
        return self.session.station

    def go_live(self, event_id: str) -> None:
        """Scan for an event, with the live screen in front."""
        if not self.session.running:
            self.session.start(event_id)
            self.run_worker(self._look_around(), group="facts")
        self.push_screen(Live())
        self._remember("live")

    def leave_live(self) -> None:
        """Stop scanning, and go back to the picker."""
        self.run_worker(self._leave_live(), group="leave", exclusive=True)

    async def _leave_live(self) -> None:
        await self._stop()
        ended = self.session.ended
        while isinstance(self.screen, Page) and not isinstance(self.screen, Picker):
            await self.pop_screen()
        await self._end_rehearsal()
        self._remember("")
        if isinstance(self.screen, Picker):
            self.screen.read()
        if ended and not ended.rehearsal:
            show_receipt(self, ended)

    async def _stop(self) -> None:
        await self.session.stop()
        if self.session.ended and self.session.ended not in self.receipts:
            self.receipts.append(self.session.ended)

    def rehearse(self) -> None:
        """Begin a rehearsal beside the real data."""
        self.notify(_("A rehearsal begins ..."), timeout=2, markup=False)
        self.run_worker(self._rehearse(), group="rehearse", exclusive=True)

    async def _rehearse(self) -> None:
        station = await self.in_thread(self._home.rehearse)
        self.session = Session(station, self._scan_changed)
        listed = (await self.in_thread(station.events)).listed
        self.go_live(listed[0].event.id)

    async def _end_rehearsal(self) -> None:
        if self.station is not self._home:
            await self.in_thread(self.station.close)
            self.session = Session(self._home, self._scan_changed)

    def sample(self) -> None:
        """Look at the running scan; a radio that has just gone deaf is told on every screen."""
        self.session.sample()
        deaf, hearing = self.session.state.deaf, self.session.state.hearing
        if deaf and not self._deaf_told and hearing:
            if self.look.bell:
                self.bell()
            if not isinstance(self.screen, Live):
                self.notify(sentence(hearing.message), severity="error", timeout=10, markup=False)
        self._deaf_told = deaf

    def _scan_changed(self) -> None:
        for screen in self.screen_stack:
            screen.post_message(ScanChanged())

    async def _look_around(self) -> None:
        await self.session.look_around()

    # --- screens ---

    def go_back(self) -> None:
        """To the screen below; from the picker, out."""
        if isinstance(self.screen, Picker):
            self.run_worker(self.action_quit())
        else:
            self.pop_screen()
            self._remember("live" if isinstance(self.screen, Live) else "")

    def action_open(self, name: str) -> None:
        """Open a screen of the registry, for the event at hand."""
        entry = find(name)
        event_id = self._event_at_hand()
        if entry is None:
            return
        if entry.needs_event and not event_id:
            self.notify(_("Pick an event first."), severity="warning", markup=False)
            return
        self.push_screen(build(entry, replace(self.desk, station=self.station), event_id))
        self._remember(name)

    def claim(self, ble_uuid: str) -> None:
        """Open the people, to give one of them this badge."""
        from .screens.people import PeoplePage

        self.push_screen(PeoplePage(self.session.event_id, ble_uuid))

    def begin_and_open(self, event_id: str, name: str) -> None:
        """Scan for an event; this screen comes back over the live one."""
        self.pop_screen()
        self.go_live(event_id)
        self.action_open(name)

    def _event_at_hand(self) -> str:
        if self.session.running or not isinstance(self.screen, Picker):
            return self.session.event_id
        return self.screen.chosen

    def _remember(self, page: str) -> None:
        """For the next start; a rehearsal is not gone back to."""
        if self.station is self._home:
            value = {"event": self.session.event_id if self.session.running else "", "page": page}
            self.run_worker(
                self.in_thread(self.station.remember, LAST_SCREEN, value), group="remember"
            )

    def key_of(self, act: str) -> str:
        """The key of an act, as people write it."""
        return shown(self.desk.keys.get(act) or (USUAL | page_keys())[act])

    def action_explain(self) -> None:
        """`?`: the screen's purpose and keys."""
        if isinstance(self.screen, Page):
            self.push_screen(help_for(self.screen, self.acts(), self.get_key_display))

    def action_next_theme(self) -> None:
        """Dark, light, high contrast."""
        names = list(THEMES)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that a key does here, every screen, every theme."""
        return every_command(self, screen)

    def acts(self) -> Iterator[Binding]:
        """The acts of the screen in front; moving in lists and forms is none."""
        for active in self.screen.active_bindings.values():
            binding = active.binding
            is_act = binding.id or binding.show or len(binding.key) == 1  # arrows and Tab move
            if binding.description and is_act and not binding.system:
                yield binding

    # --- leaving ---

    async def on_unmount(self) -> None:
        """However the screens end, also by a defect of theirs: the log is closed in order."""
        await self.session.stop()

    async def action_quit(self) -> None:
        """Leave; while a scan runs, after a question."""
        if not self.session.running:
            self._leave_now()
        elif not isinstance(self.screen, Confirm):
            more = _("What was heard is safe on the disk. Nobody is noticed until you scan again.")
            answers = [Answer("", _("Stay")), Answer("leave", _("Stop and leave"), danger=True)]
            self.push_screen(Confirm(_("Stop scanning and leave?"), more, answers), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == "leave":
            self._leave_now()

    def _leave_now(self) -> None:
        self.run_worker(self._leave(), group="leave", exclusive=True)

    async def _leave(self) -> None:
        await self._stop()
        await self._end_rehearsal()
        self.exit(self.receipts)
