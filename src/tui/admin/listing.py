"""What the admin's lists share: a live list with a filter, and acts whose outcome is told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import ClassVar, Generic, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from ...core.errors import HeadcountError
from ...core.find import plain
from ...core.identity import clean_text
from ..keys import USUAL
from ..look import Level, look_of
from ..screens.base import Page
from ..widgets.banner import Banner
from ..widgets.key_footer import KeyFooter
from ..widgets.table import Cell, Column, Rows, Table
from ..words import N_, _
from .plainly import plainly
from .ports_events import EventsDesk
from .telling import tell

T = TypeVar("T")


class ListPage(Page, Generic[T]):
    """Rows that follow the backend. Subclasses say where they come from, and how they look."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["filter"], "filter", N_("Filter"), id="filter", key_display="/"),
        Binding("escape", "clear", N_("Clear the filter"), show=False),
    ]
    AUTO_FOCUS = "#rows"
    CHOOSES: ClassVar[bool] = True
    """Enter does something with a row."""
    DEFAULT_CSS = """
    ListPage #source { height: 1; padding: 0 1; color: $text-muted; }
    ListPage #rows { height: 1fr; margin-top: 1; }
    ListPage #more { height: auto; max-height: 6; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, events: EventsDesk | None = None) -> None:
        """Events, where rows have only their ids and are to name them."""
        super().__init__()
        self._events = events
        self.items: Sequence[T] | None = None
        self._event_names: Mapping[str, str] = {}
        self._error: HeadcountError | None = None

    # --- what a subclass says ---

    def columns(self) -> list[Column]:
        """The table's columns."""
        raise NotImplementedError

    def stream(self) -> AsyncGenerator[Sequence[T] | HeadcountError, None]:
        """Where the rows come from."""
        raise NotImplementedError

    def key(self, item: T) -> str:
        """What the cursor keeps to."""
        raise NotImplementedError

    def text(self, item: T) -> str:
        """What the filter looks through."""
        raise NotImplementedError

    def cells(self, item: T) -> Sequence[Cell]:
        """The row of an item."""
        raise NotImplementedError

    def summary(self, items: Sequence[T]) -> str:
        """One line about all of it."""
        raise NotImplementedError

    def offered(self, items: Sequence[T]) -> Sequence[T]:
        """Those that are offered, in order."""
        return items

    def more(self, item: T | None) -> str:  # noqa: ARG002 - for subclasses
        """What is said of the item under the cursor; empty: nothing."""
        return ""

    def nothing(self) -> str:
        """What an empty list says; empty: the usual."""
        return ""

    # --- drawing ---

    def compose(self) -> ComposeResult:
        """Title, where it stands, what is wrong, filter, list, more of one."""
        yield Static(_(self.TITLE_WORDS), id="title", markup=False)
        yield Static("", id="source", markup=False)
        yield Banner()
        filter_ = Input(placeholder=_("Filter: some letters"), id="filter", compact=True)
        filter_.cursor_blink = filter_.display = False
        yield filter_
        empty = _("Asking the backend ...")
        yield Table(self.columns(), empty=empty, choose=self.CHOOSES, id="rows")
        yield Static("", id="more", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Follow the backend, and what the events are called, while the screen is there."""
        self.query_one("#more").display = False
        self.draw()
        self._follow()
        if self._events is not None:
            self.learn_events(self._events)
        self.watch(self.table, "cursor", self._moved, init=False)

    @work(exclusive=True, group="live")
    async def _follow(self) -> None:
        async with aclosing(self.stream()) as results:
            async for result in results:
                if isinstance(result, HeadcountError):
                    self._error = result
                else:
                    self._error, self.items = None, result
                self.draw()

    @work(exclusive=True, group="events")
    async def learn_events(self, desk: EventsDesk) -> None:
        """Follow the events' names, for lists whose rows have only ids."""
        async with aclosing(desk.follow()) as results:
            async for result in results:
                if not isinstance(result, HeadcountError):
                    self._event_names = {each.event.id: each.event.name for each in result}
                    self.draw()

    def event_name(self, event_id: str) -> str:
        """The event's name, or its id as long as that is all that is known."""
        return clean_text(self._event_names.get(event_id, event_id), 200)

    @property
    def table(self) -> Table:
        """The list."""
        return self.query_one("#rows", Table)

    def shown(self) -> list[T]:
        """What the filter leaves."""
        words = plain(self.query_one("#filter", Input).value).split()
        found = self.offered(self.items or ())
        return [each for each in found if all(word in plain(self.text(each)) for word in words)]

    @property
    def chosen(self) -> T | None:
        """The item under the cursor."""
        key = self.table.chosen
        return next((each for each in self.items or () if self.key(each) == key), None)

    def draw(self) -> None:
        """Show what is known."""
        if not self.is_mounted or not self.query("#more"):
            return
        self._draw_banner()
        if self.items is not None:
            rows = self.shown()
            typed = self.query_one("#filter", Input).value
            usual = _("Nothing has these letters.") if typed else _("Nothing here yet.")
            self.table.empty = (not self.items and self.nothing()) or usual
            self.table.show(Rows(rows, self.key, self.cells))
            self.query_one("#source", Static).update(self.summary(self.items))
        elif self._error is None:
            self.query_one("#source", Static).update(_("Asking the backend ..."))
        self._moved()

    def _draw_banner(self) -> None:
        banner = self.query_one(Banner)
        if self._error is None:
            banner.show(Level.PLAIN, "")
            return
        trouble = plainly(self._error)
        stale = _("What is shown is as of before; it is asked again every few seconds.")
        known = stale if self.items is not None else trouble.remedy
        banner.show(Level.WARN, trouble.what, known)
        if self.items is None:
            self.table.empty = _("Nothing is known.")
            self.table.refresh()
            self.query_one("#source", Static).update(_("The backend does not answer."))

    def _moved(self, _row: int = 0) -> None:
        words = self.more(self.chosen)
        line = self.query_one("#more", Static)
        line.update(words)
        line.display = bool(words)

    def joined(self, *parts: str) -> str:
        """Facts on one line."""
        return look_of(self).symbols.dot.join(part for part in parts if part)

    # --- acts ---

    @work(group="act")
    async def do(
        self,
        act: Coroutine[object, object, str],
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Do something at the backend; its answer, or the error, is told."""
        await tell(self, act)
        then()

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
        self.table.focus()

    @on(Input.Changed, "#filter")
    def filtered(self) -> None:
        """Show what fits, at every letter."""
        self.draw()

    @on(Input.Submitted, "#filter")
    def filter_done(self) -> None:
        """To the list."""
        self.table.focus()
