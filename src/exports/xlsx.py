"""XLSX in constant memory: a million rows of the full log cost no more room than ten.

XlsxWriter writes each row to a file as it comes. Excel knows no time zones: the columns say which
one their times are in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import chain, islice
from typing import IO, Any

from ..core.identity import clean_text
from ..core.report import Report
from ..core.report_log import LogEntry
from ..core.report_series import all_series
from ..core.report_table import Cell, Column, Kind, Sheet, people_sheet
from ..core.spreadsheet import defuse
from .plots import bar_word
from .times import moment, zone_or_utc
from .words import footer, headline

MAX_ROWS = 1_048_576
"""Of one sheet, the header included (Excel's own limit); a longer log goes on in the next sheet."""

WIDTHS = {Kind.TEXT: 20, Kind.NUMBER: 10, Kind.LOCAL_TIME: 19, Kind.UTC_TIME: 19}
"""Characters: a date with its time fits."""

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FIRST_DATE = datetime(1900, 1, 1)  # noqa: DTZ001 - Excel's calendar begins here, without a zone


def write_xlsx(report: Report, out: IO[bytes], *, columns: Sequence[str] = ()) -> None:
    """Write the workbook: people, summary, and whatever else there is."""
    from xlsxwriter import Workbook

    zone = zone_or_utc(report.event.tz)
    with Workbook(out, _OPTIONS) as book:
        writer = _Writer(book, zone)
        writer.sheet(people_sheet(report, columns))
        writer.summary(report)
        for title, kinds, rows in _extras(report):
            if rows:
                writer.sheet(_plain(title, kinds, rows))


def write_log_xlsx(sheet: Sheet[LogEntry], zone: tzinfo, out: IO[bytes]) -> None:
    """Write a workbook of the full log alone."""
    from xlsxwriter import Workbook

    with Workbook(out, _OPTIONS) as book:
        _Writer(book, zone).long(sheet)


class _Writer:
    """Writes sheets one after another."""

    def __init__(self, book: Any, zone: tzinfo) -> None:  # noqa: ANN401 - the library's
        self._book = book
        self._zone = zone
        self._bold = book.add_format({"bold": True, "bottom": 1})
        self._date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def long(self, sheet: Sheet[Any]) -> None:
        """As many sheets as it takes."""
        items = iter(sheet.items)
        number = 1
        for first in items:
            title = sheet.title if number == 1 else f"{sheet.title} {number}"
            some = chain([first], islice(items, MAX_ROWS - 2))
            self.sheet(Sheet(title, sheet.columns, some))
            number += 1
        if number == 1:
            self.sheet(Sheet(sheet.title, sheet.columns, ()))

    def sheet(self, sheet: Sheet[Any]) -> None:
        """A header that stays, a filter over everything, typed cells."""
        page = self._book.add_worksheet(sheet.title)
        page.freeze_panes(1, 1)
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, WIDTHS[column.kind])
            page.write_string(0, place, column.title, self._bold)
        line = 0
        for line, row in enumerate(sheet.rows(), 1):
            self._row(page, line, row, sheet.columns)
        page.autofilter(0, 0, line, len(sheet.columns) - 1)

    def _row(
        self,
        page: Any,  # noqa: ANN401 - the library's
        line: int,
        row: Sequence[Cell],
        columns: Sequence[Column[Any]],
    ) -> None:
        for place, (cell, column) in enumerate(zip(row, columns, strict=True)):
            if cell is None:
                continue
            if isinstance(cell, str):
                page.write_string(line, place, defuse(cell))
            elif column.kind.is_time:
                self._time(page, line, place, cell, column.kind)
            else:
                page.write_number(line, place, cell)

    def _time(self, page: Any, line: int, place: int, ms: int, kind: Kind) -> None:  # noqa: ANN401
        at = moment(ms, UTC if kind is Kind.UTC_TIME else self._zone)
        naive = None if at is None else at.replace(tzinfo=None, microsecond=0)
        if naive is None or naive < _FIRST_DATE:
            page.write_string(line, place, defuse(f"{ms} ms"))
        else:
            page.write_datetime(line, place, naive, self._date)

    def summary(self, report: Report) -> None:
        """The sentences of the report, and the numbers of its plots."""
        page = self._book.add_worksheet("Summary")
        page.set_column(0, 0, 40)
        line = -1
        for line, text in enumerate([*headline(report), *footer(report)]):
            page.write_string(line, 0, defuse(clean_text(text, 500)))
        for series in all_series(report):
            line += 2
            page.write_string(line, 0, series.title, self._bold)
            page.write_string(line, 1, "People", self._bold)
            for bar in series.bars:
                line += 1
                page.write_string(line, 0, defuse(bar_word(series, bar, self._zone)))
                page.write_number(line, 1, bar.people)


_Rows = Sequence[tuple[Cell, ...]]
_Kinds = Sequence[tuple[str, Kind]]
_WHERE = ("Door", Kind.TEXT)


def _extras(report: Report) -> Iterator[tuple[str, _Kinds, _Rows]]:
    first, last = ("First seen", Kind.LOCAL_TIME), ("Last seen", Kind.LOCAL_TIME)
    badges = [(b.ble_uuid, b.first_seen, b.last_seen, b.sightings, b.scanner_id)
              for b in report.unknown]  # fmt: skip
    heads = (("Badge", Kind.TEXT), first, last, ("Sightings", Kind.NUMBER), _WHERE)
    yield "Unknown badges", heads, badges
    gaps = [(gap.scanner_id, gap.start, gap.end, gap.why) for gap in report.gaps]
    span = ("From", Kind.LOCAL_TIME), ("Until", Kind.LOCAL_TIME)
    yield "Coverage gaps", (_WHERE, *span, ("Why", Kind.TEXT)), gaps
    voids = [(v.record_id, v.kind, v.name, v.by, v.time, v.why, v.scanner_id)
             for v in report.voids]  # fmt: skip
    texts = [(title, Kind.TEXT) for title in ("Record", "Kind", "Name", "By")]
    heads_of_voids = (*texts, ("Time", Kind.LOCAL_TIME), ("Why", Kind.TEXT), _WHERE)
    yield "Taken back", heads_of_voids, voids


def _plain(title: str, kinds: _Kinds, rows: _Rows) -> Sheet[tuple[Cell, ...]]:
    columns = tuple(
        Column(name, name, kind, lambda row, at=at: row[at])  # type: ignore[misc] # its own place
        for at, (name, kind) in enumerate(kinds)
    )
    return Sheet(title, columns, rows)
