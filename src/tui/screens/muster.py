"""The muster list: who is here, by how recently heard, to be ticked off by hand."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from ...core.errors import HeadcountError
from ...core.muster import Here
from ..error_words import sentence
from ..look import look_of
from ..muster_state import MusterState, MusterWords
from ..ports import Desk
from ..ports_muster import MusterDesk
from ..times import clock_time, zone
from ..widgets.key_footer import KeyFooter
from ..widgets.line_table import Cell, LineTable
from ..words import N_, _
from .base import Page
from .hand_over import HandOverPage
from .paper import PaperPage

READ_SECONDS = 2.0
"""How often the list is put right: a person needs longer to read a name."""


class MusterPage(PaperPage):
    """Names under counts; it works with the network cable out."""

    TITLE_WORDS = N_("Muster")
    ABOUT = N_(
        "Everybody who is checked in: heard in the last two minutes, in the last ten, or not "
        "for longer. {tick} ticks somebody off; the ticks are kept. Who has no badge in range "
        "may still be here: a phone sleeps."
    )
    PAPER = "muster"
    FORMS = N_("A text with boxes to tick, or a table where the name ends in .csv.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", N_("Tick off"), id="tick", key_display="Space"),
        Binding("slash", "filter", N_("Filter"), id="filter", key_display="/"),
        Binding("t", "only_open", N_("Only open"), id="only_open", show=False),
        Binding("o", "order", N_("Order"), id="order", show=False),
        Binding("c", "card", N_("Hand over"), id="hand_over"),
        Binding("escape", "clear", N_("Clear the filter"), show=False),
    ]
    DEFAULT_CSS = """
    MusterPage #summary { height: auto; padding: 0 1; color: $text-muted; }
    MusterPage #filter { display: none; margin: 0 1; background: $surface; }
    MusterPage.-filtering #filter { display: block; }
    """
    AUTO_FOCUS = "#people"

    def __init__(self, desk: MusterDesk) -> None:
        super().__init__(desk)
        self._state = MusterState()
        self._shown: list[Here] = []

    def compose(self) -> ComposeResult:
        """Title, counts, filter, names."""
        yield Static("", id="title", markup=False)
        yield Static("", id="summary", markup=False)
        yield Input(placeholder=_("some letters of the name"), id="filter", compact=True)
        yield LineTable[Here](self._words().columns(), self._cells, id="people")
        yield KeyFooter()

    def _words(self) -> MusterWords:
        return MusterWords(zone(self.desk.time_zone), look_of(self).symbols)

    def _cells(self, here: Here) -> list[Cell]:
        return self._words().cells(here, ticked=here.key in self._state.ticked)

    @property
    def _table(self) -> LineTable[Here]:
        return self.query_one("#people", LineTable)

    def on_mount(self) -> None:
        """Read now, and again and again."""
        self.set_interval(READ_SECONDS, self.read)
        self._begin()
        self._draw()

    @work(exclusive=True, group="read")
    async def _begin(self) -> None:
        self._state.ticked = set(await asyncio.to_thread(self.desk.ticked))
        await self._read()

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Look who is here."""
        await self._read()

    async def _read(self) -> None:
        try:
            self._state.mustered = await asyncio.to_thread(self.desk.muster)
            self._state.error = None
        except HeadcountError as error:
            self._state.error = error
        self._draw()

    def _draw(self) -> None:
        if not self.query("#people"):
            return  # the screen goes
        state, table = self._state, self._table
        name = _("Muster: {event}").format(event=self.desk.event)
        time = clock_time(self.desk.now().wall_ms, zone(self.desk.time_zone))
        room = self.size.width - 3 - len(time)
        words = Text(f"{name[:room]:<{room}} {time}")
        self.query_one("#title", Static).update(words, layout=False)
        dot = look_of(self).symbols.dot
        summary = sentence(state.error.what) if state.error else state.summary(dot)
        self.query_one("#summary", Static).update(Text(summary))
        self._shown = state.shown()
        table.empty = state.empty()
        table.span_of(0, len(self._shown))
        table.restart()
        table.put(0, self._shown)

    @on(LineTable.Wanted)
    def wanted(self, event: LineTable.Wanted) -> None:
        """A long list is not remembered as a whole."""
        self._table.put(event.first, self._shown[event.first : event.last])

    # --- acts ---

    @on(LineTable.Chosen)
    def action_tick(self) -> None:
        """Tick off, and go to the next."""
        here = self._table.chosen
        if here is not None:
            self._state.toggle(here.key)
            self._keep()
            if not self._state.only_open:
                self._table.cursor += 1
            self._draw()

    @work(exclusive=True, group="keep")
    async def _keep(self) -> None:
        await asyncio.to_thread(self.desk.tick, set(self._state.ticked))

    def action_only_open(self) -> None:
        """Without those who are ticked off, or all again."""
        self._state.only_open = not self._state.only_open
        self._say(_("without those ticked off") if self._state.only_open else _("everybody"))

    def action_order(self) -> None:
        """By name, or by how recently heard."""
        self._state.by_name = not self._state.by_name
        self._say(_("by name") if self._state.by_name else _("lately heard first"))

    def _say(self, words: str) -> None:
        self._draw()
        self.notify(words, timeout=2, markup=False)

    def action_filter(self) -> None:
        """Type letters."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    @on(Input.Changed, "#filter")
    def typed(self, event: Input.Changed) -> None:
        """Show who fits."""
        self._state.letters = event.value
        self._table.cursor = 0
        self._draw()

    @on(Input.Submitted, "#filter")
    def submitted(self) -> None:
        """To the names."""
        self._table.focus()

    def action_clear(self) -> None:
        """Without a filter again."""
        self.query_one("#filter", Input).value = ""
        self.remove_class("-filtering")
        self._table.focus()

    def sheet(self) -> str:
        """Everybody, with boxes to tick."""
        return self._words().sheet(self._state, self.desk.event, self.desk.now().wall_ms)

    def write(self, file: str) -> str:
        """A text, or a table where the name ends so."""
        if file.lower().endswith(".csv"):
            return self.desk.save_table(file, self._words().table(self._state))
        return super().write(file)

    def action_card(self) -> None:
        """The hand-over card."""
        self.app.push_screen(HandOverPage(self.desk))


def make(desk: Desk, event_id: str) -> Page:
    """For the registry."""
    return MusterPage(desk.station.muster(event_id))
