"""Times of a report in words and for spreadsheets. Unix ms in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone_or_utc(name: str) -> tzinfo:
    """The time zone of an event; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def moment(ms: int, zone: tzinfo) -> datetime | None:
    """The date and time in a zone; None for one that no calendar has."""
    try:
        return (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return None


def iso(ms: int, zone: tzinfo) -> str:
    """ISO 8601 to the second, with the zone's offset (Z for UTC)."""
    at = moment(ms, zone)
    text = f"{ms} ms" if at is None else at.isoformat(timespec="seconds")
    return text.removesuffix("+00:00") + "Z" if zone is UTC and at is not None else text


def local_time(ms: int, zone: tzinfo) -> str:
    """Date and time to the second."""
    at = moment(ms, zone)
    return f"{ms} ms" if at is None else at.strftime("%Y-%m-%d %H:%M:%S")


def clock_time(ms: int, zone: tzinfo) -> str:
    """Time of day to the second."""
    return local_time(ms, zone).rpartition(" ")[2]
