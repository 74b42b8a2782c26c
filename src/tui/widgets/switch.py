"""A line of a form that is on or off, and says in words what that means."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from ..words import N_


class Switch(Widget, can_focus=True):
    """`[x]` and a sentence; the space bar or a click turns it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", N_("Turn on or off"), show=False),
        Binding("enter", "submit", show=False),
    ]
    DEFAULT_CSS = """
    Switch { height: 1; width: 1fr; background: $surface; }
    Switch:focus { text-style: bold; background: $surface-lighten-1; }
    """

    on: reactive[bool] = reactive(default=False)
    """Whether it is on."""

    class Changed(Message):
        """It was turned."""

    class Submitted(Message):
        """Enter was pressed: the form is filled in."""

    def __init__(self, *, on: bool, words: tuple[str, str], id: str) -> None:  # noqa: A002 - Textual's name
        """`words`: what it means that it is off, and that it is on."""
        super().__init__(id=id)
        self._words = words
        self.set_reactive(Switch.on, on)

    def render(self) -> RenderResult:
        """The box and the sentence."""
        return Text(f"[{'x' if self.on else ' '}] {self._words[self.on]}")

    def action_turn(self) -> None:
        """The other way."""
        self.on = not self.on
        self.post_message(self.Changed())

    def on_click(self) -> None:
        """The mouse does it, too."""
        self.action_turn()

    def action_submit(self) -> None:
        """As in the fields beside it."""
        self.post_message(self.Submitted())
