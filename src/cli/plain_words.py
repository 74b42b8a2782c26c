"""What the line mode says: whole sentences, in the operator's language, without symbols."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from ..core.errors import UsageError
from ..core.identity import clean_text
from ..core.model import HearingChanged, Kind
from ..core.news import Acted, LogTroubled, News, Sending, SendingState, SettingsPushed, Sighted
from ..tui.error_words import said
from ..tui.event_text import written
from ..tui.fleet_words import pushed_words
from ..tui.in_range import ORDERS
from ..tui.look import Level
from ..tui.people_state import act_words
from ..tui.times import clock_time, day, span, when, zone
from ..tui.trust import trust
from ..tui.words import _, ngettext

if TYPE_CHECKING:
    from ..core.errors import HeadcountError
    from ..core.model import Event
    from ..tui.ports import Begun, Ended, Facts, Listed
    from ..tui.state import LiveState


def events(listed: Sequence[Listed], now_ms: int) -> list[str]:
    """A numbered line for each event."""
    return [f"{n}: {_event(each, now_ms)}" for n, each in enumerate(listed, 1)]


def _event(listed: Listed, now_ms: int) -> str:
    event = listed.event
    parts = [
        event_name(event),
        when(event.start, event.end, now_ms),
        day(event.start, zone(event.tz)),
    ]
    if listed.registered is not None:
        parts.append(_("{n} registered").format(n=f"{listed.registered:,}"))
    return ", ".join(parts)


def created(event: Event) -> list[str]:
    """An event was made here."""
    made = _("{name} is made here, from {start} to {end}, {tz}. Its id is {id}.")
    times = {"start": written(event.start, event.tz), "end": written(event.end, event.tz)}
    return [
        made.format(name=event.name, tz=event.tz, id=event.id, **times),
        _("When the backend has an event with the same id, they become one."),
        _("Type: pick {name}").format(name=event.id),
    ]


def event_name(event: Event) -> str:
    """Its name, or its id."""
    return clean_text(event.name) or event.id


def begun(begun: Begun) -> list[str]:
    """A scan has begun."""
    words = _("Scanning for {event} as {scanner}. The log is {log}.")
    lines = [words.format(event=event_name(begun.event), scanner=begun.scanner_id, log=begun.log)]
    if begun.rehearsal:
        lines.append(_("This is a rehearsal with simulated phones; nothing of it is kept."))
    if begun.fetched_ms is None:
        lines.append(_("The roster is not known: badges have no names until it is fetched."))
    else:
        lines.append(
            ngettext("{n} person is on the roster.", "{n} people are on the roster.", begun.roster)
        )
    return [*lines, *begun.warnings]


def ended(ended: Ended) -> list[str]:
    """A scan has ended."""
    from ..tui.receipt import receipt_lines

    return [_("The scan has ended."), *(said.words for said in receipt_lines(ended))]


def status(live: LiveState, facts: Facts, now_ms: int, *, scanning: bool) -> list[str]:
    """Whether the station can be trusted, and the numbers."""
    lines = [level(f.level, f"{f.words}.") for f in trust(live, facts, now_ms, scanning=scanning)]
    counters = live.counters
    numbers = _(
        "{here} here now, {checked_in} checked in, {registered} registered, "
        "{unknown} unknown badges in range."
    )
    names = ("here", "checked_in", "registered", "unknown")
    return [*lines, numbers.format(**{name: f"{getattr(counters, name):,}" for name in names})]


def level(how: Level, words: str) -> str:
    """A sentence that begins with how bad it is."""
    if how is Level.BAD:
        return _("Trouble: {words}").format(words=words)
    return _("Attention: {words}").format(words=words) if how is Level.WARN else words


def error(error: HeadcountError) -> list[str]:
    """What happened, what is safe, what to do."""
    return [line for line in said(error) if line]


def news(news: News, live: LiveState, where: tzinfo) -> list[str]:
    """What is worth a line of its own; nothing for the rest."""
    match news:
        case Sighted():
            return _arrived(news, live, where)
        case Acted():
            return [_acted(news, live)]
        case HearingChanged():
            return [said_radio(news)]
        case LogTroubled():
            return _disk(news)
        case SettingsPushed() | Sending():
            return _of_backend(news)
        case _:
            return []


def _of_backend(news: SettingsPushed | Sending) -> list[str]:
    if isinstance(news, SettingsPushed):
        return pushed_words(news, _("the word accept"))
    if news.state is SendingState.ONLINE:
        return []
    return [f"{news.message} {_('Everything is safe here.')}"]


def _arrived(news: Sighted, live: LiveState, where: tzinfo) -> list[str]:
    newest = live.arrivals[0] if live.arrivals else None
    if not news.arrival or newest is None or newest.time_ms != news.time_ms:
        return []
    time = clock_time(news.time_ms, where)
    if newest.copied:
        words = _("{time}: copied id? {badge} was heard out of its time.")
        return [words.format(time=time, badge=newest.ble_uuid)]
    if not newest.name:
        return [_("{time}: an unknown badge, {badge}.").format(time=time, badge=newest.ble_uuid)]
    words = _("{time}: {name} has arrived.")
    return [words.format(time=time, name=newest.name)]


def _acted(news: Acted, live: LiveState) -> str:
    record, person = news.record, news.person
    if record.kind is not Kind.VOID:
        return act_words(record, person, "")
    was = live.check_ins.book.acts.get(record.of)
    if was is None:
        return _("Taken back: {what}").format(what=clean_text(record.of))
    owner = person if person and person.user_id == was.record.user else None
    return _("Taken back: {what}").format(what=act_words(was.record, owner, ""))


def said_radio(change: HearingChanged) -> str:
    """What the radio says of itself."""
    from ..tui.error_words import sentence

    words = f"{sentence(change.message)} {sentence(change.remedy)}".strip()
    return _("Radio: {words}").format(words=words)


def _disk(news: LogTroubled) -> list[str]:
    if news.error is None:
        return [_("The disk takes records again; nothing was lost.")]
    kept = ngettext("{n} record waits in memory.", "{n} records wait in memory.", news.waiting)
    return [level(Level.BAD, " ".join([*error(news.error), kept]))]


def present(live: LiveState, limit: int) -> list[str]:
    """Who is in range or checked in by hand only, by name."""
    names = {each.name for each in live.seen}
    by_hand = live.check_ins.never_heard
    names |= {each.name for each in live.arrivals if each.user_id in by_hand}
    if not names:
        return [_("Nobody is here now.")]
    lines = [ngettext("{n} person is here now.", "{n} people are here now.", len(names))]
    lines += sorted(names, key=str.casefold)[:limit]
    if len(names) > limit:
        lines.append(_("And {n} more. Type: here all").format(n=f"{len(names) - limit:,}"))
    return lines


def in_range(live: LiveState, word: str) -> list[str]:
    """Who is in range, in one of the ORDERS. Raises UsageError."""
    order = next((each for each in ORDERS if word in {"", each.word}), None)
    if order is None:
        known = ", ".join(each.word for each in ORDERS)
        raise UsageError(
            _("There is no order {word}.").format(word=repr(word)),
            remedy=_("Type: near, then one of {words}").format(words=known),
        )
    now = live.last.now.mono if live.last else 0.0
    words = _("{name}, {rssi} dBm, {span} ago")
    return [
        words.format(name=each.name, rssi=each.rssi, span=span(now - each.mono))
        for each in sorted(live.seen, key=order.key)
    ] or [_("Nobody is in range yet.")]
