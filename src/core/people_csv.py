"""People from a CSV file: columns name, email, bleUuid, in any order and case."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

from .backend import PersonRow, RowError
from .errors import UsageError
from .identity import canonical, clean_text

NAME, EMAIL, BLE_UUID = "name", "email", "bleuuid"
EMAIL_LIMIT = 254
"""Characters of an address, RFC 5321, 4.5.3.1.3."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def parse_people(text: str) -> tuple[list[PersonRow], list[RowError]]:
    """Split a file into good rows and row errors. Raises UsageError if the columns are wrong.

    Rows are numbered as an editor shows them (the header is 1). A comma, semicolon or tab separates
    the cells: spreadsheets in many countries write semicolons.
    """
    lines = [f"{line}\n" for line in text.removeprefix("\ufeff").split("\n")]
    header = lines[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(lines, delimiter=delimiter, strict=True)
    _check_columns(reader)
    rows: list[PersonRow] = []
    errors: list[RowError] = []
    try:
        for cells in reader:
            parsed = _row(reader.line_num, cells)
            if isinstance(parsed, PersonRow):
                rows.append(parsed)
            else:
                errors.append(parsed)
    except csv.Error as error:
        errors.append(RowError(reader.line_num, f"not readable as CSV from here on: {error}"))
    return rows, errors


def _check_columns(reader: csv.DictReader[str]) -> None:
    names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    missing = [column for column in ("name", "email", "bleUuid") if column.lower() not in names]
    if missing:
        raise UsageError(
            f"The first line lacks the column {', '.join(missing)}.",
            remedy="It must name the columns: name,email,bleUuid",
        )
    reader.fieldnames = names


def _row(line: int, cells: Mapping[str | None, object]) -> PersonRow | RowError:
    if None in cells:
        return RowError(line, "more cells than the first line has columns")
    name = clean_text(str(cells[NAME] or ""))
    email = clean_text(str(cells[EMAIL] or ""), EMAIL_LIMIT).lower()
    badge = str(cells[BLE_UUID] or "").strip()
    ble_uuid = canonical(badge) if badge else ""
    if not name:
        return RowError(line, "name is empty")
    if email and not _EMAIL.fullmatch(email):
        return RowError(line, f"email {email!r} is no address")
    if ble_uuid is None:
        return RowError(line, f"bleUuid {clean_text(badge)!r} is not 32 hexadecimal digits")
    if not email and not ble_uuid:
        return RowError(line, "neither email nor bleUuid: nothing to know this person by")
    return PersonRow(line, name, email, ble_uuid)
