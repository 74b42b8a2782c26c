"""The report's five forms: table, CSV, JSON, XLSX, HTML. All show the same rows."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from ..core.clocks import ClockNote
from ..core.identity import clean_text
from ..core.report import PersonRow, Report
from ..core.spreadsheet import defuse
from .output import clock_time, local_time, plural, zone_or_utc

if TYPE_CHECKING:
    from rich.table import Table

WIDE = 100
"""Columns of a terminal that hold the whole table."""

COLUMNS = (
    "Name",
    "Email",
    "Status",
    "Check-in",
    "First seen",
    "Last seen",
    "Minutes",
    "Scanner",
    "Badge",
    "Registration",
    "Rule",
    "Method",
    "Corrected ms",
)


def render(report: Report, kind: str) -> bytes:
    """The report as `kind` (one of cli.report.FORMATS)."""
    forms: dict[str, Callable[[Report], bytes]] = {
        "table": as_table,
        "csv": as_csv,
        "json": as_json,
        "xlsx": as_xlsx,
        "html": as_html,
    }
    return forms[kind](report)


def as_json(report: Report) -> bytes:
    """One object, the same as GET /events/{id}/report; in ASCII, so that no terminal is steered."""
    from ..api.wire import report_to_json

    document = json.loads(report_to_json(report))
    return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"


def as_table(report: Report, width: int | None = None) -> bytes:
    """For a terminal: as wide as it is (or `width` columns), or 100 columns in a pipe."""
    from rich.console import Console
    from rich.text import Text

    width = width or _width()
    stream = io.StringIO()
    console = Console(file=stream, width=width, no_color=True, highlight=False, markup=False)
    for line in headline(report):
        console.print(Text(line), soft_wrap=True)
    console.print()
    people = _people(report, wide=width >= WIDE)
    console.print(people if report.people else "Nobody is registered, and nobody was seen.")
    for line in _footer(report):
        console.print(Text(line), soft_wrap=True)
    return stream.getvalue().encode()


def _people(report: Report, *, wide: bool) -> Table:
    """On a narrow terminal without seconds and scanner, so that the rule can be read."""
    from rich.table import Table
    from rich.text import Text

    zone = _zone(report)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Name", "Status", *(("First seen", "Last seen") if wide else ("First", "Last"))):
        table.add_column(column, no_wrap=True)
    table.add_column("Min", no_wrap=True, justify="right")
    if wide:
        table.add_column("Scanner", no_wrap=True)
    table.add_column("Rule")
    for row in report.people:
        times = [_time(seen, zone, clock_time) for seen in (row.first_seen, row.last_seen)]
        seen = times if wide else [time[:5] for time in times]
        scanner = [row.scanner_id] if wide else []
        cells = (
            row.name,
            row.status,
            *seen,
            str(round(row.present_ms / 60_000)),
            *scanner,
            ruled(row),
        )
        table.add_row(*(Text(clean_text(cell, 200)) for cell in cells))
    return table


def headline(report: Report) -> list[str]:
    """The event, the totals, and what is missing."""
    event, totals, zone = report.event, report.totals, _zone(report)
    counts = (
        f"{plural(totals.checked_in, 'person', 'people')} checked in of {totals.registered:,} "
        f"registered, {totals.absent:,} absent, {totals.not_expected:,} not expected, "
        f"{plural(totals.unknown, 'unknown badge')}"
    )
    lines = [
        f"{clean_text(event.name)} ({clean_text(event.id)})",
        f"{local_time(event.start, zone)} to {local_time(event.end, zone)} {clean_text(event.tz)}",
        counts,
        "PROVISIONAL" if report.provisional else "Final: every scanner that sent records is in.",
    ]
    lines.extend(f"  {clean_text(reason, 200)}" for reason in report.missing)
    return lines


def _footer(report: Report) -> Iterator[str]:
    zone = _zone(report)
    if report.unknown:
        yield ""
        yield "Unknown badges (they become check-ins when somebody turns out to own them):"
    for badge in report.unknown:
        yield (
            f"  {clean_text(badge.ble_uuid)}  {clock_time(badge.first_seen, zone)} to "
            f"{clock_time(badge.last_seen, zone)}  {clean_text(badge.scanner_id)}"
        )
    for gap in report.gaps:
        yield (
            f"Coverage gap: {clean_text(gap.scanner_id)} heard nothing from "
            f"{clock_time(gap.start, zone)} to {clock_time(gap.end, zone)} ({clean_text(gap.why)})"
        )
    if report.refused:
        were = "record was" if report.refused == 1 else "records were"
        yield f"{report.refused:,} {were} refused by the server, and kept by the station."
    for note in report.clocks:
        yield clock_line(note, zone)
    for void in report.voids:
        kind, name, by, why = (
            clean_text(text, 200) for text in (void.kind, void.name, void.by, void.why)
        )
        yield (
            f"Taken back: {kind or 'record'} {clean_text(void.record_id, 128)} "
            f"{f'of {name} ' if name else ''}by {by} at {clock_time(void.time, zone)}"
            f"{f' ({why})' if why else ''}"
        )


def as_csv(report: Report) -> bytes:
    """RFC 4180, UTF-8; times in ISO 8601 with the event's offset; formulas defused."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows([defuse(cell) for cell in row] for row in _rows(report))
    return stream.getvalue().encode()


def as_xlsx(report: Report) -> bytes:
    """A workbook with two sheets: people and unknown badges. Every cell is text or a number."""
    from openpyxl import Workbook

    book = Workbook()
    people = book.active
    people.title = "People"
    people.append(COLUMNS)
    for row in _rows(report):
        people.append([defuse(cell) for cell in row])
    unknown = book.create_sheet("Unknown badges")
    unknown.append(("Badge", "First seen", "Last seen", "Sightings", "Scanner"))
    zone = _zone(report)
    for badge in report.unknown:
        first, last = _iso(badge.first_seen, zone), _iso(badge.last_seen, zone)
        id_, scanner = (defuse(clean_text(text)) for text in (badge.ble_uuid, badge.scanner_id))
        unknown.append((id_, first, last, badge.sightings, scanner))
    if report.voids:
        voids = book.create_sheet("Taken back")
        voids.append(("Record", "Kind", "Name", "By", "Time", "Why", "Scanner"))
        for void in report.voids:
            texts = (void.record_id, void.kind, void.name, void.by, _iso(void.time, zone))
            cells = (*texts, void.why, void.scanner_id)
            voids.append([defuse(clean_text(cell, 200)) for cell in cells])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_html(report: Report) -> bytes:
    """One page without scripts that prints well."""
    head = "".join(f"<th scope=col>{html.escape(column)}</th>" for column in COLUMNS)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>\n"
        for row in _rows(report)
    )
    title, *facts = (html.escape(line) for line in headline(report))
    paragraphs = "".join(
        f"<p>{line}</p>\n" for line in [*facts, *map(html.escape, _footer(report))]
    )
    return (
        "<!doctype html>\n<html lang=en><meta charset=utf-8>"
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n<h1>{title}</h1>\n{paragraphs}"
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n</html>\n"
    ).encode()


_STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#111;background:#fff}"
    "table{border-collapse:collapse}th,td{padding:.2em .6em;text-align:left;"
    "border-bottom:1px solid #ccc;vertical-align:top}thead{display:table-header-group}"
)


def _rows(report: Report) -> Iterator[list[str]]:
    zone = _zone(report)
    for row in report.people:
        yield [clean_text(cell, 200) for cell in _cells(row, zone)]


def _cells(row: PersonRow, zone: tzinfo) -> Sequence[str]:
    return (
        row.name,
        row.email,
        row.status,
        _time(row.check_in_time, zone, _iso),
        _time(row.first_seen, zone, _iso),
        _time(row.last_seen, zone, _iso),
        str(round(row.present_ms / 60_000)),
        row.scanner_id,
        row.ble_uuid,
        row.registration,
        row.rule,
        row.method or "",
        str(row.corrected) if row.corrected else "",
    )


def ruled(row: PersonRow) -> str:
    """The rule that decided the status, and whether the times were put right."""
    return f"{row.rule}; corrected {shift(row.corrected)}" if row.corrected else row.rule


def shift(ms: int) -> str:
    """A correction as +HH:MM:SS, with days in front where it is that long."""
    seconds = round(abs(ms) / 1000)
    days, rest = divmod(seconds, 86_400)
    sign, whole = "-" if ms < 0 else "+", f"{plural(days, 'day')} " if days else ""
    return f"{sign}{whole}{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def clock_line(note: ClockNote, zone: tzinfo) -> str:
    """What a scanner's wrong clock did to the times of the report."""
    who = f"Clock: {clean_text(note.scanner_id)}"
    if note.verified:
        least, most = shift(note.least), shift(note.most)
        by = most if least == most else f"{least} to {most}"
        return f"{who} was wrong; its times are corrected by {by}."
    first, last = (local_time(time, zone) for time in (note.first_time, note.last_time))
    return (
        f"{who} can't be verified: the backend was not met during that boot. "
        f"Its times, {first} to {last}, are as it wrote them."
    )


def _time(ms: int | None, zone: tzinfo, form: Callable[[int, tzinfo], str]) -> str:
    return "" if ms is None else form(ms, zone)


def _iso(ms: int, zone: tzinfo) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000, tz=zone).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return str(ms)


def _zone(report: Report) -> tzinfo:
    return zone_or_utc(report.event.tz)


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns
