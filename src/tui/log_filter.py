"""From what somebody types into the filter to a LogFilter. Pure: the names are an argument."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from ..core.model import Kind
from ..core.review import LogFilter, RecordState
from .words import N_, _

PREFIX = 4
"""Hexadecimal digits from which on a word may be the beginning of a bleUuid."""

_HEX = re.compile(rf"[0-9a-f-]{{{PREFIX},36}}")
_RANGE = re.compile(r"(\d{1,2}:\d\d(?::\d\d)?)?(-|\u2013|\.\.)(\d{1,2}:\d\d(?::\d\d)?)?")
_ONE_TIME = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
_KINDS = {kind.value.casefold(): kind.value for kind in Kind}
STATE_WORDS = {
    RecordState.UNSENT: N_("unsent"),
    RecordState.SENT: N_("sent"),
    RecordState.REFUSED: N_("refused"),
    RecordState.DISCARDED: N_("discarded"),
    RecordState.ASSIGNED: N_("assigned"),
    RecordState.VOID: N_("void"),
    RecordState.DAMAGED: N_("damaged"),
}


class Asked(NamedTuple):
    """What was understood, and what was not."""

    wish: LogFilter
    problem: str = ""


class _Day(NamedTuple):
    """The day that times without a date mean."""

    near_ms: int
    where: tzinfo

    def at(self, text: str) -> int:
        """Unix ms of `18:40`, `18:40:05` or `2026-07-20T18:40`. Raises ValueError."""
        if "T" in text or len(text) > len("18:40:05"):
            moment = datetime.fromisoformat(text)
            return _ms(moment if moment.tzinfo else moment.replace(tzinfo=self.where))
        if not _ONE_TIME.fullmatch(text):
            raise ValueError(text)
        hour, minute, second = (int(part) for part in f"{text}:0".split(":")[:3])
        return _ms(datetime.combine(self._today(), time(hour, minute, second), self.where))

    def _today(self) -> date:
        return datetime.fromtimestamp(self.near_ms / 1000, tz=self.where).date()


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def parse_time(text: str, near_ms: int, where: tzinfo) -> int | None:
    """Unix ms of a time as people write it, on the day of `near_ms`; None for something else."""
    try:
        return _Day(near_ms, where).at(text.strip())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def parse_filter(text: str, names: Mapping[str, str], near_ms: int, where: tzinfo) -> Asked:
    """Understand words: states, kinds, `18:40-19:00`, and names or the beginning of a bleUuid.

    `names` are by bleUuid. Every word of a name must fit, in any order, without accents.
    """
    wish, words = LogFilter(), []
    day, states = _Day(near_ms, where), _states()
    for word in text.split():
        lower = word.casefold()
        if lower in states:
            wish = replace(wish, states=wish.states | {states[lower]})
        elif lower in _KINDS:
            wish = replace(wish, kinds=wish.kinds | {_KINDS[lower]})
        elif _is_about_time(word):
            timed = _with_bound(wish, lower, day) or _with_range(wish, word, day)
            if timed is None:
                return Asked(wish, _not_a_time(word))
            wish = timed
        else:
            words.append(word)
    return Asked(_with_person(wish, words, names))


def _states() -> dict[str, RecordState]:
    """The states' words, as the program and as the operator's language have them."""
    return {
        word.casefold(): state
        for state, english in STATE_WORDS.items()
        for word in (state.value, _(english))
    }


def _is_about_time(word: str) -> bool:
    return (
        word.casefold().startswith(("from:", "to:"))
        or _RANGE.fullmatch(word) is not None
        or _ONE_TIME.fullmatch(word) is not None
    )


def _with_bound(wish: LogFilter, word: str, day: _Day) -> LogFilter | None:
    """`from:18:40`, `to:2026-07-20T19:00`."""
    key, colon, value = word.partition(":")
    moment = parse_time(value.upper(), day.near_ms, day.where) if colon else None
    if moment is None or key not in {"from", "to"}:
        return None
    return replace(wish, since_ms=moment) if key == "from" else replace(wish, until_ms=moment)


def _not_a_time(word: str) -> str:
    return _("{word} is no time. Write 18:40-19:00, or from:18:40.").format(word=word[:20])


def _with_range(wish: LogFilter, word: str, day: _Day) -> LogFilter | None:
    """`18:40-19:00`; a range that ends before it begins goes over midnight."""
    match = _RANGE.fullmatch(word)
    if match is None or not (match[1] or match[3]):
        return None
    try:
        since = day.at(match[1]) if match[1] else None
        until = day.at(match[3]) if match[3] else None
    except ValueError:
        return None
    if since is not None and until is not None and until < since:
        since -= timedelta(days=1) // timedelta(milliseconds=1)
    if until is not None and match[3].count(":") == 1:
        until += 59_999  # to the end of that minute
    return replace(wish, since_ms=since, until_ms=until)


def _with_person(wish: LogFilter, words: list[str], names: Mapping[str, str]) -> LogFilter:
    if not words:
        return wish
    folded = [fold(word) for word in words]
    badges = frozenset(
        badge for badge, name in names.items() if all(word in fold(name) for word in folded)
    )
    prefix = folded[0] if len(folded) == 1 and _HEX.fullmatch(folded[0]) else ""
    return replace(wish, badges=badges, prefix=prefix)


def fold(text: str) -> str:
    """Without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
