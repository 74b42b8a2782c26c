"""What the report's screen shows. No terminal, no clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from ...core.attendance import Status, status_word
from ...core.errors import HeadcountError
from ...core.find import plain
from ...core.report import PersonRow, Report
from ...core.report_series import Axis, Bar, Series, all_series
from ...core.report_table import PEOPLE_COLUMNS, Kind, people_columns
from ..look import Level, Symbols
from ..sentence_words import all_told, told
from ..times import clock_time
from ..widgets.table import Cell, Column
from ..words import N_, _, ngettext

SORTS: dict[str, tuple[str, Callable[[PersonRow], tuple[object, ...]]]] = {
    "arrival": (N_("by arrival"), lambda row: (row.first_seen is None, row.first_seen or 0)),
    "name": (N_("by name"), lambda row: (plain(row.name),)),
    "status": (N_("by status"), lambda row: (list(Status).index(row.status), plain(row.name))),
    "minutes": (N_("by time present"), lambda row: (-row.present_ms, plain(row.name))),
    "door": (N_("by door"), lambda row: (row.scanner_id, plain(row.name))),
}
LEVELS = {
    Status.PRESENT: Level.OK,
    Status.LATE: Level.WARN,
    Status.LEFT_EARLY: Level.WARN,
    Status.PARTIAL: Level.WARN,
    Status.ABSENT: Level.BAD,
}
STATUSES = (
    *(N_("present"), N_("late"), N_("left early"), N_("partial"), N_("absent"), N_("excused")),
    *(N_("not expected"), N_("not seen yet"), N_("low"), N_("medium")),
)
"""For the catalogue: words of statuses, and of how sure a sighting is."""
PLOT_TITLES = (N_("Arrivals"), N_("Time present"), N_("Status"), N_("Door of check-in"))
"""For the catalogue; the series bring them."""

LABELS = (
    *(N_("Name"), N_("Email"), N_("Status"), N_("Check-in"), N_("First seen"), N_("Last seen")),
    *(N_("Minutes"), N_("Stayed"), N_("Door"), N_("Badge"), N_("Registration"), N_("Rule")),
    *(N_("Method"), N_("Sightings"), N_("User id"), N_("Correction"), N_("Corrected ms")),
    N_("Assurance"),
)
"""For the catalogue; the columns of the row model bring them."""

_TITLES = {"stay": "Stayed"}
"""Where the column's own title is another word's in some language: "Stay" is a button, too."""

_WORDS = frozenset({"status", "registration", "method", "assurance"})
"""Columns whose cells are words of the backend, which are shown in the operator's language."""

_VALUES = {column.key: column for column in PEOPLE_COLUMNS}
WORDS_SHOWN = 7
"""Statuses or doors in a line of words."""


@dataclass(slots=True)
class ReportState:
    """The report, and which of its people are shown in which order."""

    report: Report | None = None
    error: HeadcountError | None = None
    other: Report | None = None
    """What it is compared with."""
    late: bool = False
    """It was asked for a moment ago, and nothing has come."""
    letters: str = ""
    status: Status | None = None
    """Only people of this status."""
    sort: str = "arrival"
    _shown: tuple[object, list[PersonRow]] = field(default=(None, []))

    def shown(self) -> list[PersonRow]:
        """The people that the filters let through, in order; kept until something changes."""
        key = (id(self.report), self.letters, self.status, self.sort)
        if self._shown[0] != key:
            self._shown = (key, self._sorted())
        return self._shown[1]

    def _sorted(self) -> list[PersonRow]:
        words = plain(self.letters).split()
        people = self.report.people if self.report else ()
        fit = [
            row
            for row in people
            if self.status in {None, row.status} and _fits(words, plain(row.name))
        ]
        return sorted(fit, key=SORTS[self.sort][1])

    def next_sort(self) -> None:
        """The order after this one."""
        names = list(SORTS)
        self.sort = names[(names.index(self.sort) + 1) % len(names)]

    def next_status(self) -> None:
        """Only the next status that somebody has; after the last one everybody again."""
        held = {row.status for row in self.report.people} if self.report else set()
        choices = [None, *(status for status in Status if status in held)]
        at = choices.index(self.status) if self.status in choices else 0
        self.status = choices[(at + 1) % len(choices)]

    @property
    def synced(self) -> bool:
        """Whether any scanner has sent anything."""
        return bool(self.report and self.report.scanners)

    def banner(self) -> tuple[Level, str, str]:
        """What is to be known first: not synced, provisional, changed since the seal."""
        if self.error is not None:
            more = f"{self.error.safe} {self.error.remedy}".strip()
            return Level.WARN, self.error.what, more
        report = self.report
        if report is None:
            return Level.PLAIN, "", ""
        if not self.synced:
            return (
                Level.WARN,
                _("Attendance data has not been synced."),
                _("No scanner has sent records yet. {fetch} asks again; it also comes by itself."),
            )
        if report.provisional:
            return (
                Level.WARN,
                _("Provisional."),
                "\n".join(all_told(report.missing_said, report.missing)),
            )
        if report.changed:
            words = _("The facts have changed since version {n} was sealed.")
            return Level.WARN, words.format(n=report.seals[-1].version), ""
        return Level.PLAIN, "", ""

    def order(self) -> str:
        """How the people are sorted and filtered, in words."""
        parts = [_(SORTS[self.sort][0])]
        if self.status is not None:
            provisional = bool(self.report and self.report.provisional)
            word = _(status_word(self.status, provisional=provisional))
            parts.append(_("only {status}").format(status=word))
        total = len(self.report.people) if self.report else 0
        shown = len(self.shown())
        if shown != total:
            parts.append(_("{n} of {all}").format(n=f"{shown:,}", all=f"{total:,}"))
        return ", ".join(parts)

    def empty(self) -> str:
        """What stands in a list without people."""
        if self.report is None:
            return self._waiting() if self.error is None else ""
        if not self.report.people:
            return _("Nobody is registered, and nobody was seen.")
        return _("Nobody fits.")

    def _waiting(self) -> str:
        if self.late:
            return _("The backend is making the report: the first time it reads every sighting.")
        return _("Asking the backend ...")


def _absent(report: Report) -> str:
    words = _("{n} not seen yet") if report.provisional else _("{n} absent")
    return words.format(n=f"{report.totals.absent:,}")


def _fits(words: Sequence[str], name: str) -> bool:
    return all(word in name for word in words)


@dataclass(frozen=True, slots=True)
class ReportWords:
    """Puts a report into words, for one time zone and one terminal."""

    where: tzinfo
    symbols: Symbols
    provisional: bool = False
    """Whether the report is: nobody is absent then."""

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column(_("Name"), 14, flex=2),
            Column(_("Status"), 14),
            Column(_("First"), 8),
            Column(_("Last"), 8),
            Column(_("Min"), 4, right=True),
            Column(_("Door"), 14, from_width=92),
            Column(_("Rule"), 16, flex=3),
        ]

    def cells(self, row: PersonRow) -> list[Cell]:
        """A line of the table: the cells of the row model, in the words of the screen."""
        is_open = self.provisional and row.status is Status.ABSENT
        level = Level.DIM if is_open else LEVELS.get(row.status, Level.DIM)
        word = _(status_word(row.status, provisional=self.provisional))
        status = f"{self.symbols.of(level) or ' '} {word}"
        correction = self._text("correction", row)
        rule = told(row.reason, row.rule) + (f"; {correction}" if correction else "")
        return [
            Cell(self._text("name", row)),
            Cell(status, level),
            Cell(self._text("firstSeen", row)),
            Cell(self._text("lastSeen", row)),
            Cell(self._text("minutes", row)),
            Cell(self._text("door", row), Level.DIM),
            Cell(rule, Level.DIM),
        ]

    def _text(self, key: str, row: PersonRow) -> str:
        column = _VALUES[key]
        cell = column.cell(row)
        if isinstance(cell, int) and column.kind is Kind.LOCAL_TIME:
            return clock_time(cell, self.where)
        return "" if cell is None else str(cell)

    def person(self, row: PersonRow) -> list[tuple[str, str]]:
        """All that the report has of a person, label and words."""
        facts = []
        for column in people_columns(self.provisional):
            cell = column.cell(row)
            if cell is None or column.kind is Kind.UTC_TIME:
                continue
            is_time = isinstance(cell, int) and column.kind is Kind.LOCAL_TIME
            form = "%Y-%m-%d %H:%M:%S"
            said = _(str(cell)) if column.key in _WORDS else str(cell)
            if column.key == "rule":
                said = told(row.reason, row.rule)
            words = clock_time(int(cell), self.where, form) if is_time else said
            facts.append((_(_TITLES.get(column.key, column.title)), words))
        return facts

    def totals(self, report: Report) -> str:
        """The counts, and whether the report is final."""
        totals, seals = report.totals, report.seals
        state = _("provisional") if report.provisional else _("final")
        if seals and not report.changed:
            state = _("sealed, version {n}").format(n=seals[-1].version)
        parts = [
            state,
            _("{n} of {all} here").format(n=f"{totals.checked_in:,}", all=f"{totals.registered:,}"),
            _absent(report),
            _("{n} not expected").format(n=f"{totals.not_expected:,}"),
            ngettext("{n} unknown badge", "{n} unknown badges", totals.unknown),
        ]
        return self.symbols.dot.join(parts)

    def plots(self, report: Report) -> list[str]:
        """A line for each plot: bars over time, words and numbers for the others."""
        return [self._line(series) for series in all_series(report) if series.bars]

    def _line(self, series: Series) -> str:
        title = f"{_(series.title)}: "
        if series.axis is Axis.WORDS:
            named = [self._named(series, bar) for bar in series.bars]
            more = f"{self.symbols.dot}{self.symbols.more}" if named[WORDS_SHOWN:] else ""
            return title + self.symbols.dot.join(named[:WORDS_SHOWN]) + more
        steps, most = self.symbols.bars, max(1, series.most)
        drawn = "".join(
            " " if not bar.people else steps[-(-bar.people * len(steps) // most) - 1]
            for bar in series.bars
        )
        first, last = (self._start(series, series.bars[at]) for at in (0, -1))
        peak = max(series.bars, key=lambda bar: bar.people)
        words = _("at most {n}, at {when}").format(
            n=f"{peak.people:,}", when=self._start(series, peak)
        )
        return f"{title}{first} {drawn} {last}, {words}"

    def _named(self, series: Series, bar: Bar) -> str:
        word = _(bar.word) if series.title == "Status" else bar.word
        return f"{word} {bar.people:,}"

    def _start(self, series: Series, bar: Bar) -> str:
        if series.axis is Axis.TIME:
            return clock_time(bar.start, self.where, "%H:%M")
        return _("{n} min").format(n=bar.start)

    def comparison(self, report: Report, other: Report) -> list[str]:
        """Two events side by side: totals, and who came to which."""
        came = [
            {row.user_id for row in each.people if row.check_in_time is not None}
            for each in (other, report)
        ]
        lines = [f"{each.event.name}: {self.totals(each)}" for each in (other, report)]
        lines.append(_("came to both: {n}").format(n=f"{len(came[0] & came[1]):,}"))
        lines.append(_("came before, not now: {n}").format(n=f"{len(came[0] - came[1]):,}"))
        lines.append(_("new now: {n}").format(n=f"{len(came[1] - came[0]):,}"))
        return lines
