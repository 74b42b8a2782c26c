"""The care of data: what is done where, and what has outlived its time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple

from textual import on

from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ...core.retention import Due
from ..look import Level
from ..screens.ask import Told
from ..screens.base import Page
from ..widgets.table import Cell, Column, Table
from ..words import N_, _, ngettext
from .listing import ListPage
from .ports_care import CareDesk, HasCare


class Duty(NamedTuple):
    """Something that is done now and then."""

    name: str
    what: str
    command: str
    about: str


DUTIES = (
    Duty(
        "backup",
        N_("Make a backup"),
        "headcount backup",
        N_("A running backend makes one by itself every few hours, as configured."),
    ),
    Duty(
        "backups",
        N_("See the backups"),
        "headcount backup list",
        N_("The backups in the backend's folder, the oldest first."),
    ),
    Duty(
        "verify",
        N_("Check a backup"),
        "headcount backup verify FILE",
        N_("Reads all of it, and compares it with its checksum. Nothing is changed."),
    ),
    Duty(
        "restore",
        N_("Go back to a backup"),
        "headcount restore FILE",
        N_("Stop the backend first. With --force the database that is there is put aside."),
    ),
    Duty(
        "plan",
        N_("See what outlived its time"),
        "headcount purge --dry-run",
        N_("Enter shows it here, where the database is on this machine. Nothing is deleted."),
    ),
    Duty(
        "purge",
        N_("Delete it, archived first"),
        "headcount purge",
        N_("Reports stay what they were. A running backend can do it once a day, as configured."),
    ),
    Duty(
        "export",
        N_("Export a person's data"),
        "headcount users export-person WHO",
        N_("Or here: People, Enter on the person, then x. It works over the network."),
    ),
    Duty(
        "erase",
        N_("Erase a person"),
        "headcount users erase WHO",
        N_("Or here: People, Enter on the person, then z. It shows first what would go."),
    ),
)


class CarePage(ListPage[Duty]):
    """What there is to do, and by which command."""

    TITLE_WORDS = N_("Care of data")
    ABOUT = N_(
        "Backups, restoring and deleting what is too old are done by commands on the machine with "
        "the database, not over the network: nobody can replace or delete the data with a sign-in "
        "alone. Enter on a line says more; on the plan of deletion it shows what would go."
    )

    def __init__(self, desk: CareDesk) -> None:
        super().__init__()
        self._desk = desk

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [Column(_("What"), 27), Column(_("Command"), 34, flex=1)]

    async def stream(self) -> AsyncGenerator[Sequence[Duty] | HeadcountError, None]:
        """They are always the same."""
        yield DUTIES

    def key(self, item: Duty) -> str:
        """Its name."""
        return item.name

    def text(self, item: Duty) -> str:
        """Everything that is shown of it."""
        return f"{_(item.what)} {item.command} {_(item.about)}"

    def cells(self, item: Duty) -> Sequence[Cell]:
        """The row of a duty."""
        return [Cell(_(item.what)), Cell(item.command, Level.STRONG)]

    def summary(self, items: Sequence[Duty]) -> str:  # noqa: ARG002 - always the same
        """Where the commands run."""
        return _("Commands on the machine with the database.")

    def more(self, item: Duty | None) -> str:
        """What to know of it."""
        return _(item.about) if item else ""

    @on(Table.Chosen)
    def look(self) -> None:
        """The plan of deletion; of the others, what to know."""
        if (item := self.chosen) and item.name == "plan":
            self.do(self._plan(item))
        elif item:
            self.app.push_screen(Told(_(item.what), [item.command, "", _(item.about)]))

    async def _plan(self, item: Duty) -> str:
        plan = await self._desk.plan()
        if plan is None:
            said = _("The database is on another machine. Run there: {command}")
            return said.format(command=item.command)
        self.app.push_screen(Told(_("What would be deleted"), plan_lines(plan)))
        return ""


def plan_lines(plan: Sequence[Due]) -> list[str]:
    """A line for each event, then what it means."""
    if not plan:
        return [_("Nothing has outlived its time.")]
    lines = []
    for due in plan:
        counts = ", ".join(
            f"{clean_text(table)}: {ngettext('{n} row', '{n} rows', count)}"
            for table, count in due.rows.items()
        )
        lines.append(f"{clean_text(due.event_id) or _('of no event')}  {counts}")
    return [*lines, "", _("Nothing was deleted. headcount purge archives it, then deletes it.")]


def make(admin: HasCare, _event_id: str) -> Page:
    """For the registry."""
    return CarePage(admin.care())
