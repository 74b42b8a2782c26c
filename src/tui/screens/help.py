"""`?`: what this screen is for, and every key that works on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from ..words import N_, _
from .base import Dialog, Page

KEY_WIDTH = 12


class Key(NamedTuple):
    """A key and what it does."""

    key: str
    does: str


class Help(Dialog):
    """A window over the screen that it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,enter", "dismiss('')", N_("Close"), show=False)
    ]

    def __init__(self, title: str, about: str, keys: Sequence[Key]) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Purpose above keys."""
        with VerticalScroll(classes="box") as box:
            box.border_subtitle = _("Esc closes this. Mouse and wheel work, too.")
            yield Static(self._title, classes="headline", markup=False)
            yield Static(self._about, classes="more", markup=False)
            yield Static(self._table(), markup=False)

    def _table(self) -> Text:
        text = Text()
        for key, does in self._keys:
            text.append(f"{key:>{KEY_WIDTH}}  ", style="bold")
            text.append(f"{does}\n")
        return text


def help_for(page: Page, acts: Iterable[Binding], shown: Callable[[Binding], str]) -> Help:
    """What a screen is for, its acts with their keys as they are `shown`, and moving in lists."""
    keys = [Key(shown(binding), binding.description) for binding in acts]
    keys += [
        Key(_("arrows"), _("Move in a list; PgUp, PgDn, Home, End, too")),
        Key("Tab", _("To the next list")),
    ]
    return Help(_(page.TITLE_WORDS), page.about, keys)
