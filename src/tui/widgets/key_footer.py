"""The footer: the keys that work now. Where not all fit, the last ones are left out whole."""

from __future__ import annotations

from collections.abc import Sequence

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
        yield from fitting(list(super().compose()), self._width)

    def on_resize(self, _event: Resize) -> None:
        """More room, or less."""
        if self.app.size.width != self._width:
            self.call_after_refresh(self.recompose)


def fitting(keys: Sequence[Widget], width: int) -> list[Widget]:
    """The keys that fit into so many columns: first the palette loses its word, then go the last.

    Changes the palette's key.
    """
    found = list(keys)
    palette = next((key for key in found if key.has_class(_PALETTE)), None)
    if isinstance(palette, FooterKey) and _total(found) > width:
        palette.description = ""
    while _total(found) > width and any(key is not palette for key in found):
        found.remove(next(key for key in reversed(found) if key is not palette))
    return found


def _total(keys: Sequence[Widget]) -> int:
    return sum(map(_width, keys))


def _width(key: Widget) -> int:
    if not isinstance(key, FooterKey):
        return 0
    words = f"{key.key_display} {key.description}".rstrip()
    return cell_len(words) + _SPACE * (2 if key.has_class(_PALETTE) else 1)
