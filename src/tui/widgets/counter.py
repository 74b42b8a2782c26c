"""A big number with its word."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Digits, Label

from ..look import look_of


class Counter(Vertical):
    """Three lines of digits, or one line of plain text where the terminal has no more."""

    def __init__(self, word: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._word = word
        self._value = "0"

    def compose(self) -> ComposeResult:
        """The number above its word."""
        if look_of(self).plain:
            yield Label(self._value, classes="number", markup=False)
        else:
            yield Digits(self._value, classes="number")
        yield Label(self._word, classes="word", markup=False)

    def show(self, value: int, word: str = "") -> None:
        """Draw it, if it changed; `word`: another one than before, empty for the same."""
        if word and word != self._word:
            self._word = word
            self.query_one(".word", Label).update(word)
        text = f"{value:,}"
        if text == self._value:
            return
        self._value = text
        number = self.query_one(".number")
        if isinstance(number, Digits | Label):
            number.update(text)
