"""A line of a form: what is asked, and the field for the answer."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label


def field(
    entry_id: str,
    label: str,
    value: str = "",
    *,
    line: str = "field",
    secret: bool = False,
    select: bool = True,
) -> ComposeResult:
    """A label and its input on one line. `line`: the line's class; `select`: typing replaces it."""
    with Horizontal(classes=line):
        yield Label(label, markup=False)
        entry = Input(value, id=entry_id, compact=True, password=secret, select_on_focus=select)
        entry.cursor_blink = False
        yield entry
