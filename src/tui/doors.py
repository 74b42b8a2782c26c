"""The other doors in words: one fact for the trust line, and all that is known for Health."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.lan import Door
from ..core.news import DoorsChanged
from .look import Level
from .ports import Health
from .times import span
from .words import _, ngettext


def door_words(news: DoorsChanged, wall_ms: int) -> tuple[str, Level]:
    """The fact in a few words: how many tell, or who fell silent, and since when."""
    if news.trouble:
        return _("Other doors: not connected"), Level.WARN
    silent = [door for door in news.doors if not door.connected or door.trouble]
    if silent:
        last = max(silent, key=lambda door: door.last_ms)
        words = _("{door} silent for {span}")
        return words.format(door=_short(last), span=_age(last, wall_ms)), Level.WARN
    if not news.doors:
        return _("No other door yet"), Level.DIM
    if len(news.doors) == 1:
        door = news.doors[0]
        words = _("{door} told {span} ago")
        return words.format(door=_short(door), span=_age(door, wall_ms)), Level.OK
    words = ngettext("{n} other door", "{n} other doors", len(news.doors))
    return words, Level.OK


def door_health(news: DoorsChanged, wall_ms: int) -> Iterator[Health]:
    """Everything: each door, what was told and heard, and who was turned away."""
    if news.trouble:
        yield Health(_("Other doors"), news.trouble, good=False)
    for door in news.doors:
        yield _door(door, wall_ms)
        if abs(door.ahead_ms) >= _WRONG_MS:
            by = span(abs(door.ahead_ms) / 1000)
            yield Health(door.scanner_id, _("its clock is {span} off").format(span=by), good=False)
    words = _("{told} records told, {heard} heard; {refused} connections refused")
    counts = {"told": news.told, "heard": news.heard, "refused": news.refused}
    yield Health(_("LAN"), words.format(**{name: f"{n:,}" for name, n in counts.items()}))
    if news.strangers:
        words = ngettext(
            "{n} station with another key or event",
            "{n} stations with another key or event",
            news.strangers,
        )
        yield Health(_("LAN"), words, good=False)


def _door(door: Door, wall_ms: int) -> Health:
    kept = ngettext("{n} record kept here", "{n} records kept here", door.records)
    words = _("last word {span} ago; {kept}").format(span=_age(door, wall_ms), kept=kept)
    remedy = door.trouble
    if not door.connected and not remedy:
        remedy = _("See headcount log peers list")
    return Health(door.scanner_id, words, good=door.connected and not door.trouble, remedy=remedy)


_WRONG_MS = 5_000
"""A clock that is so far off mixes up who came first; less is the network's delay and drift."""


_SHORT = 24
"""Characters of a door's name in the trust line, which has other things to say too."""


def _short(door: Door) -> str:
    return door.scanner_id[:_SHORT].rstrip()


def _age(door: Door, wall_ms: int) -> str:
    return span((wall_ms - door.last_ms) / 1000)
