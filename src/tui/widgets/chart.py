"""Arrivals a minute as bars; minutes in which the radio was deaf are crossed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.widget import Widget

from ..look import look_of
from ..words import _

LINES = 2
"""Height of the bars: two lines tell a queue from a trickle."""


class Chart(Widget):
    """The last minutes, as many as fit, the newest at the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"chart--bar", "chart--gap", "chart--word"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._counts: Sequence[int] = ()
        self._deaf: Sequence[bool] = ()

    def show(self, counts: Sequence[int], deaf: Sequence[bool]) -> None:
        """Draw them, if they changed. Both are of the same minutes, the newest last."""
        if (counts, deaf) != (self._counts, self._deaf):
            self._counts, self._deaf = counts, deaf
            self.refresh()

    def render(self) -> Text:
        """Bars, and the word below."""
        width = max(1, self.size.width)
        counts, deaf = self._counts[-width:], self._deaf[-width:]
        word = _("arrivals/min, last {n} min").format(n=len(counts))
        if any(deaf):
            word = _("arrivals/min, {gap} radio deaf").format(gap=look_of(self).symbols.gap)
        bars = self._bars(counts, deaf)
        return Text("\n").join([*bars, Text(word, style=self._style("chart--word"))])

    def _bars(self, counts: Sequence[int], deaf: Sequence[bool]) -> list[Text]:
        symbols = look_of(self).symbols
        steps, most = len(symbols.bars), max([1, *counts])
        bar, gap, word = (self._style(f"chart--{name}") for name in ("bar", "gap", "word"))
        lines = []
        for line in reversed(range(LINES)):
            text = Text()
            for count, was_deaf in zip(counts, deaf, strict=True):
                if was_deaf and line == 0 and not count:
                    text.append(symbols.gap, gap)
                    continue
                height = -(-count * steps * LINES // most) - line * steps
                ground = line == 0
                text.append(_step(symbols.bars, height, ground=ground), bar if count else word)
            lines.append(text)
        return lines

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)


def _step(bars: str, height: int, *, ground: bool) -> str:
    """One cell of a bar; an empty minute still has a ground line."""
    if height <= 0:
        return bars[0] if ground else " "
    return bars[min(height, len(bars)) - 1]


def spark(history: Sequence[int | None], bars: str) -> str:
    """A signal's short history: -90 dBm is the lowest bar, -40 the highest, a blank is silence."""
    low, high, steps = -90, -40, len(bars)
    return "".join(
        " " if rssi is None else bars[min(steps - 1, max(0, (rssi - low) * steps // (high - low)))]
        for rssi in history
    )
