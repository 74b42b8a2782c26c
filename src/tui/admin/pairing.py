"""Pairing a scanner: its name and gate, then a code with its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from ...core.access import PairingCode
from ...core.identity import clean_text
from ..screens.base import Dialog
from ..times import span
from ..widgets.field import field
from ..words import N_, _

TICK_SECONDS = 1.0


class NewScannerForm(Dialog):
    """Answers with a word; `name_given` and `gate_given` hold what was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.name_given = self.gate_given = ""

    def compose(self) -> ComposeResult:
        """Two fields, neither of which is needed."""
        with Vertical(classes="box"):
            yield Static(_("Pair a scanner"), classes="headline", markup=False)
            more = _("Without a name the station's own is taken. The gate is where it stands.")
            yield Static(more, classes="more", markup=False)
            for name, label in (("name", _("Name")), ("gate", _("Gate"))):
                yield from field(f"scanner-{name}", label)
            with Horizontal(classes="answers"):
                yield Button(_("Make a code"), id="make", variant="primary", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#make")
    def make(self) -> None:
        """Hand over."""
        self.name_given = clean_text(self.query_one("#scanner-name", Input).value)
        self.gate_given = clean_text(self.query_one("#scanner-gate", Input).value)
        self.dismiss("make")

    @on(Button.Pressed, "#never")
    def never(self) -> None:
        """No code."""
        self.dismiss("")


class CodeShown(Dialog):
    """The code, for as long as it is good."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "dismiss('')", N_("Close"), show=False)
    ]
    DEFAULT_CSS = """
    CodeShown #code { text-style: bold; color: $text-accent; margin-bottom: 1; }
    """

    def __init__(self, code: PairingCode, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._code = code
        self._now_ms = now_ms

    def compose(self) -> ComposeResult:
        """What to type where, and how long it is good."""
        with Vertical(classes="box"):
            yield Static(_("On the scanner's machine, once"), classes="headline", markup=False)
            yield Static(Text(f"headcount pair {self._code.code}"), id="code")
            yield Static("", id="left", markup=False)
            yield Static(_("It is shown here only. Esc closes this."), classes="hint")

    def on_mount(self) -> None:
        """Count down."""
        self.set_interval(TICK_SECONDS, self._tick)
        self._tick()

    def _tick(self) -> None:
        left = (self._code.expires_at - self._now_ms()) / 1000
        words = _("Good for {span} more.").format(span=span(left))
        self.query_one("#left", Static).update(words if left > 0 else _("Its time is over."))
