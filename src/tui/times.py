"""Times and amounts for people. Times come in as Unix milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from .words import _

MINUTE, HOUR, DAY = 60, 3600, 86_400


def zone(name: str) -> tzinfo:
    """An event's time zone; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def clock_time(ms: int, where: tzinfo, form: str = "%H:%M:%S") -> str:
    """The time of day; dashes for a time that no calendar has."""
    try:
        return datetime.fromtimestamp(ms / 1000, tz=where).strftime(form)
    except (OverflowError, ValueError, OSError):
        return "--:--"


def day(ms: int, where: tzinfo) -> str:
    """The date, year first."""
    return clock_time(ms, where, "%Y-%m-%d")


def span(seconds: float) -> str:
    """How long, in one unit: `8 s`, `14 min`, `9 h`, `3 d`."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return _("{n} s").format(n=whole)
    if whole < 2 * HOUR:
        return _("{n} min").format(n=whole // MINUTE)
    if whole < 2 * DAY:
        return _("{n} h").format(n=whole // HOUR)
    return _("{n} d").format(n=f"{whole // DAY:,}")


def when(start_ms: int, end_ms: int, now_ms: int) -> str:
    """Where an event stands: `on now`, `in 3 h`, `3 d ago`."""
    if start_ms <= now_ms <= end_ms:
        return _("on now")
    if now_ms < start_ms:
        return _("in {span}").format(span=span((start_ms - now_ms) / 1000))
    return _("{span} ago").format(span=span((now_ms - end_ms) / 1000))
