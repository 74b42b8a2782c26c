"""A question that names the consequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from .base import Dialog


class Answer(NamedTuple):
    """One of the answers: a word for the caller, and what stands on its button."""

    word: str
    label: str
    danger: bool = False


class Confirm(Dialog):
    """A headline, what it means, and two or three answers. The first one has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, headline: str, more: str, answers: Sequence[Answer]) -> None:
        super().__init__()
        self._headline = headline
        self._more = more
        self._answers = answers

    def compose(self) -> ComposeResult:
        """The question above its answers."""
        with Vertical(classes="box"):
            yield Static(self._headline, classes="headline", markup=False)
            yield Static(self._more, classes="more", markup=False)
            with Horizontal(classes="answers"):
                for answer in self._answers:
                    danger = "danger" if answer.danger else ""
                    yield Button(answer.label, name=answer.word, classes=danger, compact=True)

    @on(Button.Pressed)
    def answered(self, event: Button.Pressed) -> None:
        """Hand the answer back."""
        self.dismiss(event.button.name or "")
