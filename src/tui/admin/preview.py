"""What an import would do, before it does it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from ...core.backend import RowError
from ...core.identity import clean_text
from ..look import Level
from ..screens.base import Dialog
from ..widgets.table import Cell, Column, Row, Table
from ..words import _


class Preview(Dialog):
    """The lines that are wrong first, then the good ones. Answers with `import`, or nothing."""

    DEFAULT_CSS = """
    Preview .box { width: 90%; height: 90%; }
    Preview Table { height: 1fr; margin-bottom: 1; background: $panel; }
    """

    def __init__(
        self, headline: str, more: str, good: Sequence[tuple[int, str]], errors: Sequence[RowError]
    ) -> None:
        super().__init__()
        self._headline = headline
        self._more = more
        self._good = good
        self._errors = errors

    def compose(self) -> ComposeResult:
        """Words, lines, answers."""
        with Vertical(classes="box"):
            yield Static(self._headline, classes="headline", markup=False)
            yield Static(self._more, classes="more", markup=False)
            columns = [Column(_("Line"), 6, right=True), Column(_("What"), 20, flex=1)]
            yield Table(columns, empty=_("The file has no lines."), choose=False)
            with Horizontal(classes="answers"):
                if self._good:
                    yield Button(_("Import the good lines"), id="import", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    def on_mount(self) -> None:
        """Fill in."""
        rows = [
            Row(f"e{at}", [Cell(str(error.row), Level.BAD), Cell(_message(error), Level.BAD)])
            for at, error in enumerate(self._errors)
        ]
        rows += [Row(f"g{line}", [Cell(str(line)), Cell(what)]) for line, what in self._good]
        self.query_one(Table).show(rows)
        self.query_one("#import" if self._good else "#never", Button).focus()

    @on(Button.Pressed)
    def answered(self, event: Button.Pressed) -> None:
        """Hand the answer back."""
        self.dismiss("import" if event.button.id == "import" else "")


def _message(error: RowError) -> str:
    return clean_text(error.message, 200)
