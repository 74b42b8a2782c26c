"""The footer: the keys that work now. Where not all fit, the last ones are left out whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

_PALETTE = "-command-palette"
_SPACE = 1
"""A column after each key, and one for the line before the palette's."""


class KeyFooter(Footer):
    """Textual's, for one line. The help (`?`) has every key, so none that is left out is lost."""

    def __init__(self) -> None:
        super().__init__(compact=True)
        self._width = 0

    def compose(self) -> ComposeResult:
        """The keys that fit."""
        self._width = self.app.size.width
        yield from fitting(super().compose(), self._width)

    def on_resize(self, _event: Resize) -> None:
        """More room, or less."""
        if self.app.size.width != self._width:
            self.call_after_refresh(self.recompose)


def fitting(keys: Iterable[Widget], width: int) -> list[Widget]:
    """The keys that fit into so many columns: first the palette loses its word, then go the last.

    Changes the palette's key.
    """
    every = [key for key in keys if isinstance(key, FooterKey)]
    docked = [key for key in every if key.has_class(_PALETTE)]
    shown = [key for key in every if key not in docked]
    for key in docked:
        if _total(every) > width:
            key.description = ""
    while shown and _total([*shown, *docked]) > width:
        shown.pop()
    return [*shown, *docked]


def _total(keys: Sequence[FooterKey]) -> int:
    return sum(map(_width, keys))


def _width(key: FooterKey) -> int:
    words = f"{key.key_display} {key.description}".rstrip()
    return cell_len(words) + _SPACE * (2 if key.has_class(_PALETTE) else 1)
