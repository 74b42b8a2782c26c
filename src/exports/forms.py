"""The forms in which a report leaves the program, and who writes which."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import IO

from ..core.report import Report
from ..core.report_log import LogEntry
from ..core.report_table import log_sheet, people_sheet
from .csv_form import write_csv
from .json_form import write_json
from .page import as_html
from .pdf import MOST_PEOPLE, as_pdf
from .times import zone_or_utc
from .xlsx import write_log_xlsx, write_xlsx


class Form(StrEnum):
    """A file format, by its usual suffix."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"
    PDF = "pdf"


MEDIA_TYPES = {
    Form.JSON: "application/json",
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.HTML: "text/html; charset=utf-8",
    Form.PDF: "application/pdf",
}

LOG_FORMS = (Form.JSON, Form.CSV, Form.XLSX)
"""A million rows are nothing for paper."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants an export."""

    form: Form
    columns: Sequence[str] = ()
    """Keys in order; none: the form's usual ones."""
    bom: bool = False
    """CSV begins with a byte order mark, which Excel on Windows needs."""


def render(report: Report, wish: Wish, *, most_on_paper: int = MOST_PEOPLE) -> bytes:
    """The report in any form but JSON, which is the wire's. Raises UsageError."""
    if wish.form is Form.HTML:
        return as_html(report, wish.columns)
    if wish.form is Form.PDF:
        page = as_html(report, wish.columns)
        return as_pdf(page, len(report.people), most=most_on_paper)
    out = io.BytesIO()
    if wish.form is Form.XLSX:
        write_xlsx(report, out, columns=wish.columns)
    else:
        sheet = people_sheet(report, wish.columns)
        write_csv(sheet, zone_or_utc(report.event.tz), out, bom=wish.bom)
    return out.getvalue()


def write_log(
    entries: Iterable[LogEntry], wish: Wish, out: IO[bytes], *, event_id: str, zone: tzinfo
) -> None:
    """The full log in one of LOG_FORMS, row by row. Raises UsageError for an unknown column."""
    sheet = log_sheet(entries, wish.columns)
    if wish.form is Form.XLSX:
        write_log_xlsx(sheet, zone, out)
    elif wish.form is Form.CSV:
        write_csv(sheet, zone, out, bom=wish.bom)
    else:
        write_json(sheet, out, event_id=event_id)
