"""An event made at the station: what was typed, read; and what is proposed."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from ..core.identity import clean_text, is_event_id
from ..core.model import Event
from .times import clock_time, zone
from .words import _

FORM = "%Y-%m-%d %H:%M"
HOURS = 2
"""How long an event is that nobody has said the end of: most evenings."""


def proposed(now_ms: int, tz: str) -> tuple[str, str]:
    """Start and end of an event that is on now, as one would type them."""
    hour = datetime.fromtimestamp(now_ms / 1000, tz=zone(tz)).replace(minute=0)
    return hour.strftime(FORM), (hour + timedelta(hours=HOURS)).strftime(FORM)


def made_of(name: str, start: str, end: str, event_id: str, tz: str) -> Event:
    """The event that was typed, with times of the zone. Raises ValueError with words for people."""
    cleaned = clean_text(name)
    if not cleaned:
        raise ValueError(_("Give it a name."))
    begins, ends = moment(start, tz), moment(end, tz)
    if ends <= begins:
        raise ValueError(_("It must end after it starts."))
    if not is_event_id(event_id):
        raise ValueError(_("An id is 1 to 64 letters, digits and . _ ~ : -"))
    return Event(event_id, cleaned, begins, ends, tz)


def moment(text: str, tz: str) -> int:
    """Unix milliseconds of a zone's time. Raises ValueError with words for people."""
    try:
        read = datetime.strptime(text.strip(), FORM).replace(tzinfo=zone(tz))
        return round(read.timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        words = _("{text} is no time. Write it like 2026-05-01 18:00.")
        raise ValueError(words.format(text=repr(clean_text(text)))) from None


def written(ms: int, tz: str) -> str:
    """A time as one would type it."""
    return clock_time(ms, zone(tz), FORM)


def slug(text: str) -> str:
    """An id made of a name: small letters, digits, dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64]
