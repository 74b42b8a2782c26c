"""The line that says whether the station can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from ..look import Level, look_of
from ..trust import Fact


class TrustLine(Widget):
    """Facts with their symbols, between dots; none is broken over two lines."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"trust--dim", "trust--ok", "trust--warn", "trust--bad"}

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Fact] = []

    def show(self, facts: Sequence[Fact]) -> None:
        """Draw them, if they changed."""
        if facts != self._shown:
            width = self.size.width
            lines = sum(1 for _line in self._lines(width))
            self._shown = list(facts)
            self.refresh(layout=lines != sum(1 for _line in self._lines(width)))

    def render(self) -> Text:
        """As many lines as the width asks for."""
        dot = look_of(self).symbols.dot
        dim = self._style(Level.DIM)
        lines = []
        for facts in self._lines(self.size.width):
            texts = [Text(self._words(fact), self._style(fact.level)) for fact in facts]
            lines.append(Text(dot, dim).join(texts))
        return Text("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """The number of lines."""
        return max(1, sum(1 for _ in self._lines(width)))

    def _lines(self, width: int) -> Iterator[list[Fact]]:
        """The facts, shared out over lines of this width."""
        dot = cell_len(look_of(self).symbols.dot)
        line: list[Fact] = []
        used = 0
        for fact in self._shown:
            length = cell_len(self._words(fact))
            if line and used + dot + length > width:
                yield line
                line, used = [], 0
            used += length + (dot if line else 0)
            line.append(fact)
        if line:
            yield line

    def _words(self, fact: Fact) -> str:
        symbol = look_of(self).symbols.of(fact.level)
        return f"{symbol} {fact.words}" if symbol else fact.words

    def _style(self, level: Level) -> Style:
        name = f"trust--{level}"
        known = name in self.COMPONENT_CLASSES
        return self.get_component_rich_style(name) if known else self.rich_style
