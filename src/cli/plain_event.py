"""An event made at the station, by one typed line."""

from __future__ import annotations

import re

from ..core.errors import UsageError
from ..core.model import Event
from ..tui.event_text import made_of, proposed, slug
from ..tui.words import _

_A_DATE = re.compile(r"\s*\d{4}-")


def typed_event(text: str, now_ms: int, tz: str) -> Event:
    """`NAME[, START, END[, ID]]`; without times it is on now. Raises UsageError."""
    parts = text.split(",")
    at = next((n for n, part in enumerate(parts) if _A_DATE.match(part)), len(parts))
    name, rest = ",".join(parts[:at]).strip(), [part.strip() for part in parts[at:]]
    start, end, event_id = [*rest, *[""] * 3][:3]
    if not rest:
        start, end = proposed(now_ms, tz)
    try:
        return made_of(name, start, end, event_id or slug(f"{name} {start[:10]}"), tz)
    except ValueError as problem:
        raise UsageError(
            str(problem),
            safe=_("Nothing was written."),
            remedy=_("Such as: new Choir, 2026-05-01 18:00, 2026-05-01 20:00"),
        ) from None
