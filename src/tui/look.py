"""How things look: symbols with and without Unicode. A symbol always stands beside a word."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from textual.dom import DOMNode


class Level(StrEnum):
    """How good a fact is. The values are also the names of styles."""

    PLAIN = ""
    DIM = "dim"
    STRONG = "strong"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Symbols:
    """One set of symbols, each one cell wide."""

    ok: str = "✓"
    warn: str = "!"
    bad: str = "✗"
    on_now: str = "●"
    later: str = "○"
    over: str = "·"
    unknown: str = "?"
    walk_in: str = "+"
    gap: str = "╳"  # noqa: RUF001 - a cross in the line of bars
    dot: str = " · "
    dash: str = "–"  # noqa: RUF001 - the dash of a range
    more: str = "…"
    bars: str = "▁▂▃▄▅▆▇█"

    def of(self, level: Level) -> str:
        """The symbol of a level; empty for those that need none."""
        return {Level.OK: self.ok, Level.WARN: self.warn, Level.BAD: self.bad}.get(level, "")


UNICODE = Symbols()
ASCII = Symbols(
    ok="+",
    warn="!",
    bad="X",
    on_now="*",
    later="o",
    over="-",
    unknown="?",
    walk_in="+",
    gap="x",
    dot=" | ",
    dash="-",
    more="~",
    bars="_.:-=+*#",
)
SPOKEN = Symbols(
    ok="", warn="", bad="", on_now="", later="", over="", dot=", ", dash="-", more="", bars=""
)
"""For lines that are read aloud: the words say it all."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the configuration's `[ui]` decides for every widget."""

    symbols: Symbols = UNICODE
    theme: str = "dark"
    bell: bool = True

    @property
    def plain(self) -> bool:
        """No symbols beyond ASCII, so no drawn digits and frames either."""
        return self.symbols is ASCII


class _HasLook(Protocol):
    @property
    def look(self) -> Look: ...


def look_of(node: DOMNode) -> Look:
    """The look of the application that a widget or screen belongs to."""
    return cast("_HasLook", node.app).look
