"""The muster list and the hand-over card, read aloud. Everything here blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.errors import UsageError
from ..core.identity import clean_text
from ..core.muster import Here
from ..tui.log_filter import fold
from ..tui.look import SPOKEN
from ..tui.muster_state import GROUPS, WORDS, MusterState, MusterWords
from ..tui.ports_muster import MusterDesk
from ..tui.times import span, zone
from ..tui.words import _

OPEN, BY_NAME = "--open", "--by-name"
MUSTER, CARD = "muster", "card"
"""What can be saved and printed."""


def mustered(desk: MusterDesk, text: str) -> Sequence[str]:
    """Everybody, or, with a name, the tick of the one whom it means. Raises HeadcountError."""
    words = text.split()
    name = " ".join(word for word in words if word not in {OPEN, BY_NAME})
    if name:
        return ticked(desk, name)
    return muster_lines(desk, only_open=OPEN in words, by_name=BY_NAME in words)


def muster_lines(desk: MusterDesk, *, only_open: bool, by_name: bool) -> Sequence[str]:
    """By how recently heard, who is open first, or all by name. Raises HeadcountError."""
    state = _read(desk)
    state.only_open, state.by_name = only_open, by_name
    people = state.shown()
    if not by_name:
        people.sort(key=lambda each: (GROUPS.index(each.heard), each.key in state.ticked))
    lines = [_line(each, _(WORDS[each.heard]), each.key in state.ticked) for each in people]
    return [f"{state.summary('; ')}.", *(lines or [state.empty()])]


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


def card_lines(desk: MusterDesk, _text: str = "") -> Sequence[str]:
    """The card, a line for each fact. Raises HeadcountError."""
    card = desk.card()
    words = MusterWords(zone(desk.time_zone), SPOKEN)
    lines = [f"{label}: {value}" for label, value in words.card(card)]
    notes = [clean_text(line, 500) for line in card.notes.splitlines()] or [_("none")]
    return [*lines, *words.troubles(card), _("Notes:"), *notes]


ANEW = "--anew"


def noted(desk: MusterDesk, text: str) -> Sequence[str]:
    """Add a note, or write it in place of those before. Raises HeadcountError."""
    anew = text.split()[:1] == [ANEW]
    if anew:
        desk.save_notes(text.removeprefix(ANEW).strip())
        return [_("Noted, in place of the notes before.")]
    if not text:
        raise UsageError(_("Nothing was typed."))
    desk.save_notes("\n".join(filter(None, [desk.card().notes, text])))
    return [_("Noted.")]


def saved(desk: MusterDesk, text: str) -> Sequence[str]:
    """Write the list or the card to a new file; without a name, beside this user's files.

    Raises HeadcountError.
    """
    what, _space, file = text.partition(" ")
    file = file.strip() or desk.suggested_file("handover" if what == CARD else what)
    if what == MUSTER and file.lower().endswith(".csv"):
        words = MusterWords(zone(desk.time_zone), SPOKEN)
        return [_("Saved: {file}").format(file=desk.save_table(file, words.table(_read(desk))))]
    return [_("Saved: {file}").format(file=desk.save(file, _sheet(desk, what, "save")))]


def printed(desk: MusterDesk, text: str) -> Sequence[str]:
    """Put the list or the card on paper. Raises HeadcountError."""
    desk.print_out(_sheet(desk, text, "print"))
    return [_("Sent to the printer.")]


def _sheet(desk: MusterDesk, what: str, word: str) -> str:
    words = MusterWords(zone(desk.time_zone), SPOKEN)
    if what == MUSTER:
        return words.sheet(_read(desk), desk.event, desk.now().wall_ms)
    if what == CARD:
        card = desk.card()
        return words.card_sheet(card, card.notes)
    raise UsageError(
        _("The muster list or the card?"),
        remedy=_("Type: {word} muster, or {word} card").format(word=word),
    )


PAPERS: dict[str, Callable[[MusterDesk, str], Sequence[str]]] = {
    "muster": mustered,
    "card": card_lines,
    "note": noted,
    "save": saved,
    "print": printed,
}
"""By word."""


def _read(desk: MusterDesk) -> MusterState:
    return MusterState(desk.muster(), set(desk.ticked()))


def _name(here: Here) -> str:
    return clean_text(here.name) or here.key
