"""Whom the answer-back beacon names: the last counted, for some minutes, a few at a time."""

from __future__ import annotations

from collections.abc import Iterable

from .answer_back import ENTRIES, Counted, encode
from .model import Hearing, HearingChanged, Kind
from .news import Acted, News, Sighted

PAGE_MS = 2_000
"""How long one advertisement stays: at four a second a phone that listens half of the time hears it
all the same, and BlueZ is asked for a new one no oftener."""
SHOWN_MS = 120_000
"""How long somebody is named after a sighting: time to look at one's phone."""
MOST = 120
"""So many are named: a round of pages takes a minute, and more don't come through one door."""


class AnswerBoard:
    """Follows a recorder's news. Times are Unix ms; nothing of it is stored."""

    def __init__(self, event_id: str, before: Iterable[Sighted] = ()) -> None:
        """`before`: the first sighting of each badge that is in the log already."""
        self._event_id = event_id
        self._hears = False
        self._first: dict[str, int] = {}
        """When each person (or badge that nobody owns) was counted."""
        self._shown: dict[str, tuple[Counted, int]] = {}
        """Of each badge: what is said of it, and until when. The last counted is the last."""
        for sighted in before:
            self._first.setdefault(_who(sighted), sighted.time_ms)

    def take(self, news: News) -> None:
        """Take up what the recorder tells."""
        if isinstance(news, HearingChanged):
            self._hears = news.state is Hearing.HEARS
        elif isinstance(news, Sighted) and not news.copied:
            self._sighted(news)
        elif isinstance(news, Acted) and news.record.kind is Kind.VOID:
            self._taken_back(news)

    def payload(self, now_ms: int) -> bytes:
        """What is to be on the air now: pages in turn, `PAGE_MS` each, the last counted first."""
        named = [counted for counted, until in self._shown.values() if until > now_ms]
        named.reverse()
        pages = max(1, -(-len(named) // ENTRIES))
        at = now_ms // PAGE_MS % pages * ENTRIES
        return encode(self._event_id, now_ms, named[at : at + ENTRIES], hears=self._hears)

    def _sighted(self, news: Sighted) -> None:
        first = self._first.setdefault(_who(news), news.time_ms)
        self._shown.pop(news.ble_uuid, None)
        self._shown[news.ble_uuid] = Counted(news.ble_uuid, first), news.time_ms + SHOWN_MS
        if len(self._shown) > MOST:
            del self._shown[next(iter(self._shown))]

    def _taken_back(self, news: Acted) -> None:
        badge = news.record.ble_uuid
        self._shown.pop(badge, None)
        for who in (badge, news.person.user_id if news.person else badge):
            self._first.pop(who, None)


def _who(sighted: Sighted) -> str:
    return sighted.person.user_id if sighted.person else sighted.ble_uuid
