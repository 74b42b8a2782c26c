"""The hand-over card: all that the next shift must know, on one screen."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.table import Table as Grid
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static, TextArea

from ...core.errors import HeadcountError
from ...core.muster import HandOver
from ..error_words import in_one
from ..look import look_of
from ..muster_state import MusterWords
from ..ports_muster import MusterDesk
from ..times import zone
from ..widgets.key_footer import KeyFooter
from ..words import N_, _
from .paper import PaperPage

KEEP_SECONDS = 3.0
"""How often notes are kept while somebody writes: what a power cut may cost."""


class HandOverPage(PaperPage):
    """Counts and troubles above notes, which are kept."""

    TITLE_WORDS = N_("Hand over")
    ABOUT = N_(
        "What the next shift must know: counts, what is unsent, what is open, and your notes. "
        "The notes are kept on this machine. {notes} writes them, Esc ends the writing."
    )
    PAPER = "handover"
    FORMS = N_("The card as a text, with the notes.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "write", N_("Notes"), id="notes"),
        Binding("f", "look", N_("Look again"), id="fetch"),
        Binding("escape", "written", N_("End the notes"), show=False),
    ]
    DEFAULT_CSS = """
    HandOverPage #facts { height: auto; max-height: 60%; padding: 1 1 0 1; }
    HandOverPage #facts Static { height: auto; }
    HandOverPage #label { height: 1; padding: 0 1; margin-top: 1; color: $text-muted; }
    HandOverPage TextArea { height: 1fr; min-height: 4; margin: 0 1; border: round $panel; }
    HandOverPage TextArea:focus { border: round $accent; }
    """
    AUTO_FOCUS = "#facts"

    def __init__(self, desk: MusterDesk) -> None:
        super().__init__(desk)
        self._card: HandOver | None = None
        self._kept = ""

    def compose(self) -> ComposeResult:
        """Facts above notes."""
        yield Static(_("Hand-over card"), id="title", markup=False)
        with VerticalScroll(id="facts"):
            yield Static(_("Reading …"), id="card", markup=False)
        yield Static(_("Notes for the next shift"), id="label", markup=False)
        yield TextArea("", id="notes", show_line_numbers=False)
        yield KeyFooter()

    def _words(self) -> MusterWords:
        return MusterWords(zone(self.desk.time_zone), look_of(self).symbols)

    def on_mount(self) -> None:
        """Read; notes are kept every few seconds."""
        self.set_interval(KEEP_SECONDS, self._keep)
        self.action_look()

    @work(exclusive=True, group="read")
    async def action_look(self) -> None:
        """Read the facts."""
        try:
            card = await asyncio.to_thread(self.desk.card)
        except HeadcountError as error:
            self.query_one("#card", Static).update(Text(in_one(error)))
            return
        if self._card is None:
            self._kept = self.query_one(TextArea).text = card.notes
        self._card = card
        self.query_one("#card", Static).update(self._grid(card))

    def _grid(self, card: HandOver) -> Grid:
        words, symbols = self._words(), look_of(self).symbols
        grid = Grid.grid(padding=(0, 2))
        grid.add_column(style="dim")
        grid.add_column()
        for label, value in words.card(card):
            grid.add_row(Text(label), Text(value, style="bold"))
        mark = symbols.warn if card.troubles else symbols.ok
        for at, trouble in enumerate(words.troubles(card)):
            grid.add_row(Text("" if at else _("Open")), Text(f"{mark} {trouble}"))
        return grid

    # --- notes ---

    def action_write(self) -> None:
        """Into the notes."""
        self.query_one(TextArea).focus()

    async def action_written(self) -> None:
        """Out of the notes; they are kept."""
        self.query_one("#facts").focus()
        await self._keep()

    def action_back(self) -> None:
        """Nothing that was typed is lost."""
        self.run_worker(self._leave(), group="leave", exclusive=True)

    async def _leave(self) -> None:
        await self._keep()
        super().action_back()

    async def _keep(self) -> None:
        notes = self.query_one(TextArea).text
        if self._card is not None and notes != self._kept:
            self._kept = notes
            await asyncio.to_thread(self.desk.save_notes, notes)

    def sheet(self) -> str:
        """The card with the notes."""
        notes = self.query_one(TextArea).text
        return self._words().card_sheet(self._card, notes) if self._card else ""
