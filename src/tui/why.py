"""Why somebody is not seen: what the station hears, what that means, what to do. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..core.model import Format
from .look import Level
from .people_state import short
from .state import FormatRate, LiveState, Seen
from .times import span
from .words import _

CLOSE_DBM = -60
"""A phone that is held at the scanner is heard at -60 dBm and more; at the far wall it is not."""
SHOWN = 3
NAMES = {
    Format.SERVICE_UUID: "service UUID",
    Format.SERVICE_DATA_128: "service data",
    Format.SERVICE_DATA_16: "16-bit service data",
    Format.IBEACON: "iBeacon",
    Format.ALTBEACON: "AltBeacon",
    Format.EDDYSTONE_UID: "Eddystone-UID",
}
"""As the makers of phones and badges call them, in every language."""


class Said(NamedTuple):
    """One line."""

    level: Level
    words: str


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, and what the station hears."""

    live: LiveState
    name: str
    """Empty: nobody in particular."""
    badges: Sequence[str]
    """Those that the roster has for them."""
    mono: float
    more: str
    """The sign that a text goes on."""


def heard(ask: Question) -> list[Said]:
    """What the station hears at this moment."""
    live = ask.live
    frames = _("{n} frames/s of anything, {badges}/s of badges in a known format").format(
        n=f"{live.rate:.0f}", badges=f"{live.badge_rate:.1f}"
    )
    lines = [Said(Level.PLAIN if live.rate else Level.WARN, frames)]
    if live.background_rate:
        words = _("{n}/s of iPhone apps in the background").format(n=f"{live.background_rate:.1f}")
        lines.append(Said(Level.WARN, words))
    close = ", ".join(
        f"{short(each.ble_uuid, ask.more)} {each.rssi} dBm" for each in live.unknown[:SHOWN]
    )
    words = _("Unknown badges, strongest first: {badges}") if close else _("No unknown badge")
    return [*lines, *_by_format(live), Said(Level.PLAIN, words.format(badges=close))]


def _by_format(live: LiveState) -> list[Said]:
    """What is configured against what is on the air."""
    here = [_rate_words(each) for each in live.formats if each.wanted and each.rate]
    silent = [NAMES[each.format] for each in live.formats if each.wanted and not each.rate]
    others = [_rate_words(each) for each in live.formats if not each.wanted and each.rate]
    lines = []
    if here:
        words = _("Formats that count, and are heard: {formats}")
        lines.append(Said(Level.OK, words.format(formats=", ".join(here))))
    if silent:
        words = _("Formats that count, not heard: {formats}")
        lines.append(Said(Level.PLAIN, words.format(formats=", ".join(silent))))
    if others:
        words = _("Heard, but not configured: {formats}")
        lines.append(Said(Level.WARN, words.format(formats=", ".join(others))))
    return lines


def _rate_words(each: FormatRate) -> str:
    name, rate = NAMES[each.format], f"{each.rate:.1f}"
    if not each.close:
        return _("{format} {n}/s").format(format=name, n=rate)
    return _("{format} {n}/s ({close}/s close by)").format(
        format=name, n=rate, close=f"{each.close:.1f}"
    )


def means(ask: Question) -> list[Said]:
    """What that means for this person."""
    if ask.live.deaf or not ask.live.rate:
        return [Said(Level.BAD, _("The radio hears nothing at all: it is not this phone's fault."))]
    own = [seen for seen in ask.live.seen if seen.ble_uuid in ask.badges]
    lines = [_own(ask, seen) for seen in own] or [_silent(ask)]
    if own:
        return lines
    if ask.live.background_rate:
        words = _(
            "An iPhone whose app is in the background is heard, but nobody can tell whose it is."
        )
        lines.append(Said(Level.WARN, words))
    lines += [
        Said(
            Level.WARN,
            _(
                "Something close by sends {format}, which is not configured: if that is their "
                "badge, add {key} to radio.formats."
            ).format(format=NAMES[each.format], key=each.format),
        )
        for each in ask.live.formats
        if each.close and not each.wanted
    ]
    if ask.live.unknown and ask.live.unknown[0].rssi >= CLOSE_DBM:
        words = _("An unknown badge is very close. It may be theirs: a new phone has a new badge.")
        lines.append(Said(Level.WARN, words))
    return lines


def _own(ask: Question, seen: Seen) -> Said:
    words = _("The badge {badge} is heard: {rssi} dBm, {span} ago.")
    ago = span(ask.mono - seen.mono)
    badge = short(seen.ble_uuid, ask.more)
    return Said(Level.OK, words.format(badge=badge, rssi=seen.rssi, span=ago))


def _silent(ask: Question) -> Said:
    if not ask.name:
        return Said(Level.PLAIN, _("Pick a person to learn more."))
    if not ask.badges:
        return Said(Level.WARN, _("{name} has no badge on the roster.").format(name=ask.name))
    badges = ", ".join(short(badge, ask.more) for badge in ask.badges[:SHOWN])
    return Said(Level.WARN, _("Not heard now: {badges}").format(badges=badges))


def steps(ask: Question) -> list[str]:
    """What to do, the quickest first."""
    if ask.live.deaf or not ask.live.rate:
        return [_("Check in by hand meanwhile; Health says what is wrong with the radio.")]
    return [
        _("Switch Bluetooth on, and let the app use it."),
        _("Open the app, keep it in the foreground, and hold the phone close."),
        _("Still nothing, or another badge: assign the unknown badge that appears."),
        _("In a hurry: check in by hand."),
    ]
