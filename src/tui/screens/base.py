"""What all screens share: `q` goes back, `?` explains, words are in the operator's language."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import ActiveBinding, Binding, BindingType
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

from ..keys import USUAL
from ..words import N_, _
from . import PAGES

if TYPE_CHECKING:
    from ..app import HeadcountApp

ACT = re.compile(r"\{(\w+)\}")
"""The place of an act's key in a text."""
BACK = Binding(USUAL["back"], "back", N_("Back"), id="back")
HELP = Binding(USUAL["help"], "app.explain", N_("Help"), id="help", key_display="?")


def page_bindings(*, at_the_door: bool = True) -> list[BindingType]:
    """A key for each screen of the registry; the footer shows those for this place."""
    return [
        Binding(
            entry.key,
            f"app.open('{entry.name}')",
            entry.title,
            id=entry.name,
            show=entry.in_footer and entry.at_the_door is at_the_door,
        )
        for entry in PAGES
    ]


def translated(bindings: dict[str, ActiveBinding]) -> dict[str, ActiveBinding]:
    """The bindings with their descriptions in the language in use."""
    return {
        key: active._replace(
            binding=replace(active.binding, description=_(active.binding.description))
        )
        for key, active in bindings.items()
    }


def headcount_of(node: DOMNode) -> HeadcountApp:
    """The application that a screen or widget belongs to."""
    return cast("HeadcountApp", node.app)


class Page(Screen[None]):
    """A full screen."""

    BINDINGS: ClassVar[list[BindingType]] = [BACK, HELP]
    TITLE_WORDS: ClassVar[str] = ""
    """Its name, for the help."""
    ABOUT: ClassVar[str] = ""
    """What one does here, in a few sentences, for the help; `{filter}` stands for an act's key."""

    @property
    def headcount(self) -> HeadcountApp:
        """The application."""
        return headcount_of(self)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Textual's, with translated descriptions; in a field a slash is a letter like others."""
        found = translated(super().active_bindings)
        if isinstance(self.focused, Input | TextArea):
            found.pop("slash", None)
        return found

    @property
    def about(self) -> str:
        """What one does here, with the keys in force."""
        key_of = self.headcount.key_of
        return ACT.sub(lambda act: key_of(act[1]), _(self.ABOUT))

    def action_back(self) -> None:
        """To the screen before."""
        self.headcount.go_back()


class Dialog(ModalScreen[str]):
    """A small window over a screen; it answers with a word, empty for "never mind"."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('')", N_("Never mind"), show=False)
    ]

    @property
    def headcount(self) -> HeadcountApp:
        """The application."""
        return headcount_of(self)
