"""The line that says whether the station can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.widgets import Static

from ..look import Level, look_of
from ..trust import Fact


class TrustLine(Static):
    """Facts with their symbols, between dots; wraps where the terminal is narrow."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"trust--dim", "trust--ok", "trust--warn", "trust--bad"}

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._shown: list[Fact] = []

    def show(self, facts: Sequence[Fact]) -> None:
        """Draw them, if they changed."""
        if facts != self._shown:
            self._shown = list(facts)
            self.update(self._text())

    def _text(self) -> Text:
        symbols = look_of(self).symbols
        text = Text()
        for fact in self._shown:
            if text:
                text.append(symbols.dot, self._style(Level.DIM))
            symbol = symbols.of(fact.level)
            # a fact is never broken over two lines
            words = f"{symbol} {fact.words}" if symbol else fact.words
            text.append(words.replace(" ", "\N{NO-BREAK SPACE}"), self._style(fact.level))
        return text

    def _style(self, level: Level) -> str:
        known = f"trust--{level}" in self.COMPONENT_CLASSES
        return str(self.get_component_rich_style(f"trust--{level}", partial=True)) if known else ""
