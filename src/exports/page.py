"""HTML: one page that needs no script and asks no host, for screens of any width and for paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from html import escape
from typing import Any

from ..core.identity import clean_text
from ..core.report import Report
from ..core.report_series import Series, all_series
from ..core.report_table import PAPER_KEYS, Kind, Sheet, people_sheet
from .cells import for_people
from .plots import bar_word, svg
from .times import local_time, zone_or_utc
from .words import footer, headline

_STYLE = """
:root{color-scheme:light dark}
body{font:14px/1.45 system-ui,"DejaVu Sans",sans-serif;margin:1.5em auto;padding:0 1em;
max-width:80em;color:#111;background:#fff}
h1{font-size:1.5em;margin:0 0 .2em}h2{font-size:1.1em;margin:1.6em 0 .4em}
p{margin:.2em 0}p.state{font-weight:bold}
.plots{display:flex;flex-wrap:wrap;gap:1em 2em}
figure{margin:0;flex:1 1 20em;max-width:30em}figcaption{font-weight:bold;margin-bottom:.2em}
svg{width:100%;height:auto;display:block}svg rect{fill:#1f5fa8}svg text{fill:#333}
svg .axis{stroke:#666}
summary{color:#1f4f8a;cursor:pointer}
table{border-collapse:collapse;width:100%}
th,td{padding:.25em .6em;text-align:left;border-bottom:1px solid #ccc;vertical-align:top;
overflow-wrap:anywhere}
th{white-space:nowrap}td.number,th.number{text-align:right}thead{display:table-header-group}
tr{break-inside:avoid}
footer{margin-top:2em;color:#444}
@media screen and (max-width:50em){
table.people,table.people tbody,table.people tr,table.people td,table.people th[scope=row]{
display:block;width:auto}
table.people thead{position:absolute;left:-9999px}
table.people tr{border-bottom:2px solid #999;padding:.5em 0}
table.people td,table.people th[scope=row]{border:0;padding:.1em 0;
text-align:left;white-space:normal}
table.people td::before{content:attr(data-label) ": ";color:#555}
table.people th[scope=row]{font-size:1.05em}
table.people td:empty{display:none}}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}svg rect{fill:#7db3ef}
svg text{fill:#ddd}th,td{border-color:#444}summary{color:#9cc4f5}
table.people td::before,footer{color:#bbb}}
@media print{:root{color-scheme:light}body{color:#000;background:#fff;margin:0;max-width:none;
font-size:10px}svg rect{fill:#555}svg text{fill:#000}details{display:none}
figure,h2{break-inside:avoid;break-after:avoid}}
@page{size:A4 landscape;margin:12mm}
"""
"""At 50em and narrower each person is a block with named lines: no table fits 400 px."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The page can load nothing, whatever somebody's name holds."""


def as_html(report: Report, columns: Sequence[str] = ()) -> bytes:
    """The page. Raises UsageError for a column that is unknown."""
    return "".join(_page(report, people_sheet(report, columns or PAPER_KEYS))).encode()


def _page(report: Report, sheet: Sheet[Any]) -> Iterator[str]:
    zone = zone_or_utc(report.event.tz)
    title, when, counts, state, *missing = (escape(line.strip()) for line in headline(report))
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{title}</title>\n<style>{_STYLE}</style></head>\n<body><main>\n"
        f'<h1>{title}</h1>\n<p>{when}</p>\n<p>{counts}</p>\n<p class="state">{state}</p>\n'
    )
    yield from (f"<p>{reason}</p>\n" for reason in missing)
    yield '<div class="plots">\n'
    yield from (_figure(series, zone) for series in all_series(report) if series.bars)
    yield "</div>\n<h2>People</h2>\n"
    yield from _table(sheet, zone)
    if notes := [line for line in footer(report) if line]:
        yield "<h2>Notes</h2>\n"
        yield from (f"<p>{escape(line)}</p>\n" for line in notes)
    made = local_time(report.generated_at, zone)
    place = escape(clean_text(report.event.tz))
    yield f"</main><footer>As of {made} {place}</footer></body></html>\n"


def _figure(series: Series, zone: tzinfo) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(bar_word(series, bar, zone))}</th>'
        f'<td class="number">{bar.people:,}</td></tr>'
        for bar in series.bars
    )
    return (
        f"<figure><figcaption>{series.title}</figcaption>{svg(series, zone)}"
        f"<details><summary>Numbers</summary><table>{rows}</table></details></figure>\n"
    )


def _table(sheet: Sheet[Any], zone: tzinfo) -> Iterator[str]:
    columns = sheet.columns
    heads = "".join(
        f'<th scope="col"{_class(column.kind)}>{escape(column.title)}</th>' for column in columns
    )
    yield f'<table class="people"><thead><tr>{heads}</tr></thead>\n<tbody>\n'
    for row in sheet.rows():
        first, *others = (
            escape(for_people(cell, column.kind, zone))
            for cell, column in zip(row, columns, strict=True)
        )
        cells = "".join(
            f'<td{_class(column.kind)} data-label="{escape(column.title)}">{text}</td>'
            for text, column in zip(others, columns[1:], strict=True)
        )
        yield f'<tr><th scope="row">{first}</th>{cells}</tr>\n'
    yield "</tbody></table>\n"


def _class(kind: Kind) -> str:
    return ' class="number"' if kind is Kind.NUMBER else ""
