"""How a row about somebody's words begins: state, how long ago, who, and the event."""

from __future__ import annotations

from typing import Protocol

from ...core.identity import clean_text
from ..look import Level
from ..times import span
from ..widgets.table import Cell
from ..words import _


class Said(Protocol):
    """Feedback, a correction request."""

    @property
    def name(self) -> str:
        """Whose they are; empty for somebody who gave none."""

    @property
    def created_at(self) -> int:
        """Unix ms."""


def said_by(item: Said, state: tuple[str, Level], now_ms: int, event: str) -> list[Cell]:
    """`state`: its word and level; `event`: the event's name."""
    word, level = state
    ago = span((now_ms - item.created_at) / 1000)
    return [
        Cell(_(word), level),
        Cell(_("{span} ago").format(span=ago), Level.DIM),
        Cell(clean_text(item.name, 200) or _("somebody")),
        Cell(event, Level.DIM),
    ]
