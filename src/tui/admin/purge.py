"""What has outlived its time, by event and kind; and its end, after a question."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from ...core.data_care import PurgePlan
from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ..keys import USUAL
from ..look import Level
from ..screens.ask import Told
from ..screens.confirm import Answer, Confirm
from ..widgets.table import Cell, Column
from ..words import N_, _, ngettext
from .care_words import LIMIT, consequence, kind, purged, total
from .listing import ListPage
from .ports_care import CareDesk
from .ports_events import EventsDesk


class Line(NamedTuple):
    """Rows of one kind, of one event or none."""

    event_id: str
    table: str
    rows: int


class PurgePage(ListPage[Line]):
    """The dry run."""

    TITLE_WORDS = N_("What has outlived its time")
    ABOUT = N_(
        "A dry run: nothing is deleted by looking. What is kept for how long is in the backend's "
        "configuration. {purge_delete} deletes exactly what is shown, after a question: the rows "
        "are written to the archive on the backend's machine first, and each event is an entry in "
        "the audit log. If something else is due by then, nothing is deleted, and the list is "
        "shown anew. {fetch} asks again."
    )
    CHOOSES = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["purge_delete"], "purge", N_("Archive and delete"), id="purge_delete"),
        Binding(USUAL["fetch"], "look", N_("Look again"), id="fetch", show=False),
    ]

    def __init__(self, desk: CareDesk, events: EventsDesk | None = None) -> None:
        super().__init__(events)
        self._desk = desk
        self._plan: PurgePlan | None = None
        self._working = False

    # --- the list ---

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column(_("Event"), 20, flex=1),
            Column(_("What"), 28, flex=1),
            Column(_("Rows"), 10, right=True),
        ]

    async def stream(self) -> AsyncGenerator[Sequence[Line] | HeadcountError, None]:
        """Once; a plan that may be another one by now is not kept."""
        self._plan = None
        async with aclosing(self._desk.plan()) as plans:
            async for came in plans:
                if isinstance(came, HeadcountError):
                    yield came
                else:
                    self._plan = came
                    yield [Line(due.event_id, *row) for due in came.due for row in due.rows.items()]

    def key(self, item: Line) -> str:
        """Event and table."""
        return f"{item.event_id} {item.table}"

    def text(self, item: Line) -> str:
        """Event and kind."""
        return f"{self._event(item)} {kind(item.table)}"

    def cells(self, item: Line) -> Sequence[Cell]:
        """The row of a line."""
        level = Level.PLAIN if item.event_id else Level.DIM
        return [
            Cell(self._event(item), level),
            Cell(kind(item.table)),
            Cell(f"{item.rows:,}"),
        ]

    def _event(self, item: Line) -> str:
        return self.event_name(item.event_id) if item.event_id else _("of no event")

    def summary(self, items: Sequence[Line]) -> str:
        """How much it is, and where it would go."""
        if self._working:
            return _("Archiving and deleting ...")
        named = self._plan is not None and self._plan.archive
        return self.joined(
            ngettext("{n} row", "{n} rows", sum(each.rows for each in items)),
            _("nothing is deleted yet"),
            "" if named else _("the backend names no archive folder"),
        )

    def more(self, item: Line | None) -> str:  # noqa: ARG002 - the same for all
        """Where the rows would go."""
        if self._plan is None or not self._plan.archive:
            return ""
        folder = clean_text(self._plan.archive, LIMIT)
        return _("Archive on the backend's machine: {folder}").format(folder=folder)

    def nothing(self) -> str:
        """An empty plan is good news."""
        return _("Nothing has outlived its time.")

    # --- acts ---

    def action_look(self) -> None:
        """Ask once more."""
        if not self._working:
            self._follow()

    def action_purge(self) -> None:
        """Ask first."""
        plan = self._plan
        if plan is None or self._working:
            return
        if not plan.due:
            self.notify(_("Nothing has outlived its time."))
        elif not plan.archive:
            self.app.push_screen(Told(_("Nothing can be deleted from here"), _no_archive()))
        else:
            answers = [Answer("", _("Leave it")), Answer("purge", _("Delete"), danger=True)]
            rows = ngettext("Delete {n} row?", "Delete {n} rows?", total(plan))
            self.app.push_screen(Confirm(rows, consequence(plan), answers), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer and self._plan is not None:
            self._working = True
            self.draw()
            self.do(self._purge(self._plan), self._end)

    async def _purge(self, plan: PurgePlan) -> str:
        done = await self._desk.purge(plan.digest)
        self.app.push_screen(Told(_("Deleted"), purged(done)))
        return ""

    def _end(self) -> None:
        """What is due now: also after a refusal, which may have been of another plan."""
        self._working = False
        self._follow()


def _no_archive() -> list[str]:
    return [
        _("The backend's configuration names no folder that the rows are archived to."),
        _("Set retention.archive_dir on its machine, or run there: headcount purge"),
    ]
