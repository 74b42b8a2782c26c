"""The audit log as CSV, and what of it is JSON as text."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping

from .audit import AuditRow
from .identity import clean_text
from .spreadsheet import defuse

_CELL_LIMIT = 4_000
"""Characters of a cell: more than any entry has, less than a spreadsheet refuses."""


def csv_lines(rows: Iterable[AuditRow]) -> Iterator[str]:
    """The header, then a line for each entry."""
    columns = AuditRow.__slots__
    yield _line(columns)
    for row in rows:
        yield _line([_cell(getattr(row, name)) for name in columns])


def _line(cells: Iterable[object]) -> str:
    lines = _Lines()
    csv.writer(lines).writerow(cells)
    return "".join(lines)


class _Lines(list[str]):
    """What a csv.writer writes to."""

    write = list.append


def _cell(value: object) -> object:
    if isinstance(value, Mapping) or value is None:
        return as_json(value) if value else ""
    return defuse(clean_text(value, _CELL_LIMIT)) if isinstance(value, str) else value


def as_json(value: object) -> str:
    """Compact JSON without control characters."""
    words = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return clean_text(words, _CELL_LIMIT)
