"""What `headcount scan` prints of the other doors' stations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..core.news import DoorsChanged
from .output import plural


class DoorNotes:
    """Remembers what was said, so that each change is said once."""

    def __init__(self) -> None:
        self._connected: dict[str, bool] = {}
        self._trouble = ""
        self._document: Mapping[str, object] = {}

    def notes(self, news: DoorsChanged) -> Iterator[str]:
        """A sentence for each door that came or went, and for what stands in the way."""
        if news.trouble and news.trouble != self._trouble:
            yield f"Other doors: {news.trouble} The scan goes on without them."
        self._trouble = news.trouble
        for door in news.doors:
            before = self._connected.get(door.scanner_id, False)
            self._connected[door.scanner_id] = door.connected
            if door.connected and not before:
                everywhere = plural(news.checked_in, "person", "people")
                yield f"Other doors: {door.scanner_id} tells; {everywhere} checked in at all doors."
            elif before and not door.connected:
                kept = plural(door.records, "record")
                yield f"Other doors: {door.scanner_id} fell silent; {kept} of it kept here."

    def document(self, news: DoorsChanged) -> Mapping[str, object] | None:
        """The JSON object; None where nothing but the time has changed."""
        made = doors_dict(news)
        if made == self._document:
            return None
        self._document = made
        return made


def doors_dict(news: DoorsChanged) -> dict[str, object]:
    """Members for programs; no names of people, no badges."""
    return {
        "type": "doors",
        "doors": [
            {
                "scannerId": door.scanner_id,
                "connected": door.connected,
                "records": door.records,
                "trouble": door.trouble or None,
            }
            for door in news.doors
        ],
        "checkedIn": news.checked_in,
        "hereElsewhere": len(news.elsewhere.here),
        "told": news.told,
        "heard": news.heard,
        "refused": news.refused,
        "strangers": news.strangers,
        "trouble": news.trouble or None,
    }
