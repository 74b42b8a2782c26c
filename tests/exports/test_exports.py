"""One row model: screen, HTTP and every export show the same cells."""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.exports.samples import END, FACTS, HOSTILE, MINUTE, START, crowd, sample

from headcount.api.wire import report_from_json
from headcount.cli.report_output import as_json, as_table, render
from headcount.core.errors import UsageError
from headcount.core.report import Report
from headcount.core.report_log import LogEntry, LogMethod
from headcount.core.report_table import LOG_COLUMNS, PEOPLE_COLUMNS, Kind, people_sheet
from headcount.exports import xlsx
from headcount.exports.cells import as_text, for_people
from headcount.exports.forms import Form, Wish, write_log
from headcount.exports.pdf import as_pdf
from headcount.exports.times import zone_or_utc

ZONE = zone_or_utc("Europe/Berlin")
KEYS = tuple(column.key for column in PEOPLE_COLUMNS)
TITLES = [column.title for column in PEOPLE_COLUMNS]


class Page(HTMLParser):
    """The people's table, the tags, and the words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside = self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside |= ("class", "people") in attrs
        if self._inside and tag == "tr":
            self.rows.append([])
        if self._inside and tag in {"td", "th"}:
            self._cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside &= tag != "table"
        self._cell &= tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] += data


def undefused(text: str) -> str:
    return text.removeprefix("'")


def typed(cell: object, kind: Kind) -> object:
    """A workbook's cell as the row model has it."""
    if isinstance(cell, datetime):
        zone = UTC if kind is Kind.UTC_TIME else ZONE
        return round(cell.replace(tzinfo=zone).timestamp() * 1000)
    return undefused(cell) if isinstance(cell, str) else cell


@pytest.mark.parametrize("report", [sample(), sample(END - MINUTE)], ids=["final", "provisional"])
def test_every_form_and_the_wire_have_the_same_rows(report: Report) -> None:
    rows = list(people_sheet(report).rows())
    kinds = [column.kind for column in PEOPLE_COLUMNS]

    written = list(csv.reader(io.StringIO(render(report, "csv").decode())))
    assert written[0] == TITLES
    assert [[undefused(cell) for cell in row] for row in written[1:]] == [
        [as_text(cell, kind, ZONE) for cell, kind in zip(row, kinds, strict=True)] for row in rows
    ]

    sheet = load_workbook(io.BytesIO(render(report, "xlsx"))).worksheets[0]
    head, *lines = sheet.iter_rows(values_only=True)
    assert list(head) == TITLES
    assert [
        tuple(typed(cell, kind) for cell, kind in zip(line, kinds, strict=True)) for line in lines
    ] == rows

    page = Page(render(report, "html", KEYS).decode())
    assert page.rows[0] == TITLES
    assert page.rows[1:] == [
        [for_people(cell, kind, ZONE) for cell, kind in zip(row, kinds, strict=True)]
        for row in rows
    ]

    for over_the_wire in (
        report_from_json(as_json(report)),
        report_from_json(render(report, "json")),
    ):
        assert list(people_sheet(over_the_wire).rows()) == rows

    shown = as_table(report, 250, ("name", "status", "door", "minutes")).decode()
    table = shown.split("\n\n")[1].splitlines()[1:]
    for line, row in zip(
        table, people_sheet(report, ("name", "status", "door", "minutes")).rows(), strict=True
    ):
        assert line.split() == " ".join(str(cell) for cell in row if cell is not None).split()


@pytest.mark.parametrize("form", ["csv", "xlsx", "html", "table"])
def test_columns_and_their_order_are_chosen(form: str) -> None:
    data = render(sample(), form, ("status", "name"))
    if form == "xlsx":
        sheet = load_workbook(io.BytesIO(data)).worksheets[0]
        heads = [cell.value for cell in sheet[1]]
    elif form == "html":
        heads = Page(data.decode()).rows[0]
    elif form == "csv":
        heads = data.decode().splitlines()[0].split(",")
    else:
        heads = data.decode().split("\n\n")[1].splitlines()[0].split()
    assert heads == ["Status", "Name"]


@pytest.mark.parametrize("keys", [("name", "shoeSize"), ("name", "name")])
def test_a_wrong_column_is_refused_with_the_right_ones(keys: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="column") as caught:
        render(sample(), "csv", keys)
    assert "firstSeenUtc" in caught.value.remedy


def test_nobody_is_absent_in_what_people_read_before_all_is_in() -> None:
    report = sample(END - MINUTE)
    workbook = load_workbook(io.BytesIO(render(report, "xlsx")))
    cells = [str(cell.value) for sheet in workbook for row in sheet.iter_rows() for cell in row]
    read = [render(report, form).decode() for form in ("csv", "html", "table")]
    for words in (*read, "\n".join(cells)):
        assert ("not seen yet" in words, "absent" in words) == (True, False)
    assert "1 not seen yet, 1 not expected" in read[-1]
    document = json.loads(render(report, "json"))
    statuses = {row["name"]: row["status"] for row in document["people"]}
    assert (statuses["Dana Dvořák"], document["totals"]["absent"]) == ("absent", 1)
    assert "1 absent, 1 not expected" in render(sample(), "table").decode()


def test_a_correction_is_said_and_counted() -> None:
    row = next(people_sheet(sample(), ("name", "correction", "correctedMs")).rows())
    assert row == ("Ana Lima", "corrected +00:14:03", 843_000)


def test_csv_can_begin_with_a_byte_order_mark() -> None:
    plain = render(sample(), "csv")
    assert render(sample(), "csv", bom=True) == b"\xef\xbb\xbf" + plain


def test_local_time_and_utc_stand_side_by_side() -> None:
    row = render(sample(), "csv", ("checkIn", "checkInUtc")).decode().splitlines()[1]
    assert row == "2025-07-20T10:30:00+02:00,2025-07-20T08:30:00Z"


def test_a_workbook_is_typed_filtered_and_frozen() -> None:
    book = load_workbook(io.BytesIO(render(sample(), "xlsx")))
    assert book.sheetnames == [
        *("People", "Summary", "Unknown badges", "Coverage gaps", "Taken back"),
    ]
    people = book["People"]
    assert people.freeze_panes == "B2"
    assert people.auto_filter.ref == f"A1:U{len(FACTS.people) + 1}"
    kinds = {cell.data_type for row in people.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s", "n", "d"}
    names = [row[0].value for row in people.iter_rows(min_row=2)]
    assert any(str(name).startswith("'=cmd") for name in names)
    summary = [row[0] for row in book["Summary"].iter_rows(values_only=True)]
    assert "Evening <b> (evening)" in summary
    assert "Final: every scanner that sent records is in." in summary
    assert {"Arrivals", "Time present", "Status", "Door of check-in"} <= set(summary)


def entries(count: int) -> Iterator[LogEntry]:
    for n in range(count):
        yield LogEntry(
            START + n, START if n == 1 else None, LogMethod.SCANNED, "u", HOSTILE, "", "Main"
        )


def full(form: Form, count: int = 3, **wish: Any) -> bytes:
    out = io.BytesIO()
    write_log(entries(count), Wish(form, **wish), out, event_id="e", zone=ZONE)
    return out.getvalue()


def test_the_full_log_has_the_same_rows_in_each_form() -> None:
    keys = ("time", "method", "correctedMs", "name")
    document = json.loads(full(Form.JSON, columns=keys))
    name = document["log"][0]["name"]
    assert "\u202e" not in name
    assert document == {
        "eventId": "e",
        "log": [
            dict(zip(keys, (START, "scanned", None, name), strict=True)),
            dict(zip(keys, (START + 1, "scanned", 1, name), strict=True)),
            dict(zip(keys, (START + 2, "scanned", None, name), strict=True)),
        ],
    }
    lines = list(csv.reader(io.StringIO(full(Form.CSV, columns=keys).decode())))
    assert lines[0] == ["Time", "Method", "Corrected ms", "Name"]
    assert [line[2] for line in lines[1:]] == ["", "1", ""]
    assert {line[3] for line in lines[1:]} == {f"'{name}"}
    sheet = load_workbook(io.BytesIO(full(Form.XLSX, columns=keys)))["Log"]
    assert sheet.auto_filter.ref == "A1:D4"
    assert sheet["A2"].value == datetime(2025, 7, 20, 10, 30)  # noqa: DTZ001 - a sheet has no zone


def test_a_log_longer_than_a_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_ROWS", 5)
    book = load_workbook(io.BytesIO(full(Form.XLSX, 9, columns=("time",))))
    assert [(sheet.title, sheet.max_row) for sheet in book] == [
        ("Log", 5), ("Log 2", 5), ("Log 3", 2),
    ]  # fmt: skip


def test_an_empty_log_is_a_table_without_rows() -> None:
    assert full(Form.CSV, 0).decode().count("\n") == 1
    sheet = load_workbook(io.BytesIO(full(Form.XLSX, 0)))["Log"]
    assert [cell.value for cell in sheet[1]] == [column.title for column in LOG_COLUMNS]


def test_the_page_has_no_script_and_no_address() -> None:
    page = render(sample(), "html").decode()
    tags = Page(page).tags
    assert {tag for tag, _ in tags}.isdisjoint({"script", "img", "a", "link", "iframe", "object"})
    named = {value for _, attributes in tags for value in attributes.values() if value}
    assert {value for value in named if "://" in value} == {"http://www.w3.org/2000/svg"}
    assert "url(" not in page
    assert "default-src 'none'" in page
    assert [
        tag for tag, attributes in tags if any(name.startswith("on") for name in attributes)
    ] == []


def test_the_page_can_be_read_by_a_screen_reader() -> None:
    tags = Page(render(sample(), "html").decode()).tags
    assert ("html", {"lang": "en"}) in tags
    plots = [attributes for tag, attributes in tags if tag == "svg"]
    assert len(plots) == 4
    assert all(plot["role"] == "img" and plot["aria-label"] for plot in plots)
    heads = [attributes.get("scope") for tag, attributes in tags if tag == "th"]
    assert set(heads) == {"col", "row"}


def test_a_provisional_report_says_what_is_missing_in_every_form() -> None:
    early = sample(END - MINUTE)
    assert early.provisional
    for form in ("table", "html"):
        text = render(early, form).decode()
        assert "PROVISIONAL" in text
        assert "The event has not ended." in text
    book = load_workbook(io.BytesIO(render(early, "xlsx")))
    assert "PROVISIONAL" in [row[0] for row in book["Summary"].iter_rows(values_only=True)]


def test_a_pdf_is_the_page_on_paper() -> None:
    try:
        pdf = render(sample(), "pdf")
    except UsageError as error:
        pytest.skip(f"needs the Debian package libpango-1.0-0: {error}")
    assert pdf.startswith(b"%PDF-")
    found = re.finditer(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    inside = b"".join(zlib.decompress(each[1]) for each in found if each[1][:1] == b"x")
    assert b"/Pages" in inside
    assert b"DejaVu" in inside


def test_a_pdf_that_would_take_too_long_is_refused() -> None:
    with pytest.raises(UsageError, match="at most 5,000") as caught:
        as_pdf(b"", 5_001)
    assert "HTML" in caught.value.remedy


def test_a_large_page_stays_one_page() -> None:
    page = render(crowd(2_000), "html").decode()
    assert page.count("<tr>") > 2_000
    assert len(page) < 2_000_000
