"""One person at one event: the record, and why the status is what it is."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ...core.person_record import PersonRecord
from ..keys import USUAL
from ..look import Level, look_of
from ..screens.base import Page
from ..times import clock_time, zone
from ..widgets.banner import Banner
from ..words import N_, _
from .person_words import acts, facts, legend, silences, status_line
from .plainly import plainly
from .ports_people import PeopleAdmin
from .strip import Mark, bounds, marks, symbol

STYLES = {Mark.HEARD: "bold", Mark.HERE: "", Mark.AWAY: "dim", Mark.DEAF: "bold"}


class PersonPage(Page):
    """Everything that is known of one person at one event."""

    TITLE_WORDS = N_("Record of a person")
    ABOUT = N_(
        "The line of symbols goes from the opening of check-in to the end of the event. The status "
        "is derived from the facts below by the event's rules, each time anew: other rules, or "
        "records that come later, can change it. f asks the backend again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["fetch"], "look", N_("Look again"), id="fetch"),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("down,j", "scroll(1)", show=False),
    ]
    DEFAULT_CSS = """
    PersonPage #body { padding: 1 1 0 1; scrollbar-size-vertical: 1; }
    PersonPage #body Static { height: auto; margin-bottom: 1; }
    PersonPage #status { text-style: bold; }
    """

    def __init__(self, desk: PeopleAdmin, event_id: str, user_id: str) -> None:
        super().__init__()
        self._desk = desk
        self._event_id = event_id
        self._user_id = user_id
        self._record: PersonRecord | None = None

    def compose(self) -> ComposeResult:
        """Status, strip, facts."""
        yield Static(_("Asking the backend ..."), id="title", markup=False)
        yield Banner()
        with VerticalScroll(id="body"):
            for name in ("status", "strip", "facts", "acts", "silences"):
                yield Static("", id=name, markup=False)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Ask."""
        self.action_look()

    @work(exclusive=True)
    async def action_look(self) -> None:
        """Ask the backend."""
        banner = self.query_one(Banner)
        try:
            self._record = await self._desk.record(self._event_id, self._user_id)
        except HeadcountError as error:
            trouble = plainly(error)
            banner.show(Level.WARN, trouble.what, trouble.remedy)
        else:
            banner.show(Level.PLAIN, "")
        self._draw()

    def on_resize(self) -> None:
        """The strip is as wide as the screen."""
        self._draw()

    def _draw(self) -> None:
        record = self._record
        if record is None or not self.query("#silences"):
            return
        name = clean_text(record.person.name, 200)
        event = clean_text(record.event.name, 200)
        title = _("{name} at {event}").format(name=name, event=event)
        self.query_one("#title", Static).update(title)
        shown: dict[str, str | Text] = {
            "status": status_line(record),
            "strip": self._strip(record),
            "facts": "\n".join(facts(record)),
            "acts": "\n".join(acts(record)),
            "silences": "\n".join(silences(record)),
        }
        for name, content in shown.items():
            line = self.query_one(f"#{name}", Static)
            line.update(content)
            line.display = bool(content)

    def _strip(self, record: PersonRecord) -> Text:
        symbols, width = look_of(self).symbols, max(10, self.size.width - 3)
        begin, end = bounds(record)
        where = zone(record.event.tz)
        times = [clock_time(ms, where, "%H:%M") for ms in (begin, end)]
        line = Text()
        for mark in marks(record, width):
            line.append(symbol(mark, symbols), STYLES[mark])
        gap = " " * max(1, width - len(times[0]) - len(times[1]))
        return Text("\n").join([line, Text(gap.join(times), "dim"), Text(legend(symbols), "dim")])

    def action_scroll(self, by: int) -> None:
        """A record can be long."""
        self.query_one("#body").scroll_relative(y=by, animate=False)
