"""The muster list and the hand-over card, read aloud. Everything here blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.errors import UsageError
from ..core.identity import clean_text
from ..core.muster import Here
from ..tui.log_filter import fold
from ..tui.look import SPOKEN
from ..tui.muster_state import GROUPS, WORDS, MusterState, MusterWords
from ..tui.times import span, zone
from ..tui.words import _

if TYPE_CHECKING:
    from ..tui.ports_muster import MusterDesk


def muster_lines(desk: MusterDesk, _text: str = "") -> Sequence[str]:
    """Everybody by how recently heard, who is open first. Raises HeadcountError."""
    state = _read(desk)
    lines = [f"{state.summary('; ')}."]
    for group in GROUPS:
        people = [each for each in state.people if each.heard is group]
        people.sort(key=lambda each: each.key in state.ticked)
        lines += [_line(each, _(WORDS[group]), each.key in state.ticked) for each in people]
    return lines


def _line(here: Here, group: str, ticked: bool) -> str:
    ago = (
        ()
        if here.heard_seconds is None
        else (_("{span} ago").format(span=span(here.heard_seconds)),)
    )
    return ", ".join([_name(here), group, *ago, *((_("ticked off"),) if ticked else ())])


def ticked(desk: MusterDesk, text: str) -> Sequence[str]:
    """Tick the one off whom the letters mean, or take the tick away. Raises HeadcountError."""
    state = _read(desk)
    state.letters = text
    found = state.shown()
    exact = [each for each in found if fold(each.name) == fold(text)]
    if len(exact or found) != 1:
        names = ", ".join(_name(each) for each in found[:5])
        fits = (
            _("That may be {names}.").format(names=names)
            if found
            else _("Nobody fits these letters.")
        )
        raise UsageError(fits, remedy=_("Write more of the name."))
    one = (exact or found)[0]
    state.toggle(one.key)
    desk.tick(state.ticked)
    done = _("{name} is ticked off.") if one.key in state.ticked else _("{name} is open again.")
    return [done.format(name=_name(one)), f"{state.summary('; ')}."]


def card_lines(desk: MusterDesk) -> Sequence[str]:
    """The card, a line for each fact. Raises HeadcountError."""
    card = desk.card()
    words = MusterWords(zone(desk.time_zone), SPOKEN)
    lines = [f"{label}: {value}" for label, value in words.card(card)]
    notes = [clean_text(line, 500) for line in card.notes.splitlines()] or [_("none")]
    return [*lines, *words.troubles(card), _("Notes:"), *notes]


def noted(desk: MusterDesk, text: str) -> Sequence[str]:
    """Add a note. Raises HeadcountError."""
    if not text:
        raise UsageError(_("Nothing was typed."))
    desk.save_notes("\n".join(filter(None, [desk.card().notes, text])))
    return [_("Noted.")]


def _read(desk: MusterDesk) -> MusterState:
    return MusterState(desk.muster(), set(desk.ticked()))


def _name(here: Here) -> str:
    return clean_text(here.name) or here.key
