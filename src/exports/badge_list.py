"""The badges that people hold now, as a list to be printed and ticked off."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from html import escape

from ..core.badges import BadgePeriod
from ..core.identity import clean_text
from ..core.spreadsheet import defuse
from .times import iso

LAST = 4
"""Digits that are shown: enough to tell a hall's badges apart, and no id that could be sent."""
TITLES = ("Person", "Badge", "Since", "Given by")
_STYLE = (
    "body{font:12pt system-ui,sans-serif;margin:2em}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #999;padding:.3em .6em;text-align:left}"
    "thead{display:table-header-group}tr{break-inside:avoid}"
    "td.box{width:1.5em;border:1px solid #000}"
    "@page{size:A4;margin:15mm}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class HeldBadge:
    """One badge that somebody holds."""

    name: str
    last: str
    """Its last digits."""
    since: str
    """The day, ISO 8601, UTC; empty: ever since."""
    by: str
    """Who gave it."""


def held_badges(name: str, periods: Iterable[BadgePeriod]) -> Iterator[HeldBadge]:
    """Those that a person holds now."""
    for period in periods:
        if period.valid_to is None:
            last = period.ble_uuid[-LAST:]
            yield HeldBadge(
                clean_text(name, 200), last, _day(period.valid_from), clean_text(period.added_by)
            )


def _day(ms: int | None) -> str:
    return "" if ms is None else iso(ms, UTC)[:10]


def as_csv(rows: Sequence[HeldBadge]) -> str:
    """RFC 4180; formulas defused."""
    lines = _Lines()
    writer = csv.writer(lines)
    writer.writerow(TITLES)
    for row in rows:
        writer.writerow([defuse(cell) for cell in _cells(row)])
    return "".join(lines)


class _Lines(list[str]):
    """What a csv.writer writes to."""

    write = list.append


def as_html(rows: Sequence[HeldBadge], title: str) -> str:
    """One page for paper, with a box to tick; it needs no script and asks no host."""
    heading = escape(clean_text(title, 200))
    heads = "".join(f'<th scope="col">{each}</th>' for each in TITLES)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(row))
        + '<td class="box"></td></tr>\n'
        for row in rows
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{heading}</title><style>{_STYLE}</style></head>\n<body><h1>{heading}</h1>\n"
        f"<table><thead><tr>{heads}<th></th></tr></thead>\n<tbody>\n{body}</tbody></table>"
        "</body></html>\n"
    )


def _cells(row: HeldBadge) -> tuple[str, str, str, str]:
    return (row.name, row.last, row.since or "ever since", row.by)
