"""Bulk enrolment in words: for its screen, and for the line mode. Pure."""

from __future__ import annotations

from ..core.enrolment import Enrolment
from ..core.holding import Held, Verdict
from ..core.model import Person
from .checkins import name_of
from .look import Level
from .words import _

FOLLOWING = 3
"""People named who come next: they can be asked to come forward."""


def turn_lines(enrolment: Enrolment, more: str) -> list[str]:
    """Whose turn it is, and who comes then."""
    person, left = enrolment.person, enrolment.following
    if not enrolment.people:
        return [_("Everybody on the roster has a badge.")]
    if person is None:
        return [_("All had their turn; {n} were given a badge.").format(n=len(enrolment.given))]
    at = len(enrolment.people) - len(left)
    words = _("{at} of {n}: {name}").format(at=at, n=len(enrolment.people), name=name_of(person))
    lines = [words]
    if badge := enrolment.badge_of(person):
        lines.append(_("Has been given {badge}; a new one takes its place.").format(badge=badge))
    if left:
        names = ", ".join(name_of(each) for each in left[:FOLLOWING])
        names += f", {more}" if len(left) > FOLLOWING else ""
        lines.append(_("Then: {names}").format(names=names))
    return lines


def held_words(held: Held, person: Person | None, battery: str = "") -> tuple[Level, str]:
    """What is held close, and what to do. `battery`: how low its battery is, where it is."""
    if person is None:
        return Level.PLAIN, ""
    match held.verdict:
        case Verdict.FAR:
            words = _("Nothing is close yet. The strongest has {rssi} dBm.")
            return Level.PLAIN, words.format(rssi=held.rssi)
        case Verdict.UNCLEAR:
            return Level.WARN, _("Two badges are close. Hold the others away.")
        case Verdict.TAKEN:
            owner = name_of(held.owner) if held.owner else ""
            words = _("This badge is {owner}'s already. Take another one.")
            return Level.WARN, words.format(owner=owner)
        case Verdict.FOUND:
            return _found_words(held, person, battery)
        case _:
            return Level.PLAIN, _("Hold a beacon close to the scanner.")


def _found_words(held: Held, person: Person, battery: str) -> tuple[Level, str]:
    words = _("{badge}, {rssi} dBm: Enter gives it to {name}.")
    text = words.format(badge=held.ble_uuid, rssi=held.rssi, name=name_of(person))
    if not battery:
        return Level.OK, text
    low = _("Its battery is low ({battery}): change it first.").format(battery=battery)
    return Level.WARN, f"{text} {low}"
