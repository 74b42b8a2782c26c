"""What can be saved and printed, and acts whose outcome is told in a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from ...core.errors import HeadcountError
from ..error_words import in_one
from ..ports_muster import MusterDesk
from ..words import N_, _
from .ask import Ask
from .base import Page


class ActingPage(Page):
    """Does what reads or writes files in a thread, and says what came of it."""

    @work(exclusive=True, group="act")
    async def tell(self, act: Callable[[], str], then: Callable[[], None] = lambda: None) -> None:
        """Do it; the answer, or the error, is shown for some seconds."""
        try:
            words = await asyncio.to_thread(act)
        except HeadcountError as error:
            self.notify(in_one(error), severity="error", markup=False)
        else:
            self.notify(words, markup=False)
        then()


class PaperPage(ActingPage):
    """A page whose content can be saved and printed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", N_("Save"), id="save"),
        Binding("p", "print", N_("Print"), id="print"),
    ]
    PAPER: ClassVar[str] = ""
    """Begins the suggested file's name."""
    FORMS: ClassVar[str] = ""
    """What a file holds, for the question."""

    def __init__(self, desk: MusterDesk) -> None:
        super().__init__()
        self.desk = desk

    def sheet(self) -> str:
        """The content as a text; empty while there is none."""
        raise NotImplementedError

    def write(self, file: str) -> str:
        """Write the content to a new file; its path. Raises UsageError."""
        return self.desk.save(file, self.sheet())

    def action_save(self) -> None:
        """To a file."""
        suggested = self.desk.suggested_file(self.PAPER)
        ask = Ask(_("Save to which new file?"), _(self.FORMS), suggested)
        self.app.push_screen(ask, self._to_file)

    def _to_file(self, file: str | None) -> None:
        if file and self.sheet():
            self.tell(lambda: _("Saved: {file}").format(file=self.write(file)))

    def action_print(self) -> None:
        """On paper."""
        sheet = self.sheet()

        def printed() -> str:
            self.desk.print_out(sheet)
            return _("Sent to the printer.")

        if sheet:
            self.tell(printed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Printing is offered where there is a printer command."""
        if action == "print":
            return self.desk.can_print
        return super().check_action(action, parameters)
