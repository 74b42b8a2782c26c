"""The banner: what is wrong, what is done about it, and what to do meanwhile."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from ..look import Level, look_of


class Banner(Static):
    """Nothing at all while all is well."""

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._shown: tuple[Level, str, str] | None = None
        self.display = False

    def show(self, level: Level, headline: str, more: str = "") -> None:
        """Say something; an empty headline takes the banner away."""
        if (level, headline, more) == self._shown:
            return
        grown = self._shown is None or _size(self._shown) != _size((level, headline, more))
        self._shown = (level, headline, more)
        self.display = bool(headline)
        self.set_class(level is Level.BAD, "-bad")
        self.update(self._text(level, headline, more), layout=grown)

    def _text(self, level: Level, headline: str, more: str) -> Text:
        symbol = look_of(self).symbols.of(level)
        text = Text(f"{symbol} {headline}".strip(), style="bold")
        if more:
            text.append("".join(f"\n  {line}" for line in more.splitlines()), style="not bold")
        return text


def _size(shown: tuple[Level, str, str]) -> tuple[int, ...]:
    """What a banner's height may depend on: a countdown alone is no reason to lay all out anew."""
    _level, headline, more = shown
    return len(headline), *map(len, more.splitlines())
