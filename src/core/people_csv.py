"""People from a CSV file: columns name, email, bleUuid, in any order and case."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .backend import PersonRow, RowError
from .csv_rows import CellError, CsvRow, read_rows
from .identity import canonical, clean_text

EMAIL_LIMIT = 254
"""Characters of an address, RFC 5321, 4.5.3.1.3."""
COLUMNS = ("name", "email", "bleUuid")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def parse_people(text: str) -> tuple[list[PersonRow], list[RowError]]:
    """Split a file into good rows and row errors. Raises UsageError if the columns are wrong.

    Rows are numbered as an editor shows them (the header is 1).
    """
    rows, wrong = read_rows(text, COLUMNS)
    people, errors = split_people(rows)
    wrong = sorted((*wrong, *errors), key=lambda error: error.row)
    return people, [RowError(error.row, error.message) for error in wrong]


def split_people(rows: Sequence[CsvRow]) -> tuple[list[PersonRow], list[CellError]]:
    """People, and what is wrong with the other rows."""
    parsed = [person_of(row) for row in rows]
    people = [each for each in parsed if isinstance(each, PersonRow)]
    return people, [each for each in parsed if isinstance(each, CellError)]


def person_of(row: CsvRow) -> PersonRow | CellError:
    """The person of a row, or the first thing that is wrong with it."""
    name = clean_text(row.cells["name"])
    email = clean_text(row.cells["email"], EMAIL_LIMIT).lower()
    badge = row.cells.get("bleuuid", "")
    ble_uuid = canonical(badge) if badge else ""
    if not name:
        return row.error("name", "name is empty", "Write the person's name.")
    if email and not _EMAIL.fullmatch(email):
        return row.error("email", f"email {email!r} is no address", "Write it as name@example.org.")
    if ble_uuid is None:
        message = f"bleUuid {clean_text(badge)!r} is not 32 hexadecimal digits"
        return row.error("bleUuid", message, "Copy it again from the badge or the app.")
    if not email and not ble_uuid:
        message = "neither email nor bleUuid: nothing to know this person by"
        return row.error("email", message, "Add one of them.")
    return PersonRow(row.row, name, email, ble_uuid)
