"""Health: this machine, the radio, and the configuration in force with where each value is from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from ..doors import door_health
from ..error_words import in_full, sentence
from ..keys import USUAL
from ..look import Level, look_of
from ..ports import Desk, Health, Setting
from ..widgets.key_footer import KeyFooter
from ..widgets.table import Cell, Column, Row, Table
from ..words import N_, _
from .ask import Told
from .base import Page


class HealthPage(Page):
    """Facts above settings."""

    TITLE_WORDS = N_("Health")
    ABOUT = N_(
        "What this station knows of itself, and every setting in force. A setting is changed in "
        "config.toml, in the environment or by a flag; the last column says which one decided. "
        "Enter shows all of a line, also what mends a trouble."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["fetch"], "look", N_("Look again"), id="fetch"),
    ]
    AUTO_FOCUS = "#settings"

    def __init__(self) -> None:
        super().__init__()
        self._found: Sequence[Health] = ()
        self._settings: Sequence[Setting] = ()

    def compose(self) -> ComposeResult:
        """Two lists."""
        yield Static(_("Health"), id="title", markup=False)
        facts = [Column(_("What"), 14), Column(_("How it is"), 20, flex=1)]
        yield Table(facts, empty=_("Looking ..."), id="facts")
        settings = [
            Column(_("Setting"), 28),
            Column(_("Value"), 16, flex=2),
            Column(_("Comes from"), 18, flex=1, tail=True),
            Column(_("Meaning"), 30, flex=3, from_width=110),
        ]
        yield Table(settings, id="settings")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show the settings at once, and look at the machine in a thread."""
        self._settings = self.headcount.station.settings()
        rows = [_setting(each) for each in self._settings]
        self.query_one("#settings", Table).show(rows)
        self.action_look()

    @work(exclusive=True)
    async def action_look(self) -> None:
        """Look at the machine."""
        found = await self.headcount.in_thread(self.headcount.station.health)
        session = self.headcount.session
        if session.running and (doors := session.state.doors):
            found = [*door_health(doors, session.station.now().wall_ms), *found]
        self._found = found
        self.query_one("#facts", Table).show(self._facts())

    @on(Table.Chosen, "#facts")
    def fact_chosen(self, event: Table.Chosen) -> None:
        """All of a fact: a narrow line cuts the command off that mends it."""
        each = self._found[int(event.key)]
        lines = [sentence(each.words), sentence(each.remedy)]
        self.app.push_screen(Told(sentence(each.what), [line for line in lines if line]))

    @on(Table.Chosen, "#settings")
    def setting_chosen(self, event: Table.Chosen) -> None:
        """All of a setting."""
        for each in self._settings:
            if each.key == event.key:
                comes = _("Comes from: {source}").format(source=each.source or _("default"))
                lines = [each.value or _("empty"), comes, "", each.about]
                self.app.push_screen(Told(each.key, lines))

    def _facts(self) -> list[Row]:
        symbols = look_of(self).symbols
        rows = []
        for place, each in enumerate(self._found):
            level = Level.PLAIN if each.good is None else Level.OK if each.good else Level.WARN
            symbol = symbols.of(level) or " "
            cells = [Cell(sentence(each.what), Level.DIM), Cell(f"{symbol} {in_full(each)}", level)]
            rows.append(Row(str(place), cells))
        return rows


def _setting(setting: Setting) -> Row:
    level = Level.STRONG if setting.source else Level.DIM
    source = setting.source or _("default")
    cells = [setting.key, setting.value, source, setting.about]
    return Row(setting.key, [Cell(text, level) for text in cells])


def make(_desk: Desk, _event_id: str) -> Page:
    """For the registry."""
    return HealthPage()
