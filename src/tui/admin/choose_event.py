"""Which event? A list in a small window, narrowed down by typing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ...core.model import Event
from ..screens.base import Dialog
from ..times import clock_time, when, zone
from ..widgets.table import Cell, Column, Rows, Table
from ..words import _
from .plainly import plainly
from .ports import AdminDesk


class ChooseEvent(Dialog):
    """Answers with an event's id."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "list(-1)", show=False),
        Binding("down", "list(1)", show=False),
    ]
    DEFAULT_CSS = """
    ChooseEvent .box { height: 80%; }
    ChooseEvent Input { background: $background; padding: 0 1; }
    ChooseEvent Table { height: 1fr; margin-top: 1; background: $panel; }
    """

    def __init__(self, admin: AdminDesk, event_id: str = "") -> None:
        super().__init__()
        self._admin = admin
        self._first = event_id
        self._events: Sequence[Event] = ()

    def compose(self) -> ComposeResult:
        """A field above the list that it steers."""
        columns = [
            Column(_("Event"), 12, flex=1),
            Column(_("Start"), 16),
            Column(_("When"), 11),
        ]
        with Vertical(classes="box"):
            yield Static(_("Which event?"), classes="headline", markup=False)
            field = Input(placeholder=_("Some letters of the name"), compact=True)
            field.cursor_blink = False
            yield field
            yield Static("", id="problem", markup=False)
            table = Table(columns, empty=_("Asking the backend ..."))
            table.steered = True
            table.can_focus = False
            yield table

    def on_mount(self) -> None:
        """Ask for the events."""
        self._follow()

    @work(exclusive=True)
    async def _follow(self) -> None:
        async with aclosing(self._admin.events().follow()) as results:
            async for result in results:
                problem = str(plainly(result)) if isinstance(result, HeadcountError) else ""
                self.query_one("#problem", Static).update(problem)
                if not isinstance(result, HeadcountError):
                    self._events = [each.event for each in result]
                    self._draw()

    def _draw(self) -> None:
        now = self._admin.now_ms()
        words = self.query_one(Input).value.casefold().split()
        fit = [event for event in self._events if all(w in _text(event) for w in words)]
        # An archived one has a report, too: it is found by its name, but not offered.
        shown = [event for event in fit if words or not event.archived]
        shown.sort(key=lambda event: (abs(event.start - now), event.id))
        table = self.query_one(Table)
        table.empty = _("No event's name has these letters.") if words else _("No event yet.")
        table.show(Rows(shown, lambda event: event.id, lambda event: _cells(event, now)))
        if self._first:
            ids = [event.id for event in shown]
            table.cursor = ids.index(self._first) if self._first in ids else 0

    @on(Input.Changed)
    def narrowed(self) -> None:
        """At every letter; then the best one is at the top."""
        if self._events:
            self._first = ""
            self._draw()
            self.query_one(Table).cursor = 0

    @on(Input.Submitted)
    def submitted(self) -> None:
        """Take the event under the cursor."""
        if chosen := self.query_one(Table).chosen:
            self.dismiss(chosen)

    @on(Table.Chosen)
    def clicked(self, event: Table.Chosen) -> None:
        """A click takes it, too."""
        self.dismiss(event.key)

    def action_list(self, by: int) -> None:
        """Move in the list while typing."""
        self._first = ""
        self.query_one(Table).action_move(by)


def _text(event: Event) -> str:
    return f"{event.name} {event.id}".casefold()


def _cells(event: Event, now: int) -> list[Cell]:
    start = clock_time(event.start, zone(event.tz), "%Y-%m-%d %H:%M")
    return [
        Cell(clean_text(event.name, 200) or event.id),
        Cell(start),
        Cell(when(event.start, event.end, now)),
    ]
