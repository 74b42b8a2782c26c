"""The people that some letters mean, and how each of them stands: the list under a field."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from ...core.identity import clean_text
from ...core.model import Person
from ..checkins import name_of
from ..error_words import safe_and_remedy, sentence
from ..look import Level, look_of
from ..people_acts import Acts
from ..people_state import PeopleState, Stands, short, stands
from ..ports_people import PeopleDesk
from ..state import LiveState
from ..times import clock_time, zone
from ..widgets.banner import Banner
from ..widgets.key_footer import KeyFooter
from ..widgets.table import Cell, Column, Rows, Table
from ..words import N_, _, ngettext
from .base import Page

REDRAW_SECONDS = 0.1
"""At most ten times a second, however much happens."""


class PeopleList(Page):
    """Finding and showing; what is done with people is `PeoplePage`'s."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave_field", N_("Leave the field"), show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
    ]
    DEFAULT_CSS = """
    PeopleList #summary { height: 1; padding: 0 1; color: $text-muted; }
    PeopleList #search { margin: 0 1; background: $surface; }
    PeopleList #people { height: 1fr; margin-top: 1; }
    PeopleList #status { height: auto; max-height: 3; padding: 0 1; background: $surface; }
    """
    AUTO_FOCUS = "#search"

    def __init__(self, event_id: str, badge: str = "") -> None:
        super().__init__()
        self._event_id = self._event_name = event_id
        self._badge = badge
        """To be given to whoever is chosen; empty for none."""
        self._state = PeopleState()
        self._acts = Acts()
        self._drawn: tuple[object, ...] = ()
        self._status = ""

    def compose(self) -> ComposeResult:
        """Title, counts, trouble, field, people, what was done."""
        yield Static("", id="title", markup=False)
        yield Static("", id="summary", markup=False)
        yield Banner()
        field = Input(placeholder=_("some letters of the name"), id="search", compact=True)
        field.cursor_blink = False
        yield field
        table = Table(self._columns(), id="people")
        table.steered = True
        yield table
        yield Static("", id="status", markup=False)
        yield KeyFooter()

    def _columns(self) -> list[Column]:
        return [
            Column(_("Name"), 14, flex=1),
            Column(_("State"), 14),
            Column(_("Time"), 8),
            Column(_("Badge"), 12),
            Column(_("Registration"), 12),
        ]

    def on_mount(self) -> None:
        """Begin to draw."""
        self._acts.skip(self._live)
        self.set_interval(REDRAW_SECONDS, self.draw)
        self.draw()
        self._name_it()

    @work(exclusive=True, group="name")
    async def _name_it(self) -> None:
        station = self.headcount.station
        event = await self.headcount.in_thread(station.event, self._event_id)
        self._event_name = clean_text(event.name) or self._event_id
        self._drawn = ()
        self.draw()

    @property
    def _live(self) -> LiveState:
        return self.headcount.session.state

    @property
    def _desk(self) -> PeopleDesk | None:
        return self.headcount.station.people()

    @property
    def _table(self) -> Table:
        return self.query_one("#people", Table)

    # --- drawing ---

    def draw(self) -> None:
        """Draw what has changed; not while another screen is in front."""
        if self.app.screen is not self:
            return
        live, desk = self._live, self._desk
        self._acts.follow(live, look_of(self).symbols.more)
        field = self.query_one("#search", Input)
        searched = self._state.look(desk.roster, field.value) if desk else False
        second = self.headcount.station.now().wall_ms // 1000
        drawn = (live.revision, second, desk is None, self._acts.said, field.has_focus, self._badge)
        if drawn == self._drawn and not searched:
            return
        self._drawn = drawn
        self._draw_words()
        table = self._table
        if searched:
            table.cursor = 0
        table.empty = self._nothing()
        table.show(Rows(self._state.found if desk else (), _key_of, self._cells))

    def _draw_words(self) -> None:
        session, symbols = self.headcount.session, look_of(self).symbols
        begun = session.state.begun
        name = begun.event.name if begun else self._event_name
        where = zone(begun.event.tz if begun else "UTC")
        time = clock_time(self.headcount.station.now().wall_ms, where)
        title = _("People: {event}").format(event=name)
        room = max(0, self.size.width - 3 - len(time))
        headline = Text(f"{title[:room]:<{room}} {time}")
        self.query_one("#title", Static).update(headline, layout=False)
        self.query_one("#summary", Static).update(self._summary(), layout=False)
        self.query_one(Banner).show(*self._banner())
        level, words = self._acts.said
        text = f"{symbols.of(level)} {words}".strip() if words else self._hint()
        if text != self._status:
            self._status = text
            self.query_one("#status", Static).update(text)

    def _summary(self) -> str:
        if self._desk is None:
            return ""
        people = len(self._state.roster)
        parts = [
            ngettext("{n} person", "{n} people", people),
            _("{n} checked in").format(n=f"{len(self._live.check_ins):,}"),
        ]
        if self.query_one("#search", Input).value.strip():
            shown = len(self._state.found)
            more = _("the first {n} are listed, more match") if self._state.more else _("{n} match")
            parts.append(more.format(n=shown))
        return look_of(self).symbols.dot.join(parts)

    def _banner(self) -> tuple[Level, str, str]:
        key = self.headcount.key_of("begin")
        trouble = self._live.trouble
        if self._desk is None and self.headcount.session.running:
            return Level.PLAIN, _("The scan begins ..."), ""
        if self._desk is None:
            more = _("Check-ins are written by the scan. Esc, then {key} begins it.")
            return Level.WARN, _("No scan is running for this event."), more.format(key=key)
        if trouble and trouble.error:
            error = trouble.error
            return Level.BAD, sentence(error.what), safe_and_remedy(error)
        if self._badge:
            badge = short(self._badge, look_of(self).symbols.more)
            more = _("Enter gives it to whoever is marked. Esc, Esc: to nobody.")
            return Level.WARN, _("The badge {badge}: whose is it?").format(badge=badge), more
        return Level.PLAIN, "", ""

    def _hint(self) -> str:
        if self._desk is None:
            return ""
        if self.query_one("#search", Input).has_focus:
            return _("Enter checks in whoever is marked; Esc, then single keys act on them.")
        return _("Enter checks in whoever is under the cursor.")

    def _nothing(self) -> str:
        if self._desk is None:
            return ""
        if not len(self._state.roster):
            words = _("Nobody is on the roster. Esc, then {key} adds a walk-in.")
        elif self.query_one("#search", Input).has_focus:
            words = _("Nobody's name has these letters. Enter adds a walk-in.")
        else:
            words = _("Nobody's name has these letters. {key} adds a walk-in.")
        return words.format(key=self.headcount.key_of("walk_in"))

    def _cells(self, person: Person) -> list[Cell]:
        symbols = look_of(self).symbols
        begun, check_in = self._live.begun, self._live.check_ins.of(person.user_id)
        where = zone(begun.event.tz if begun else "UTC")
        badges = self._state.badges_of(person.user_id)
        badge = short(badges[0], symbols.more) if badges else symbols.dash
        more = f" +{len(badges) - 1}" if len(badges) > 1 else ""
        return [
            Cell(name_of(person), Level.STRONG),
            self._stands(person),
            Cell(clock_time(check_in.time_ms, where) if check_in else ""),
            Cell(f"{badge}{more}", Level.DIM),
            Cell(_("registered"), Level.DIM)
            if person.registered
            else Cell(f"{symbols.walk_in} {_('walk-in')}", Level.WARN),
        ]

    def _stands(self, person: Person) -> Cell:
        symbols = look_of(self).symbols
        return {
            Stands.HERE: Cell(f"{symbols.on_now} {_('in range')}", Level.OK),
            Stands.AWAY: Cell(f"{symbols.ok} {_('was heard')}", Level.OK),
            Stands.BY_HAND: Cell(f"{symbols.ok} {_('by hand')}", Level.OK),
            Stands.EXCUSED: Cell(f"{symbols.dash} {_('excused')}", Level.WARN),
            Stands.NOT_YET: Cell(f"{symbols.later} {_('not yet')}", Level.DIM),
        }[stands(self._live, person.user_id)]

    # --- moving ---

    @on(Input.Changed, "#search")
    def typed(self) -> None:
        """Results at every letter."""
        self._acts.hush()
        self.draw()

    def action_search(self) -> None:
        """Type a name."""
        field = self.query_one("#search", Input)
        field.focus()
        field.select_all()

    def action_leave_field(self) -> None:
        """From the field to the list; from the list, a badge goes to nobody."""
        if self.query_one("#search", Input).has_focus:
            self._table.focus()
        else:
            self._badge = ""

    def action_move(self, by: int) -> None:
        """Up or down, also from the field."""
        self._table.action_move(by)

    def action_page(self, by: int) -> None:
        """A screenful, also from the field."""
        self._table.action_page(by)


def _key_of(person: Person) -> str:
    return person.user_id
