"""The trust line: whether what the station says can be believed, in words and symbols."""

from __future__ import annotations

from typing import NamedTuple

from ..core.errors import BackendUnreachable, HeadcountError
from ..core.model import Hearing
from ..core.news import SendingState
from .doors import door_words
from .look import Level
from .ports import Facts, Link
from .state import FIRST_SANE_MS, LiveState
from .times import span
from .words import _

OLD_ROSTER_SECONDS = 12 * 3600
"""An evening's roster is fetched on the day."""
SHORT_DISK_HOURS = 4
"""An event's length, and some."""
MOST_DISK_HOURS = 99


class Fact(NamedTuple):
    """One word of trust."""

    words: str
    level: Level


def trust(state: LiveState, facts: Facts, wall_ms: int, *, scanning: bool = True) -> list[Fact]:
    """All of them, in the order of importance."""
    return [
        _radio(state) if scanning else Fact(_("Not scanning"), Level.BAD),
        _clock(state, wall_ms),
        _roster(state, wall_ms),
        _disk(state, facts),
        _unsent(facts),
        _link(state, facts),
        *([Fact(*door_words(state.doors, wall_ms))] if state.doors else []),
    ]


def _radio(state: LiveState) -> Fact:
    hearing = state.hearing.state if state.hearing else Hearing.STARTING
    if hearing is Hearing.DEAF:
        return Fact(_("Radio is deaf"), Level.BAD)
    if hearing is Hearing.SILENT:
        return Fact(_("Radio hears nothing"), Level.WARN)
    if hearing is Hearing.STARTING and not state.rate:
        return Fact(_("Radio starts"), Level.WARN)
    return Fact(_("Radio hears {n}/s").format(n=f"{state.rate:,.0f}"), Level.OK)


def _clock(state: LiveState, wall_ms: int) -> Fact:
    if wall_ms < FIRST_SANE_MS:
        return Fact(_("Clock is wrong"), Level.BAD)
    if state.jumped_ms:
        by = span(abs(state.jumped_ms) / 1000)
        return Fact(_("Clock jumped by {span}").format(span=by), Level.WARN)
    return Fact(_("Clock ok"), Level.OK)


def _roster(state: LiveState, wall_ms: int) -> Fact:
    begun = state.begun
    if begun is None or begun.fetched_ms is None:
        return Fact(_("Roster unknown"), Level.WARN)
    age = max(0, wall_ms - begun.fetched_ms) / 1000
    words = _("Roster {n}, {span} old").format(n=f"{begun.roster:,}", span=span(age))
    return Fact(words, Level.WARN if age > OLD_ROSTER_SECONDS else Level.OK)


def _disk(state: LiveState, facts: Facts) -> Fact:
    if state.trouble:
        n = f"{state.trouble.waiting:,}"
        return Fact(_("Disk fails, {n} in memory").format(n=n), Level.BAD)
    if facts.disk_hours is None:
        return Fact(_("Disk ?"), Level.WARN)
    if facts.disk_hours > MOST_DISK_HOURS:
        return Fact(_("Disk {n} h").format(n=f"{MOST_DISK_HOURS}+"), Level.OK)
    level = Level.OK if facts.disk_hours >= SHORT_DISK_HOURS else Level.WARN
    return Fact(_("Disk {n} h").format(n=int(facts.disk_hours)), level)


def _unsent(facts: Facts) -> Fact:
    return Fact(_("Unsent {n}").format(n=f"{facts.unsent:,}"), Level.PLAIN)


def _link(state: LiveState, facts: Facts) -> Fact:
    link = facts.link
    if state.sending:
        link = {
            SendingState.ONLINE: Link.ONLINE,
            SendingState.OFFLINE: Link.OFFLINE,
            SendingState.PAUSED: Link.REFUSED,
        }[state.sending.state]
    return link_fact(link)


def link_of(error: HeadcountError) -> Link:
    """What an error says of the way to the backend."""
    return Link.OFFLINE if isinstance(error, BackendUnreachable) else Link.REFUSED


def link_fact(link: Link) -> Fact:
    """The link in one word. Being offline is no fault: the station is made for it."""
    return {
        Link.ONLINE: Fact(_("online"), Level.OK),
        Link.OFFLINE: Fact(_("offline"), Level.DIM),
        Link.REFUSED: Fact(_("backend refuses this station"), Level.WARN),
        Link.UNKNOWN: Fact(_("network not tried"), Level.DIM),
    }[link]
