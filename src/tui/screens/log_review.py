"""The log's review: every line of the local log, and what became of it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.widgets import Input, Static

from ...core.errors import HeadcountError
from ...core.review import LogFilter, LogRow, RecordState
from ..log_filter import Asked, parse_filter, parse_time
from ..log_state import LogState
from ..log_words import LogWords
from ..look import look_of
from ..ports import Desk
from ..ports_log import LogReview, LogView
from ..times import zone
from ..widgets.key_footer import KeyFooter
from ..widgets.line_table import PAGE, LineTable
from ..widgets.record import RecordPane
from ..words import N_, _
from .ask import Ask
from .base import Page
from .log_acts import LogActs
from .record import RecordDialog

WIDE = 110
"""Columns of a terminal that hold the record beside the table."""
TICK_SECONDS = 0.1
"""How often the table grows while the log is read: ten times a second are smooth enough."""
FOLLOW_SECONDS = 1.0
ONLY_REFUSED = "refused discarded assigned"


class LogPage(LogActs):
    """A table of lines, the newest on top; the record beside it where there is room."""

    TITLE_WORDS = N_("Log")
    ABOUT = N_(
        "Every line of this event's log on this machine, the newest first, and whether the "
        "backend has it. {filter} filters by words: a part of a name or badge, unsent, sent, "
        "refused, void, damaged, gap, 18:40-19:00, from:18:40. Nothing here changes the log."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", N_("Filter"), id="filter", key_display="/"),
        Binding("g", "jump", N_("Time"), id="jump"),
        Binding("f", "newest", N_("Follow"), id="follow", show=False),
        Binding("r", "refused", N_("Refused"), id="refused"),
        Binding("escape", "clear", N_("Clear the filter"), show=False),
    ]
    DEFAULT_CSS = """
    LogPage #filter { display: none; margin: 0 1; background: $surface; }
    LogPage.-filtering #filter { display: block; }
    LogPage #record { display: none; width: 50; border-left: vkey $panel; }
    LogPage.-wide #record { display: block; }
    LogPage #status { height: 1; padding: 0 1; color: $text-muted; }
    LogPage #status.-warn { color: $text-warning; }
    LogPage #status.-bad { color: $text-error; }
    """
    AUTO_FOCUS = "#lines"

    def __init__(self, review: LogReview) -> None:
        super().__init__(review)
        self.view: LogView = review.everything
        """The lines that are shown."""
        self._state = LogState()
        self._stop = threading.Event()
        """Ends the search that runs."""
        self._gone = threading.Event()
        self._opened = False
        self._following = asyncio.Lock()
        """One look for new lines at a time: none may lose what another has found."""
        self._offered_for: RecordState | None = None
        """The state of the line that the footer's acts are for."""
        self._day_ms = 0
        """A time on the day that the operator looks at."""

    # --- making ---

    def compose(self) -> ComposeResult:
        """Title, filter, lines beside the record, status."""
        yield Static("", id="title", markup=False)
        yield Input(
            placeholder=_("a name, unsent, refused, gap, 18:40-19:00 …"), id="filter", compact=True
        )
        with Horizontal():
            yield LineTable(
                self._words().columns(), lambda row: self._words().cells(row), id="lines"
            )
            yield RecordPane(id="record")
        yield Static("", id="status", markup=False)
        yield KeyFooter()

    def _words(self) -> LogWords:
        names = self.review.names
        return LogWords(names, zone(self.review.time_zone), look_of(self).symbols)

    @property
    def _table(self) -> LineTable[LogRow]:
        return self.query_one("#lines", LineTable)

    def on_mount(self) -> None:
        """Open the log; the first screen is there after one block."""
        self.set_interval(TICK_SECONDS, self._tick)
        self.set_interval(FOLLOW_SECONDS, self._follow_on)
        self._open()
        self._draw()

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        self._stop.set()
        self._gone.set()

    @on(Resize)
    def resized(self, event: Resize) -> None:
        """The record stands beside the lines where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self._draw()
        self.call_after_refresh(self._show_record)

    # --- reading ---

    @work(exclusive=True, group="open")
    async def _open(self) -> None:
        try:
            await asyncio.to_thread(self.review.open)
            self._opened = True
            self._state.event = self.review.event
            await self._load(self.review.everything, self._gone)
        except HeadcountError as error:
            self.failed(error)

    @work(exclusive=True, group="search")
    async def _search(self, wish: LogFilter) -> None:
        self._stop.set()
        stop = self._stop = threading.Event()
        self.view = self.review.everything if wish.everything else self.review.find(wish)
        self._table.restart()
        self._table.span_of(self.view.first, self.view.last)
        self._table.cursor = self.view.first
        try:
            if not wish.everything:
                await self._load(self.view, stop)
        except HeadcountError as error:
            self.failed(error)
        finally:
            stop.set()
        self._draw()
        self._show_record()

    async def _load(self, view: LogView, stop: threading.Event) -> None:
        """One step, which is a screenful and is drawn; then all others, in a thread."""
        steps = view.load(stop.is_set)
        await asyncio.to_thread(next, steps, None)
        last = min(view.last, view.first + PAGE)
        rows = await asyncio.to_thread(view.rows, view.first, last)
        if view is self.view:
            self._table.put(view.first, rows)
        self._draw()
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)  # before the thread wants the interpreter for itself
        await painted.wait()
        await asyncio.to_thread(deque, steps, 0)
        self._draw()

    def failed(self, error: HeadcountError) -> None:
        """Say what went wrong."""
        self._state.error = error
        self._draw()

    def row(self) -> LogRow | None:
        """The line under the cursor, once it is known."""
        return self._table.chosen if self.is_mounted else None

    def _tick(self) -> None:
        if self._opened and (self._state.indexed < 1 or self._state.searched < 1):
            self._draw()

    def _follow_on(self) -> None:
        if not self._following.locked():
            self._follow()

    def look_again(self) -> None:
        """An act may have changed what is known of the lines."""
        self._follow()

    @work(group="follow")
    async def _follow(self) -> None:
        async with self._following:
            if not self._opened or self._state.indexed < 1 or self._state.searched < 1:
                return
            try:
                changed = await asyncio.to_thread(self.review.follow)
            except HeadcountError as error:
                self.failed(error)
                return
            if changed:
                self._draw()
                self._table.look_again()

    @on(LineTable.Wanted)
    def wanted(self, event: LineTable.Wanted) -> None:
        """Lines that are on the screen are not known yet."""
        self._fetch(self.view, event.first, event.last)

    @work(group="rows")
    async def _fetch(self, view: LogView, first: int, last: int) -> None:
        try:
            rows = await asyncio.to_thread(view.rows, first, last)
        except HeadcountError as error:
            self.failed(error)
            return
        if view is self.view:
            self._table.put(first, rows)
            self._show_record()

    # --- drawing ---

    def _draw(self) -> None:
        if not self.is_mounted or not self._table.is_mounted:
            return
        state, everything, view = self._state, self.review.everything, self.view
        if self._opened:
            state.lines, state.indexed = everything.last - everything.first, everything.progress
            state.found, state.searched = view.last - view.first, view.progress
            self._table.span_of(view.first, view.last)
            if state.following:
                self._table.cursor = view.first
        self._table.empty = state.empty()
        self.query_one("#title", Static).update(Text(state.title(self.size.width - 2)))
        self._draw_status()
        self._table.refresh()

    def _draw_status(self) -> None:
        said = self._state.status()
        status = self.query_one("#status", Static)
        status.set_classes(f"-{said.level}" if said.level else "")
        parts = self._words().wish(self._state.asked.wish)
        dot = look_of(self).symbols.dot
        status.update(Text(dot.join(filter(None, [said.words, *parts]))))

    def _show_record(self) -> None:
        row = self.row()
        self._near()
        if row is not None and self.has_class("-wide") and self.query("RecordPane .raw"):
            words, standing = self._words(), self.review.standing(row.place.file)
            self.query_one(RecordPane).show(words.facts(row, standing), words.raw(row))
        elif not len(self._table) and self.query("RecordPane .raw"):
            self.query_one(RecordPane).show([], "")
        state = row.state if row else None
        if state is not self._offered_for:
            self._offered_for = state
            self.refresh_bindings()

    @on(LineTable.Moved)
    def moved(self) -> None:
        """Follow while the cursor is on the newest line."""
        following = self._table.cursor == self.view.first
        if following is not self._state.following:
            self._state.following = following
            self._draw_status()
        self._show_record()

    @on(LineTable.Chosen)
    def chosen(self) -> None:
        """The record in full."""
        row = self._table.chosen
        if row is not None:
            words, standing = self._words(), self.review.standing(row.place.file)
            self.app.push_screen(RecordDialog(words.facts(row, standing), words.raw(row)))

    # --- finding ---

    def action_filter(self) -> None:
        """Type words."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    @on(Input.Changed, "#filter")
    def typed(self, event: Input.Changed) -> None:
        """Search while somebody types; a search that is no longer wanted is broken off."""
        if not self._opened:
            return
        asked = self._understood(event.value)
        changed = asked.wish != self._state.asked.wish
        self._state.asked = asked
        if changed and not asked.problem:
            self._state.following = True
            self._search(asked.wish)
        self._draw()

    def _understood(self, text: str) -> Asked:
        where = zone(self.review.time_zone)
        return parse_filter(text, self.review.names, self._near(), where)

    def _near(self) -> int:
        """A time on the day that a time without a date means: the cursor's, or the one before."""
        row = self.row()
        if row is not None and row.time_ms is not None:
            self._day_ms = row.time_ms
        return self._day_ms

    @on(Input.Submitted, "#filter")
    def submitted(self) -> None:
        """To the lines."""
        self._table.focus()

    def action_clear(self) -> None:
        """Without a filter again."""
        self.query_one("#filter", Input).value = ""
        self.remove_class("-filtering")
        self._table.focus()

    def action_refused(self) -> None:
        """Only what the backend refused."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).value = ONLY_REFUSED
        self._table.focus()

    def action_newest(self) -> None:
        """To the newest line, and follow."""
        self._table.cursor = self.view.first
        self._state.following = True
        self._draw()

    def action_jump(self) -> None:
        """To a time."""
        where, near = zone(self.review.time_zone), self._near()

        def check(text: str) -> str:
            known = parse_time(text, near, where) is not None
            return "" if known else _("Write 18:40, 18:40:05 or 2026-07-20T18:40.")

        more = _("The line whose time is nearest. A clock that jumped does not matter.")

        def answered(text: str | None) -> None:
            time_ms = parse_time(text, near, where) if text else None
            if time_ms is not None:
                self._jump(time_ms)

        self.app.push_screen(Ask(_("Go to which time?"), more, check=check), answered)

    @work(exclusive=True, group="jump")
    async def _jump(self, time_ms: int) -> None:
        number = await asyncio.to_thread(self.review.at_time, self.view, time_ms)
        if number is not None:
            self._table.cursor = number


def make(desk: Desk, event_id: str) -> Page:
    """For the registry."""
    return LogPage(desk.station.review(event_id))
