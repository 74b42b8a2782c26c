"""The report's screen: who came, live, with plots; sort, filter, drill down, compare, export."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from contextlib import aclosing
from typing import Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ...core.report import PersonRow, Report
from ...core.report_table import split_keys
from ..keys import USUAL
from ..look import look_of
from ..screens.ask import Ask, Told
from ..screens.base import Page
from ..screens.record import RecordDialog
from ..times import clock_time, zone
from ..widgets.banner import Banner
from ..widgets.key_footer import KeyFooter
from ..widgets.table import Rows, Table
from ..words import N_, _
from .person import PersonPage
from .ports_people import PeopleAdmin
from .ports_report import HasReports, ReportDesk
from .report_state import ReportState, ReportWords

MOMENT_SECONDS = 1.0
"""A report that is kept comes sooner; of one that has to be made it is said what goes on."""


class ReportPage(Page):
    """Totals and plots over the people."""

    TITLE_WORDS = N_("Report")
    ABOUT = N_(
        "Who attended, as of now: it changes by itself when a scanner syncs. Provisional until "
        "every scanner is in. Enter shows all that is known of a person, {report_why} why the "
        "status is what it is. An export has the same rows; the end of the file's name says the "
        "form: csv, xlsx, json, html or pdf; JSON has everything, whatever the columns."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["fetch"], "fetch", N_("Fetch attendance data"), id="fetch"),
        Binding(USUAL["filter"], "filter", N_("Filter"), id="filter", key_display="/"),
        Binding(USUAL["report_order"], "order", N_("Order"), id="report_order", show=False),
        Binding(
            USUAL["report_status"], "status", N_("Only one status"), id="report_status", show=False
        ),
        Binding(USUAL["report_compare"], "compare", N_("Compare"), id="report_compare", show=False),
        Binding(USUAL["report_export"], "export", N_("Export"), id="report_export"),
        Binding(USUAL["report_why"], "why", N_("Why"), id="report_why"),
        Binding("escape", "clear", N_("Clear the filter"), show=False),
    ]
    AUTO_FOCUS = "#people"
    DEFAULT_CSS = """
    ReportPage #totals { height: 1; padding: 0 1; }
    ReportPage #plots { height: auto; max-height: 8; padding: 0 1; color: $text-muted; }
    ReportPage #letters { display: none; margin: 0 1; background: $surface; }
    ReportPage.-filtering #letters { display: block; }
    ReportPage #order { height: 1; padding: 0 1; color: $text-muted; }
    ReportPage #people { height: 1fr; }
    """

    def __init__(self, desk: ReportDesk, event_id: str, people: PeopleAdmin | None = None) -> None:
        super().__init__()
        self._people = people
        self._desk = desk
        self._event_id = event_id
        self._state = ReportState()
        self._plots: tuple[Report | None, list[str]] = None, []
        """The lines of plots; of 10,000 people they take longer than all other drawing."""

    def compose(self) -> ComposeResult:
        """Title, banner, totals, plots, filter, people."""
        yield Static(_("Report"), id="title", markup=False)
        yield Banner()
        yield Static("", id="totals", markup=False)
        yield Static("", id="plots", markup=False)
        yield Input(placeholder=_("some letters of the name"), id="letters", compact=True)
        yield Static("", id="order", markup=False)
        yield Table(self._words().columns(), id="people")
        yield KeyFooter()

    def _words(self) -> ReportWords:
        report = self._state.report
        where = zone(report.event.tz if report else "UTC")
        provisional = bool(report and report.provisional)
        return ReportWords(where, look_of(self).symbols, provisional)

    def on_mount(self) -> None:
        """Follow the report."""
        self._draw()
        self._follow()
        self.set_timer(MOMENT_SECONDS, self._is_late)

    def _is_late(self) -> None:
        self._state.late = True
        if self._state.report is None:
            self._draw()

    @work(exclusive=True, group="follow")
    async def _follow(self) -> None:
        async with aclosing(self._desk.follow(self._event_id)) as reports:
            async for report in reports:
                self._came(report)

    def _came(self, report: Report | HeadcountError) -> None:
        if isinstance(report, HeadcountError):
            self._state.error = report
        else:
            self._state.report, self._state.error = report, None
        self._draw()

    def _draw(self) -> None:
        if not self.query("#people"):
            return  # the screen goes
        state, words = self._state, self._words()
        level, what, more = state.banner()
        more = more.replace("{fetch}", self.headcount.key_of("fetch"))
        self.query_one(Banner).show(level, what, more)
        if state.report:
            self._draw_head(state.report, words)
        self.query_one("#order", Static).update(Text(state.order()))
        table = self.query_one("#people", Table)
        table.empty = state.empty()
        table.show(Rows(state.shown(), _key, words.cells))

    def _draw_head(self, report: Report, words: ReportWords) -> None:
        where = zone(report.event.tz)
        made = clock_time(report.generated_at, where)
        room = max(0, self.size.width - 3 - len(made))
        name = _("Report: {event}").format(event=clean_text(report.event.name, 200))
        self.query_one("#title", Static).update(Text(f"{name[:room]:<{room}} {made}"))
        self.query_one("#totals", Static).update(Text(words.totals(report)))
        room = self.size.width - 2
        more = look_of(self).symbols.more
        if self._plots[0] is not report:
            self._plots = report, words.plots(report)
        plots = [line if len(line) <= room else line[: room - 1] + more for line in self._plots[1]]
        self.query_one("#plots", Static).update(Text("\n".join(plots)))

    def on_resize(self) -> None:
        """Lines are cut to the width."""
        self._draw()

    # --- acts ---

    @work(exclusive=True, group="fetch")
    async def action_fetch(self) -> None:
        """Ask the backend now."""
        try:
            self._came(await self._desk.fetch(self._event_id))
        except HeadcountError as error:
            self._came(error)
            return
        said = _("The report is as of now.") if self._state.synced else _("Nothing has come yet.")
        self.notify(said, markup=False)

    def action_order(self) -> None:
        """Sort in another way."""
        self._state.next_sort()
        self._draw()

    def action_status(self) -> None:
        """Only one status."""
        self._state.next_status()
        self._draw()

    def action_filter(self) -> None:
        """Type letters."""
        self.add_class("-filtering")
        self.query_one("#letters", Input).focus()

    @on(Input.Changed, "#letters")
    def typed(self, event: Input.Changed) -> None:
        """Show who fits."""
        self._state.letters = event.value
        self._draw()

    @on(Input.Submitted, "#letters")
    def submitted(self) -> None:
        """To the people."""
        self.query_one("#people", Table).focus()

    def action_clear(self) -> None:
        """Everybody again."""
        self.query_one("#letters", Input).value = ""
        self._state.status = None
        self.remove_class("-filtering")
        self.query_one("#people", Table).focus()
        self._draw()

    @on(Table.Chosen)
    def chosen(self, event: Table.Chosen) -> None:
        """All that is known of a person."""
        row = next((row for row in self._state.shown() if row.user_id == event.key), None)
        if row is not None:
            self.app.push_screen(RecordDialog(self._words().person(row), ""))

    def action_why(self) -> None:
        """The person's record, with the rule that decided and what it rests on."""
        if self._people is not None and (user_id := self.query_one("#people", Table).chosen):
            self.app.push_screen(PersonPage(self._people, self._event_id, user_id))

    def action_compare(self) -> None:
        """With another event."""
        ask = Ask(_("Compare with which event?"), _("Its id, or letters of its name."))
        self.app.push_screen(ask, self._compare_with)

    def _compare_with(self, name: str | None) -> None:
        if name:
            self._told(self._compare(name))

    async def _compare(self, name: str) -> None:
        wanted = name.casefold()
        others = [each for each in await self._desk.events() if each.id != self._event_id]
        fit = [each for each in others if each.id == name] or [
            each for each in others if wanted in each.name.casefold()
        ]
        if self._state.report is None or not fit:
            self.notify(_("No other event fits."), severity="warning", markup=False)
            return
        other = await self._desk.fetch(fit[-1].id)
        lines = self._words().comparison(self._state.report, other)
        self.app.push_screen(Told(_("Compared"), [clean_text(line, 500) for line in lines]))

    @work(exclusive=True, group="export")
    async def action_export(self) -> None:
        """Ask for file and columns."""
        kept = ",".join(await self._desk.columns())
        suggested = f"report-{self._event_id}.xlsx" + (f" {kept}" if kept else "")
        more = _(
            "csv, xlsx, json, html or pdf. After the name, if wanted: name,status,firstSeen,..."
        )
        ask = Ask(_("Export to which new file?"), more, suggested)
        self.app.push_screen(ask, self._export_to)

    def _export_to(self, text: str | None) -> None:
        if text:
            self._told(self._export(text))

    async def _export(self, text: str) -> None:
        if self._state.report is None:
            return
        file, keys = _file_and_columns(text)
        path = await self._desk.export(self._state.report, file, keys)
        self.notify(_("Saved: {file}").format(file=path), markup=False)

    @work(exclusive=True, group="told")
    async def _told(self, act: Coroutine[Any, Any, None]) -> None:
        """Do it, and tell what went wrong."""
        try:
            await act
        except HeadcountError as error:
            self.notify(str(error), severity="error", markup=False)


def _key(row: PersonRow) -> str:
    return row.user_id


def _file_and_columns(text: str) -> tuple[str, Sequence[str]]:
    """`report.csv name,status`: a file, and keys after its last space if they look like keys."""
    file, space, keys = text.rpartition(" ")
    if space and "." not in keys and "/" not in keys:
        return file.strip(), split_keys(keys)
    return text, ()


def make(admin: HasReports, event_id: str) -> Page:
    """For the registry."""
    return ReportPage(admin.reports(), event_id, admin.people())
