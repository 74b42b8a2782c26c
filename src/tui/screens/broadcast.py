"""Be a badge: this machine broadcasts a bleUuid for as long as the screen is open."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label, Static

from ...core.badge import BadgeFormat
from ...core.errors import HeadcountError
from ..error_words import said
from ..keys import USUAL
from ..look import Level, look_of
from ..ports import Desk
from ..ports_broadcast import BroadcastDesk, OnAir
from ..times import clock_time, zone
from ..widgets.key_footer import KeyFooter
from ..words import N_, _
from .base import Page

END_SECONDS = 10.0
"""How long leaving waits for the Bluetooth service to take the broadcast back."""
_FORMS = {
    BadgeFormat.IBEACON: N_("As an iBeacon"),
    BadgeFormat.SERVICE_UUID: N_("As a service UUID"),
}


class BroadcastPage(Page):
    """One field, and what is on the air."""

    TITLE_WORDS = N_("Be a badge")
    ABOUT = N_(
        "This machine stands in for a phone: it broadcasts a bleUuid, or the id of each ten "
        "minutes from a rotation secret. Leaving the screen ends it. 'headcount badge' does the "
        "same from the command line. The radio that broadcasts does not hear itself: another "
        "station must listen."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["on_air"], "switch", N_("Start, stop"), id="on_air"),
        Binding(USUAL["form"], "form", N_("Format"), id="form"),
        Binding("escape", "leave_field", show=False),
    ]
    DEFAULT_CSS = """
    BroadcastPage #body { padding: 1 2; height: 1fr; }
    BroadcastPage #body Static { height: auto; margin-bottom: 1; }
    BroadcastPage Label { color: $text-muted; }
    BroadcastPage Input { background: $surface; margin-bottom: 1; }
    BroadcastPage #headline { text-style: bold; }
    BroadcastPage #headline.-ok { color: $text-success; }
    BroadcastPage #headline.-warn { color: $text-warning; }
    BroadcastPage #headline.-bad { color: $text-error; }
    """
    AUTO_FOCUS = "#what"

    def __init__(self, desk: BroadcastDesk, time_zone: str) -> None:
        super().__init__()
        self._desk = desk
        self._where = zone(time_zone)
        self._form = BadgeFormat.IBEACON
        self._stop = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        """What to broadcast, how, and how it goes."""
        yield Static(_("Be a badge"), id="title", markup=False)
        with Vertical(id="body"):
            words = _("A bleUuid, or a file with a rotation secret. Enter starts, Esc leaves it.")
            yield Label(words, markup=False)
            field = Input(placeholder="6ba7b810-9dad-11d1-80b4-00c04fd430c8", id="what")
            field.cursor_blink = False
            field.compact = True
            yield field
            yield Static("", id="as", markup=False)
            yield Static("", id="headline", markup=False)
            yield Static("", id="more", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Nothing is on the air yet."""
        self._show_form()
        self._say(Level.PLAIN, _("Not broadcasting."))

    async def on_unmount(self) -> None:
        """What is on the air ends with the screen."""
        await self._end()

    @property
    def busy(self) -> bool:
        """Whether it is broadcasting, or tries to."""
        return self._sending is not None and not self._sending.done()

    # --- acts ---

    def action_leave_field(self) -> None:
        """Single keys act then."""
        self.set_focus(None)

    def action_form(self) -> None:
        """The other format; not while it is on the air."""
        if not self.busy:
            forms = list(_FORMS)
            self._form = forms[(forms.index(self._form) + 1) % len(forms)]
            self._show_form()

    @on(Input.Submitted, "#what")
    def start(self) -> None:
        """Begin, if nothing is on the air."""
        what = self.query_one("#what", Input).value.strip()
        if not self.busy and what:
            self.set_focus(None)
            self._stop = asyncio.Event()
            self._say(Level.PLAIN, _("Asking the Bluetooth service ..."))
            self._sending = asyncio.create_task(self._broadcast(what))

    async def action_switch(self) -> None:
        """Stop, or begin."""
        if self.busy:
            await self._end()
        else:
            self.start()

    async def _end(self) -> None:
        self._stop.set()
        if self._sending is not None:
            await asyncio.wait({self._sending}, timeout=END_SECONDS)
            self._sending.cancel()

    async def _broadcast(self, what: str) -> None:
        try:
            await self._desk.broadcast(what, self._form, self._stop, self._told)
        except HeadcountError as error:
            headline, safe, remedy = said(error)
            self._say(Level.BAD, headline, f"{safe} {remedy}".strip())
        else:
            self._say(Level.PLAIN, _("Not broadcasting."), _("It was taken back."))

    # --- drawing ---

    def _told(self, state: OnAir) -> None:
        on_air = state.broadcast
        if on_air is None:
            why = said(state.error)[0] if state.error else _("The Bluetooth service has ended it.")
            words = _("{why} Next try in {n} s.").format(why=why, n=f"{state.wait:.0f}")
            self._say(Level.WARN, _("Not on the air."), words)
            return
        more = _("Every {n} ms on {adapter}.").format(n=on_air.interval_ms, adapter=state.adapter)
        if on_air.until_ms is not None:
            until = clock_time(on_air.until_ms, self._where, "%H:%M")
            more += " " + _("Another id follows at {time}.").format(time=until)
        self._say(Level.OK, _("Broadcasting {badge}").format(badge=on_air.ble_uuid), more)

    def _say(self, level: Level, headline: str, more: str = "") -> None:
        if not self.query("#headline"):
            return  # the screen is gone already
        line = self.query_one("#headline", Static)
        for each in (Level.OK, Level.WARN, Level.BAD):
            line.set_class(level is each, f"-{each}")
        line.update(f"{look_of(self).symbols.of(level)} {headline}".strip())
        self.query_one("#more", Static).update(more)

    def _show_form(self) -> None:
        self.query_one("#as", Static).update(_(_FORMS[self._form]))


def make(desk: Desk, _event_id: str) -> Page:
    """For the registry."""
    assert desk.broadcast is not None, "offered only where there is one"  # noqa: S101
    return BroadcastPage(desk.broadcast, desk.station.time_zone)
