"""The list of those who are checked in, page by page, taken from a report's rows."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.backend import Page
from ..core.report import PersonRow
from .query import wrong_cursor


def attendance_page(people: Sequence[PersonRow], limit: int, cursor: str) -> Page[PersonRow]:
    """One page of those who are checked in; the cursor is the last one's time and user id."""
    after = _place_of(cursor)
    present = sorted(
        (row for row in people if row.check_in_time is not None and _place(row) > after),
        key=_place,
    )
    items = present[:limit]
    is_last = len(present) == len(items)
    return Page(items, "" if is_last else "{}.{}".format(*_place(items[-1])))


def _place(row: PersonRow) -> tuple[int, str]:
    return row.check_in_time or 0, row.user_id


def _place_of(cursor: str) -> tuple[int, str]:
    if not cursor:
        return -1, ""
    time, dot, user_id = cursor.partition(".")
    if not dot or not (time.isascii() and time.isdigit()):
        raise wrong_cursor()
    return int(time), user_id
