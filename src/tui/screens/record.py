"""One record in full, in a window of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from ..widgets.record import RecordPane
from ..words import N_, _
from .base import Dialog


class RecordDialog(Dialog):
    """For terminals without room beside the table."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "dismiss('')", N_("Close"), show=False)
    ]
    DEFAULT_CSS = """
    RecordDialog .record {
        width: 78; max-width: 100%; height: 96%; padding: 0 1;
        background: $panel; border: round $accent;
    }
    RecordDialog RecordPane { height: 1fr; }
    RecordDialog .hint { height: 1; margin: 0 1; color: $text-muted; }
    """

    def __init__(self, facts: Sequence[tuple[str, str]], raw: str) -> None:
        super().__init__()
        self._facts = facts
        self._raw = raw

    def compose(self) -> ComposeResult:
        """The record above a hint."""
        with Vertical(classes="record"):
            pane = RecordPane()
            pane.can_focus = True
            yield pane
            yield Static(_("Up and down scroll, Esc closes."), classes="hint", markup=False)

    def on_mount(self) -> None:
        """Fill in."""
        self.query_one(RecordPane).show(self._facts, self._raw)
        self.query_one(RecordPane).focus()
