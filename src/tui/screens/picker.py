"""The event picker: what is on now stands first; works from the cache, and says how old it is."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ..error_words import safe_and_remedy, sentence
from ..keys import USUAL
from ..listed import fits, rank
from ..look import Level, look_of
from ..ports import Counts, Events, Link, Listed
from ..times import clock_time, day, span, when, zone
from ..trust import link_fact, link_of
from ..widgets.banner import Banner
from ..widgets.key_footer import KeyFooter
from ..widgets.table import Cell, Column, Row, Rows, Table
from ..words import N_, _, ngettext
from .base import Page, page_bindings

AGE_SECONDS = 20.0
"""How often the words "in 3 min" and "2 h old" are put right."""


class Picker(Page):
    """Where the program begins, unless one event is on now."""

    TITLE_WORDS = N_("Pick an event")
    ABOUT = N_(
        "Enter begins to scan for the event under the cursor. The list is what the backend told "
        "last; it works without a network. A rehearsal runs with simulated phones, and nothing of "
        "it is kept."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["back"], "back", N_("Quit"), id="back"),
        Binding(USUAL["filter"], "filter", N_("Filter"), id="filter", key_display="/"),
        Binding(USUAL["rehearsal"], "rehearse", N_("Rehearsal"), id="rehearsal"),
        Binding(USUAL["new_event"], "new", N_("New"), id="new_event"),
        *page_bindings(at_the_door=False),
        Binding(USUAL["fetch"], "fetch", N_("Fetch"), id="fetch"),
        Binding("escape", "clear", N_("Clear the filter"), show=False),
    ]
    AUTO_FOCUS = "#events"

    def __init__(self) -> None:
        super().__init__()
        self._events: Events | None = None
        self._counts: dict[str, Counts] = {}
        self._link = Link.UNKNOWN
        self._fetching = False
        self._error: HeadcountError | None = None

    def compose(self) -> ComposeResult:
        """Title, where the list comes from, filter, list."""
        yield Static(_("Pick an event"), id="title", markup=False)
        yield Static("", id="source", markup=False)
        yield Banner()
        yield Input(placeholder=_("Filter: some letters of the name"), id="filter", compact=True)
        with Vertical():
            yield Table(self._columns(), empty=_("Reading ..."), id="events")
        yield KeyFooter()

    def _columns(self) -> list[Column]:
        return [
            Column(_("When"), 11),
            Column(_("Event"), 14, flex=1),
            Column(_("Day"), 10),
            Column(_("Time"), 11),
            Column(_("Checked in"), 11, right=True),
            Column(_("Unsent"), 6, right=True),
        ]

    def on_mount(self) -> None:
        """Read what is cached, and ask the backend whether there is more."""
        filter_ = self.query_one("#filter", Input)
        filter_.display = filter_.cursor_blink = False
        self.set_interval(AGE_SECONDS, self._draw)
        self.read()
        self.action_fetch()

    # --- reading ---

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        """Read the cache, then the logs, one after the other: a log can be long."""
        station = self.headcount.station
        self._events = await self.headcount.in_thread(station.events)
        self._draw(first=True)
        for listed in self._sorted():
            event_id = listed.event.id
            self._counts[event_id] = await self.headcount.in_thread(station.counts, event_id)
            self._draw()

    @work(exclusive=True, group="fetch")
    async def action_fetch(self) -> None:
        """Ask the backend; no answer is no trouble."""
        self._fetching, self._error = True, None
        self._draw()
        try:
            await self.headcount.station.fetch()
            self._link = Link.ONLINE
        except HeadcountError as error:
            self._link = link_of(error)
            self._error = error if self._link is Link.REFUSED else None
        self._fetching = False
        self._draw()
        self.read()

    # --- drawing ---

    def _draw(self, *, first: bool = False) -> None:
        if not self.is_mounted:
            return
        self.query_one("#source", Static).update(self._source())
        banner = self.query_one(Banner)
        if self._error:
            more = safe_and_remedy(self._error)
            banner.show(Level.WARN, sentence(self._error.what), more)
        else:
            banner.show(Level.PLAIN, "")
        if self._events is None:
            return
        table = self.query_one("#events", Table)
        filter_ = self.query_one("#filter", Input).value
        table.empty = self._nothing() if not filter_ else _("No event's name has these letters.")
        shown = [listed for listed in self._sorted() if fits(listed, filter_)]
        table.show(Rows(shown, lambda each: each.event.id, lambda each: self._row(each).cells))
        if first:
            table.cursor = 0

    def _nothing(self) -> str:
        new, rehearsal = self.headcount.key_of("new_event"), self.headcount.key_of("rehearsal")
        return _("No event is known yet. {new} makes one, {rehearsal} begins a rehearsal.").format(
            new=new, rehearsal=rehearsal
        )

    def _source(self) -> str:
        symbols = look_of(self).symbols
        if self._events is None:
            return _("Reading ...")
        fetched = self._events.fetched_ms
        if fetched is None:
            age = _("The backend was never asked")
        else:
            seconds = (self.headcount.station.now().wall_ms - fetched) / 1000
            age = _("From the backend, {span} ago").format(span=span(seconds))
        link = _("asking it now ...") if self._fetching else link_fact(self._link).words
        count = len(self._events.listed)
        return symbols.dot.join([ngettext("{n} event", "{n} events", count), age, link])

    def _sorted(self) -> list[Listed]:
        """On now first, then upcoming by start, then past with the latest first."""
        now = self.headcount.station.now().wall_ms
        return sorted(self._events.listed if self._events else (), key=lambda e: rank(e, now))

    def _row(self, listed: Listed) -> Row:
        event, counts = listed.event, self._counts.get(listed.event.id)
        now, symbols, where = (
            self.headcount.station.now().wall_ms,
            look_of(self).symbols,
            zone(event.tz),
        )
        on = event.start <= now <= event.end
        level = Level.OK if on else Level.PLAIN if now < event.start else Level.DIM
        symbol = symbols.on_now if on else symbols.later if now < event.start else symbols.over
        name = clean_text(event.name) or event.id
        hours = [clock_time(ms, where, "%H:%M") for ms in (event.start, event.end)]
        waiting = Cell(symbols.more, Level.DIM)
        unsent = counts.unsent if counts else 0
        return Row(
            event.id,
            [
                Cell(f"{symbol} {when(event.start, event.end, now)}", level),
                Cell(f"{name} ({_('made here')})" if listed.local else name, level or Level.STRONG),
                Cell(day(event.start, where), level),
                Cell(symbols.dash.join(hours), level),
                Cell(self._people(listed, counts), level),
                Cell(f"{unsent:,}", Level.WARN if unsent else level) if counts else waiting,
            ],
        )

    def _people(self, listed: Listed, counts: Counts | None) -> str:
        """Checked in of registered; the dots mean that the log is being read."""
        came = f"{counts.checked_in:,}" if counts else look_of(self).symbols.more
        registered = "?" if listed.registered is None else f"{listed.registered:,}"
        return f"{came} / {registered}"

    # --- acts ---

    @property
    def chosen(self) -> str:
        """The id of the event under the cursor."""
        return self.query_one("#events", Table).chosen

    @on(Table.Chosen)
    def action_choose(self) -> None:
        """Scan for the event under the cursor."""
        if self.chosen:
            self.headcount.go_live(self.chosen)

    def action_filter(self) -> None:
        """Show the filter, and type into it."""
        filter_ = self.query_one("#filter", Input)
        filter_.display = True
        filter_.focus()

    def action_clear(self) -> None:
        """Take the filter away."""
        filter_ = self.query_one("#filter", Input)
        filter_.value = ""
        filter_.display = False
        self.query_one("#events", Table).focus()

    @on(Input.Changed)
    def filtered(self) -> None:
        """Show what fits, at every letter."""
        self._draw(first=True)

    @on(Input.Submitted)
    def filter_done(self) -> None:
        """Enter in the filter takes the first event that fits."""
        self.query_one("#events", Table).focus()
        self.action_choose()

    def action_new(self) -> None:
        """Make an event here."""
        from .new_event import NewEvent

        self.app.push_screen(NewEvent(), self._made)

    def _made(self, event_id: str | None) -> None:
        if event_id:
            self.read()

    def action_rehearse(self) -> None:
        """Begin a rehearsal."""
        self.headcount.rehearse()
