"""One person at one event: the record, and why the status is what it is."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import ClassVar, Literal

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from ...core.attendance import status_word
from ...core.corrections import NewCorrection, Standing
from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ...core.model import Event
from ...core.person_record import PersonRecord
from ..keys import USUAL
from ..look import Level, look_of
from ..screens.base import Page
from ..times import clock_time, zone
from ..widgets.banner import Banner
from ..widgets.key_footer import KeyFooter
from ..words import N_, _
from .correct_form import CorrectForm
from .person_words import acts, facts, legend, silences, status_line
from .personal import ask_to_erase, ask_where
from .plainly import plainly
from .ports_people import PeopleAdmin
from .strip import Mark, bounds, marks, symbol
from .telling import tell

STYLES = {Mark.HEARD: "bold", Mark.HERE: "", Mark.AWAY: "dim", Mark.DEAF: "bold"}


class PersonPage(Page):
    """Everything that is known of one person at one event."""

    TITLE_WORDS = N_("Record of a person")
    ABOUT = N_(
        "The line of symbols goes from the opening of check-in to the end of the event. The "
        "status is derived from the facts below by the event's rules, each time anew: other "
        "rules, or records that come later, can change it. {fetch} asks the backend again. A "
        "correction needs a reason, and stays on record; {person_take_back} takes back the last "
        "act by hand that holds. {person_export} writes all that is stored about the person to "
        "a file; {person_erase} erases the person, after it has shown what would go."
    )
    PARTS: ClassVar[tuple[str, ...]] = ("status", "strip", "facts", "acts", "silences")
    """What is below the title, by the names of the widgets."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["person_check_in"], "check_in", N_("Check in"), id="person_check_in"),
        Binding(USUAL["person_excuse"], "excuse", N_("Excuse"), id="person_excuse"),
        Binding(USUAL["person_take_back"], "take_back", N_("Take back"), id="person_take_back"),
        Binding(USUAL["person_export"], "export", N_("Export"), id="person_export"),
        Binding(USUAL["person_erase"], "erase", N_("Erase"), id="person_erase"),
        Binding(USUAL["fetch"], "look", N_("Look again"), id="fetch", show=False),
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
            for name in self.PARTS:
                yield Static("", id=name, markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Ask."""
        self.action_look()

    @work(exclusive=True, group="look")
    async def action_look(self) -> None:
        """Ask the backend."""
        banner = self.query_one(Banner)
        try:
            await self.ask()
        except HeadcountError as error:
            trouble = plainly(error)
            banner.show(Level.WARN, trouble.what, trouble.remedy)
        else:
            banner.show(Level.PLAIN, "")
        self._draw()

    async def ask(self) -> None:
        """Ask for what is shown. Raises HeadcountError."""
        self._record = await self._desk.record(self._event_id, self._user_id)

    def on_resize(self) -> None:
        """The strip is as wide as the screen."""
        self._draw()

    def _draw(self) -> None:
        found = self.whom()
        if found is None or not self.query(f"#{self.PARTS[-1]}"):
            return
        name, event = found
        title = _("{name} at {event}").format(name=name, event=clean_text(event.name, 200))
        self.query_one("#title", Static).update(title)
        for part, content in self.parts().items():
            line = self.query_one(f"#{part}", Static)
            line.update(content)
            line.display = bool(content)

    def whom(self) -> tuple[str, Event] | None:
        """The person's name and the event, once they are known."""
        record = self._record
        return (clean_text(record.person.name, 200), record.event) if record else None

    def parts(self) -> dict[str, str | Text]:
        """What is shown, by the names of the widgets; empty: nothing is shown there."""
        record = self._record
        if record is None:
            return {}
        return {
            "status": status_line(record),
            "strip": self._strip(record),
            "facts": "\n".join(facts(record)),
            "acts": "\n".join(acts(record)),
            "silences": "\n".join(silences(record)),
        }

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

    # --- corrections ---

    def action_check_in(self) -> None:
        """By hand, afterwards."""
        more = _("A check-in by hand counts like a sighting; how long one stayed is not asked.")
        self._ask(_("Check {name} in by hand"), more, "manual", timed=True)

    def action_excuse(self) -> None:
        """Not absent, but excused."""
        more = _("Counts as long as nothing was seen of the person.")
        self._ask(_("Excuse {name}"), more, "excused")

    @work(exclusive=True, group="acts")
    async def action_take_back(self) -> None:
        """The last act by hand that holds."""
        try:
            known = await self._desk.acts(self._event_id, self._user_id)
        except HeadcountError as error:
            self.notify(str(plainly(error)), severity="error", markup=False)
            return
        if not known:
            self.notify(_("Nothing was done by hand that holds."), markup=False)
            return
        last = known[-1]
        why = clean_text(last.why, 200) or _("no reason given")
        more = _("By {by}: {why}").format(by=clean_text(last.by), why=why)
        headline = _("Take back: {what}, {name}").format(what=_(last.kind), name="{name}")
        self._ask(headline, more, "void", record_id=last.record_id)

    def _ask(
        self,
        headline: str,
        more: str,
        kind: Literal["manual", "excused", "void"],
        *,
        timed: bool = False,
        record_id: str = "",
    ) -> None:
        found = self.whom()
        if found is None:
            return
        name, event = found
        form = self.form(headline.format(name=name), more, event, timed=timed)
        user_id = "" if record_id else self._user_id

        def answered(answer: str | None) -> None:
            if answer:
                wanted = NewCorrection(kind, form.why, user_id, form.time_ms, record_id)
                self.correct(wanted)

        self.app.push_screen(form, answered)

    def form(self, headline: str, more: str, event: Event, *, timed: bool) -> CorrectForm:
        """The window that asks for reason and time."""
        return CorrectForm(headline, more, event, timed=timed)

    def correct(self, wanted: NewCorrection) -> None:
        """Put it on record."""
        self._correct(wanted)

    @work(exclusive=True, group="acts")
    async def _correct(self, wanted: NewCorrection) -> None:
        try:
            done = await self._desk.correct(self._event_id, wanted)
        except HeadcountError as error:
            self.notify(str(plainly(error)), severity="error", timeout=10, markup=False)
            return
        if done.before and done.after:
            before, after = (self._status(each) for each in (done.before, done.after))
            said = _("On record. Before: {before}, now: {after}.")
            self.notify(said.format(before=before, after=after), markup=False)
        self.action_look()

    def _status(self, standing: Standing) -> str:
        provisional = bool(self._record and self._record.missing)
        return _(status_word(standing.status, provisional=provisional))

    # --- the person's data ---

    def action_export(self) -> None:
        """All that is stored about the person."""
        ask_where(self.app, self._do, self._desk.personal(), self._user_id)

    def action_erase(self) -> None:
        """Make the person anonymous, after a preview."""
        if self._record is not None:
            name = clean_text(self._record.person.name, 200)
            desk = self._desk.personal()
            self._do(ask_to_erase(self.app, self._do, desk, self._user_id, name, self.action_back))

    @work(group="acts")
    async def _tell(self, act: Awaitable[str]) -> None:
        await tell(self, act)

    def _do(self, act: Awaitable[str]) -> None:
        self._tell(act)

    def action_scroll(self, by: int) -> None:
        """A record can be long."""
        self.query_one("#body").scroll_relative(y=by, animate=False)
