"""The report for a terminal, and as the files of `exports`. All show the same cells."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from ..core.identity import clean_text
from ..core.report import PersonRow, Report
from ..core.report_table import CELL_LIMIT, Cell, Column, Kind, people_sheet
from ..core.spans import shift
from ..exports.forms import Form, Wish
from ..exports.forms import render as render_form
from ..exports.times import zone_or_utc
from ..exports.words import footer, headline
from .output import clock_time

if TYPE_CHECKING:
    from rich.table import Table

WIDE = 100
"""Columns of a terminal that hold the whole table."""

KEYS = ("name", "status", "firstSeen", "lastSeen", "minutes", "door", "rule")
"""What the terminal shows, unless other columns are asked for."""

NARROW = {"First seen": "First", "Last seen": "Last", "Minutes": "Min", "Door": "Scanner"}
"""Titles where room is short; the terminal says Scanner, as its other tables do."""


def render(report: Report, kind: str, columns: Sequence[str] = (), *, bom: bool = False) -> bytes:
    """The report as `kind` (one of cli.report.FORMATS). Raises UsageError."""
    if kind == "table":
        return as_table(report, columns=columns)
    if kind == "json":
        return as_json(report)
    return render_form(report, Wish(Form(kind), columns, bom))


def as_json(report: Report) -> bytes:
    """One object, the same as GET /events/{id}/report; in ASCII, so that no terminal is steered."""
    from ..api.wire import report_to_json

    document = json.loads(report_to_json(report))
    return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"


def as_csv(report: Report) -> bytes:
    """RFC 4180, UTF-8; times in ISO 8601 with the event's offset; formulas defused."""
    return render(report, "csv")


def as_table(report: Report, width: int | None = None, columns: Sequence[str] = ()) -> bytes:
    """For a terminal: as wide as it is (or `width` columns), or 100 columns in a pipe."""
    from rich.console import Console
    from rich.text import Text

    width = width or _width()
    stream = io.StringIO()
    console = Console(file=stream, width=width, no_color=True, highlight=False, markup=False)
    for line in headline(report):
        console.print(Text(line), soft_wrap=True)
    console.print()
    people = _people(report, columns, wide=width >= WIDE)
    console.print(people if report.people else "Nobody is registered, and nobody was seen.")
    for line in footer(report):
        console.print(Text(line), soft_wrap=True)
    return stream.getvalue().encode()


def _people(report: Report, asked: Sequence[str], *, wide: bool) -> Table:
    """On a narrow terminal without seconds and scanner, so that the rule can be read."""
    from rich.table import Table
    from rich.text import Text

    zone = zone_or_utc(report.event.tz)
    keys = asked or [key for key in KEYS if wide or key != "door"]
    sheet = people_sheet(report, keys)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in sheet.columns:
        table.add_column(
            _title(column, wide=wide),
            no_wrap=column.key != "rule",
            justify="right" if column.kind is Kind.NUMBER else "left",
        )
    for person, row in zip(report.people, sheet.rows(), strict=True):
        cells = (
            _word(column, cell, person, zone, wide=wide)
            for column, cell in zip(sheet.columns, row, strict=True)
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _title(column: Column[PersonRow], *, wide: bool) -> str:
    is_short = not wide or column.key in {"minutes", "door"}
    return NARROW.get(column.title, column.title) if is_short else column.title


def _word(
    column: Column[PersonRow], cell: Cell, person: PersonRow, zone: tzinfo, *, wide: bool
) -> str:
    if column.key == "rule":
        return clean_text(ruled(person), CELL_LIMIT)
    if isinstance(cell, int) and column.kind.is_time:
        time = clock_time(cell, UTC if column.kind is Kind.UTC_TIME else zone)
        return time if wide else time[:5]
    return "" if cell is None else str(cell)


def ruled(row: PersonRow) -> str:
    """The rule that decided the status, and whether the times were put right."""
    return f"{row.rule}; corrected {shift(row.corrected)}" if row.corrected else row.rule


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns
