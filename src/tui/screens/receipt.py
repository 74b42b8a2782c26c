"""The receipt after a scan: what is on the disk, and what may be done with it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from ...core.identity import clean_text
from ..look import look_of
from ..ports import Ended
from ..receipt import receipt_lines
from ..words import _
from .base import Dialog

if TYPE_CHECKING:
    from ..app import HeadcountApp


class ReceiptCard(Dialog):
    """Counts, and three ways on. Answers with `sync`, `stick` or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, ended: Ended) -> None:
        super().__init__()
        self._ended = ended

    def compose(self) -> ComposeResult:
        """The event, a line for each fact, and the answers."""
        event = self._ended.event
        name = clean_text(event.name) or event.id
        with Vertical(classes="box"):
            headline = _("The scan has ended: {event}").format(event=name)
            yield Static(headline, classes="headline", markup=False)
            yield Static(self._words(), classes="more")
            with Horizontal(classes="answers"):
                for word, label in self._answers():
                    yield Button(label, name=word, compact=True)

    def _words(self) -> Text:
        symbols = look_of(self).symbols
        lines = (
            f"{symbols.of(level)} {words}".strip() for level, words in receipt_lines(self._ended)
        )
        return Text("\n".join(lines))

    def _answers(self) -> list[tuple[str, str]]:
        """The usual next step has the focus."""
        if self._ended.rehearsal or not self._ended.unsent:
            return [("", _("Done"))]
        return [
            ("sync", _("Sync now")),
            ("stick", _("Copy to a stick")),
            ("", _("Later")),
        ]

    @on(Button.Pressed)
    def answered(self, event: Button.Pressed) -> None:
        """Hand the answer back."""
        self.dismiss(event.button.name or "")


def show_receipt(app: HeadcountApp, ended: Ended) -> None:
    """Show the card, and go where it is answered to."""

    def go_on(answer: str | None) -> None:
        if answer:
            app.action_open("sync")
        if answer == "stick":
            app.call_after_refresh(app.run_action, "screen.export")

    app.push_screen(ReceiptCard(ended), go_on)
