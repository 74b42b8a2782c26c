"""All that is known of one line of a log."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

LABEL, MOST = 10, 16
"""Cells of a label: as many as the longest needs, within these."""


class RecordPane(VerticalScroll, can_focus=False):
    """Labels and words, and the line itself below."""

    DEFAULT_CSS = """
    RecordPane { padding: 0 1; scrollbar-size-vertical: 1; }
    RecordPane Static { width: 1fr; height: auto; }
    RecordPane .raw { color: $text-muted; margin-top: 1; }
    """

    def compose(self) -> list[Static]:
        """The facts, and the line."""
        return [Static("", classes="facts", markup=False), Static("", classes="raw", markup=False)]

    def show(self, facts: Sequence[tuple[str, str]], raw: str) -> None:
        """Show another record; none at all for no facts."""
        grid = Table.grid(padding=(0, 1))
        longest = max((len(label) for label, _words in facts), default=0)
        grid.add_column(width=min(MOST, max(LABEL, longest)), style="dim", no_wrap=True)
        grid.add_column()
        for label, words in facts:
            grid.add_row(Text(label), Text(words))
        self.query_one(".facts", Static).update(grid)
        self.query_one(".raw", Static).update(Text(raw))
        self.scroll_home(animate=False)
