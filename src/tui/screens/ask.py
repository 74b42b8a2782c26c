"""Small windows that ask for a line of text, or show how far something long is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, ProgressBar, Static

from ..words import N_, _
from .base import Dialog


class Ask(Dialog):
    """One line of text. `check` says what is wrong with it; empty for nothing."""

    DEFAULT_CSS = """
    Ask Input { background: $background; padding: 0 1; }
    """

    def __init__(
        self,
        headline: str,
        more: str,
        value: str = "",
        check: Callable[[str], str] = lambda _text: "",
    ) -> None:
        super().__init__()
        self._headline = headline
        self._more = more
        self._value = value
        self._check = check

    def compose(self) -> ComposeResult:
        """The question above its field."""
        with Vertical(classes="box"):
            yield Static(self._headline, classes="headline", markup=False)
            yield Static(self._more, classes="more", markup=False)
            yield Input(self._value, compact=True, select_on_focus=False)
            yield Static("", id="problem", markup=False)
            yield Static(_("Enter takes it, Esc leaves all as it is."), classes="hint")

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Hand the text back, if it will do."""
        text = event.value.strip()
        problem = self._check(text) if text else _("Nothing was typed.")
        if problem:
            self.query_one("#problem", Static).update(problem)
        else:
            self.dismiss(text)


class Working(Dialog):
    """How far something long is; Esc breaks it off. It answers `done`, or nothing."""

    def __init__(self, headline: str, more: str) -> None:
        super().__init__()
        self._headline = headline
        self._more = more

    def compose(self) -> ComposeResult:
        """A bar under the words."""
        with Vertical(classes="box"):
            yield Static(self._headline, classes="headline", markup=False)
            yield Static(self._more, classes="more", markup=False)
            yield ProgressBar(total=1.0, show_eta=False)
            yield Static(_("Esc breaks it off; nothing is changed."), classes="hint")

    def at(self, part: float) -> None:
        """It is so far, 0 to 1."""
        if self.is_mounted:
            self.query_one(ProgressBar).update(progress=part)


class Told(Dialog):
    """A result that is longer than a line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "dismiss('')", N_("Close"), show=False)
    ]

    def __init__(self, headline: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._headline = headline
        self._lines = lines

    def compose(self) -> ComposeResult:
        """Lines that can be scrolled through."""
        with VerticalScroll(classes="box"):
            yield Static(self._headline, classes="headline", markup=False)
            yield Static("\n".join(self._lines), markup=False)
            yield Static(_("Esc closes this."), classes="hint")
