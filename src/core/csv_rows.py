"""Rows of a CSV file as spreadsheets write them, and what is wrong with one, by its cell."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .errors import UsageError
from .identity import clean_text

VALUE_LIMIT = 80
"""Characters of a wrong cell that are shown: enough to find it."""


@dataclass(frozen=True, slots=True)
class CellError:
    """Why a row can't be used. `row` is the line as an editor counts, the header is 1."""

    row: int
    message: str
    column: str = ""
    """As the documentation writes it; empty where the row as a whole is wrong."""
    value: str = ""
    """What stands there, cleaned and cut."""
    remedy: str = ""


class CsvRow(NamedTuple):
    """One row; `cells` by column in lower case, without spaces around."""

    row: int
    cells: Mapping[str, str]

    def error(self, column: str, message: str, remedy: str = "") -> CellError:
        """What is wrong with one cell of this row."""
        value = clean_text(self.cells.get(column.lower(), ""), VALUE_LIMIT)
        return CellError(self.row, message, column, value, remedy)


def read_rows(text: str, required: Sequence[str]) -> tuple[list[CsvRow], list[CellError]]:
    """Split a file into rows and row errors. Raises UsageError if a required column is missing.

    A comma, semicolon or tab separates the cells: spreadsheets in many countries write semicolons.
    Columns may stand in any order and case; others than the required ones are in the cells too.
    Empty lines are skipped. A row's number is that of its first line.
    """
    lines = [f"{line}\n" for line in text.removeprefix("\ufeff").split("\n")]
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[CsvRow] = []
    errors: list[CellError] = []
    line = 1
    try:
        names = _columns(next(reader), required)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(names):
                errors.append(CellError(line, "more cells than the first line has columns"))
            elif any(cell.strip() for cell in cells):
                rows.append(CsvRow(line, _by_column(names, cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        errors.append(CellError(line, f"not readable as CSV from here on: {error}"))
    return rows, errors


def _by_column(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Cells that are missing at a row's end are empty."""
    given = [cell.strip() for cell in cells]
    return dict(zip(names, given + [""] * (len(names) - len(given)), strict=True))


def _columns(header: Sequence[str], required: Sequence[str]) -> list[str]:
    """The columns' names, in lower case. Raises UsageError."""
    names = [name.strip().lower() for name in header]
    missing = [column for column in required if column.lower() not in names]
    if missing:
        raise UsageError(
            f"The first line lacks the column {', '.join(missing)}.",
            remedy=f"It must name the columns: {','.join(required)}",
        )
    return names
