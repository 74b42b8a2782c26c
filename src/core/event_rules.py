"""An event's rules: what they may be, what they lead to in words, and how they are changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from .attendance import MINUTE_MS, Rules, Status, status_of_stay
from .errors import HeadcountError
from .model import Approval, Event
from .presence import Interval

DAY_MINUTES = 1440
"""The most that window, grace and away time can be: more than a day is a mistake."""

RANGES = {
    "check_in_opens_minutes": (0, DAY_MINUTES),
    "late_after_minutes": (0, DAY_MINUTES),
    "minimum_presence_percent": (0, 100),
    "away_minutes": (1, DAY_MINUTES),
}
"""Of an event's whole numbers; without an away time each sighting would be a stay of its own."""

APPROVALS: Mapping[Approval, str] = {
    "byHand": "Whoever registers waits for an admin's approval.",
    "auto": "Whoever registers is approved at once.",
}
"""What the rule about registrations leads to."""

_ASIDE_MS = 2 * MINUTE_MS
"""How far before and after a limit the examples are."""


class EventChanged(HeadcountError):
    """Somebody else has changed the event since it was read."""


class EventBook(Protocol):
    """The part of the backend that changes events."""

    def update_event(self, before: Event, after: Event) -> Event:
        """Put `after` in the place of `before`, which has the same id, if it is still so.

        Raises EventNotFound, EventChanged.
        """


def out_of_range(rules: Rules) -> tuple[str, int, int] | None:
    """The first rule that has no sense, with its least and greatest value; None for none."""
    for name, (least, most) in RANGES.items():
        if not least <= getattr(rules, name) <= most:
            return name, least, most
    return None


def effect(event: Event, time_of_day: Callable[[int], str]) -> str:
    """What the event's rules lead to, shown on examples. `time_of_day` writes a Unix ms."""
    sentences = [_arrivals(event, time_of_day), _leaving(event, time_of_day)]
    opens = time_of_day(event.start - event.check_in_opens_minutes * MINUTE_MS)
    sentences.append(f"Sightings before {opens} do not count.")
    away = event.away_minutes
    sentences.append(f"A person not heard for more than {away} min counts as away meanwhile.")
    sentences.append(APPROVALS[event.approval])
    return " ".join(sentences)


def _arrivals(event: Event, time_of_day: Callable[[int], str]) -> str:
    limit = event.start + event.late_after_minutes * MINUTE_MS
    early, late = max(event.start, limit - _ASIDE_MS), limit + _ASIDE_MS
    if late >= event.end:
        return "Whoever comes before the end is in time."
    in_time, tardy = (_stay(event, come, event.end) for come in (early, late))
    first = f"Someone who comes at {time_of_day(early)} and stays is {in_time}"
    return f"{first}, at {time_of_day(late)} {tardy}."


def _leaving(event: Event, time_of_day: Callable[[int], str]) -> str:
    least = event.minimum_presence_percent
    if least == 0:
        return "However short the stay, it counts."
    enough = event.start + -(-(event.end - event.start) * least // 100)
    leaves = max(event.start, enough - _ASIDE_MS)
    words = {Status.LEFT_EARLY: "has left early", Status.PARTIAL: "was there in part"}
    status = _stay(event, event.start, leaves)
    told = words.get(status, f"is {status}")
    return (
        f"Who comes at the start and leaves at {time_of_day(leaves)} {told}: "
        f"{least} % of the time are needed, until {time_of_day(enough)}."
    )


def _stay(event: Event, first: int, last: int) -> Status:
    stay = Interval(first, last)
    return status_of_stay(stay, start=event.start, end=event.end, rules=event.rules)
