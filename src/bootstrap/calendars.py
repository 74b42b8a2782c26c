"""Events from an iCalendar file (RFC 5545), as rows that the import of seed files takes."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar

from ..api.seeding import is_zone
from ..core.errors import UsageError
from ..core.identity import clean_text
from ..core.seed import DESCRIPTION_LIMIT, NAME_LIMIT, SeedFile

COLUMNS = ("id", "name", "start", "end", "tz", "description")
_DAY = timedelta(days=1)


class Converted(NamedTuple):
    """What a calendar holds."""

    file: SeedFile
    """A CSV of events, a line each."""
    notes: list[str]
    """What was left out, or not taken over as it stands, for people."""


class _Skipped(Exception):
    """Why an event of a calendar is none here."""


def convert(name: str, text: str) -> Converted:
    """A calendar's events. Raises UsageError for a file that is no calendar.

    An event's id is made of its UID, so that the same calendar again updates.
    """
    calendar = _parse(name, text)
    zone = str(calendar.get("X-WR-TIMEZONE", "UTC"))
    default = ZoneInfo(zone) if is_zone(zone) else ZoneInfo("UTC")
    rows, notes = [], []
    for event in calendar.walk("VEVENT"):
        title = clean_text(str(event.get("SUMMARY", "")), NAME_LIMIT) or "without a name"
        try:
            rows.append(_row(event, default))
        except _Skipped as why:
            notes.append(f"{title}: left out, {why}.")
            continue
        if "RRULE" in event or "RDATE" in event:
            notes.append(f"{title}: it repeats; only the first time was taken.")
    return Converted(SeedFile(f"events of {name}", _csv(rows)), notes)


def _parse(name: str, text: str) -> Calendar:
    try:
        found = Calendar.from_ical(text)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        found = None
    if not isinstance(found, Calendar):
        raise UsageError(
            f"{name} is no iCalendar file.",
            safe="Nothing was imported.",
            remedy="Export the calendar as .ics (it begins with BEGIN:VCALENDAR).",
        )
    return found


def _row(event: Any, default: tzinfo) -> tuple[str, ...]:  # noqa: ANN401 - the library's component
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        raise _Skipped("it is cancelled")
    uid = str(event.get("UID", "")).strip()
    name = clean_text(str(event.get("SUMMARY", "")), NAME_LIMIT)
    if not uid or not name:
        raise _Skipped("it has no UID" if name else "it has no SUMMARY")
    start, end = _times(event, default)
    again = event.get("RECURRENCE-ID")
    which = uid if again is None else f"{uid} {again.to_ical().decode()}"
    description = clean_text(str(event.get("DESCRIPTION", "")), DESCRIPTION_LIMIT)
    moments = (str(round(start.timestamp() * 1000)), str(round(end.timestamp() * 1000)))
    return (event_id(which), name, *moments, _zone_of(start), description)


def event_id(uid: str) -> str:
    """An event's id for a UID, which may have any form and length."""
    return f"ics-{hashlib.blake2b(uid.encode(), digest_size=8).hexdigest()}"


def _times(event: Any, default: tzinfo) -> tuple[datetime, datetime]:  # noqa: ANN401
    try:
        start = event.decoded("DTSTART")
        end = event.decoded("DTEND") if "DTEND" in event else None
        length = event.decoded("DURATION") if "DURATION" in event else None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _Skipped("its times can't be read") from None
    if not isinstance(start, date) or not isinstance(end, date | None):
        raise _Skipped("its times can't be read")
    begins = _moment(start, default)
    if end is not None:
        ends = _moment(end, default)
    elif isinstance(length, timedelta):
        ends = begins + length
    else:  # RFC 5545, 3.6.1: a date lasts its day, a time has no length
        ends = begins if isinstance(start, datetime) else begins + _DAY
    if ends <= begins:
        raise _Skipped("it has no end after its start")
    return begins, ends


def _moment(when: date, default: tzinfo) -> datetime:
    """A date begins at midnight; a time without a zone is in the calendar's."""
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=default)
    return when if when.tzinfo is not None else when.replace(tzinfo=default)


def _zone_of(moment: datetime) -> str:
    name = str(getattr(moment.tzinfo, "key", "") or moment.tzinfo)
    return name if is_zone(name) else "UTC"


def _csv(rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(_lines(rows))
    return out.getvalue()


def _lines(rows: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    yield COLUMNS
    yield from rows
