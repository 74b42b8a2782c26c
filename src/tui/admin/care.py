"""The care of data: the backend's backups, the restore drill; from here to the purge."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from ...core.data_care import KeptBackup
from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ..keys import USUAL
from ..look import Level
from ..screens.ask import Told
from ..screens.base import Page
from ..widgets.table import Cell, Column, Table
from ..words import N_, _
from .care_words import (
    HOWS,
    LIMIT,
    SHORT,
    SHORTER,
    STATES,
    details,
    drilled,
    made,
    size,
    state,
    summary,
)
from .listing import ListPage
from .ports_care import CareDesk, HasCare
from .ports_events import EventsDesk


class CarePage(ListPage[KeptBackup]):
    """The backups, the newest first."""

    TITLE_WORDS = N_("Care of data")
    ABOUT = N_(
        "The backups on the backend's machine; a running backend makes one every few hours, as "
        "configured. {care_back_up} makes one now. {care_drill} reads the one under the cursor to "
        "its end, compares its checksum and counts its rows: nothing is restored. Enter says more. "
        "Going back to a backup is a command on the backend's machine, so that nobody replaces the "
        "data with a sign-in alone. {care_plan} shows what has outlived its time, and deletes it "
        "from there."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["care_back_up"], "back_up", N_("Back up"), id="care_back_up"),
        Binding(USUAL["care_drill"], "drill", N_("Drill"), id="care_drill"),
        Binding(USUAL["care_plan"], "plan", N_("Too old"), id="care_plan"),
    ]

    def __init__(
        self, desk: CareDesk, now_ms: Callable[[], int], events: EventsDesk | None = None
    ) -> None:
        super().__init__()
        self._desk = desk
        self._now_ms = now_ms
        self._events = events
        self._job = ""
        """What is being done, in words."""

    # --- the list ---

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column(_("Made (UTC)"), 16),
            Column(_("By"), 19),
            Column(_("Size"), 8, right=True),
            Column(_("State"), 20, flex=1),
        ]

    def stream(self) -> AsyncGenerator[Sequence[KeptBackup] | HeadcountError, None]:
        """Those on the backend's machine."""
        return self._desk.follow()

    def key(self, item: KeptBackup) -> str:
        """Its name."""
        return item.name

    def text(self, item: KeptBackup) -> str:
        """Everything that is shown of it."""
        return f"{made(item)} {_(HOWS[item.how])} {state(item)} {clean_text(item.name, LIMIT)}"

    def cells(self, item: KeptBackup) -> Sequence[Cell]:
        """The row of a backup."""
        return [
            Cell(made(item, SHORT)),
            Cell(_(HOWS[item.how]), Level.DIM),
            Cell(size(item.size)),
            Cell(state(item, SHORTER), STATES[item.state][1]),
        ]

    def summary(self, items: Sequence[KeptBackup]) -> str:
        """What is being done; how many, how old."""
        return self.joined(self._job, *summary(items, self._now_ms()))

    def more(self, item: KeptBackup | None) -> str:
        """The backup's name, and where a person's data is dealt with."""
        key_of = self.headcount.key_of
        person = _("One person's data: People, Enter on the person, then {export} or {erase}.")
        words = person.format(export=key_of("person_export"), erase=key_of("person_erase"))
        return f"{clean_text(item.name, LIMIT)}\n{words}" if item else words

    def nothing(self) -> str:
        """How to make the first one."""
        none = _("There is no backup yet. {key} makes one.")
        return none.format(key=self.headcount.key_of("care_back_up"))

    @on(Table.Chosen)
    def look(self) -> None:
        """All of it, and the way back to it."""
        if item := self.chosen:
            self.app.push_screen(Told(_("A backup"), details(item)))

    # --- acts ---

    def action_back_up(self) -> None:
        """Make one now."""
        self._begin(_("Making a backup ..."), self._back_up)

    async def _back_up(self) -> str:
        kept = await self._desk.back_up()
        said = _("The backup is made and checked: {name}, {size}.")
        return said.format(name=clean_text(kept.name, LIMIT), size=size(kept.size))

    def action_drill(self) -> None:
        """Read the one under the cursor to its end."""
        if item := self.chosen:
            self._begin(_("Reading the backup ..."), lambda: self._drill(item))

    async def _drill(self, item: KeptBackup) -> str:
        self.app.push_screen(Told(*drilled(await self._desk.drill(item.name))))
        return ""

    def action_plan(self) -> None:
        """What has outlived its time."""
        from .purge import PurgePage

        self.app.push_screen(PurgePage(self._desk, self._events))

    def _begin(self, job: str, act: Callable[[], Coroutine[object, object, str]]) -> None:
        """One after the other: the backend refuses a second one, too."""
        if self._job:
            self.notify(_("Wait until this is done: {job}").format(job=self._job), markup=False)
            return
        self._job = job
        self.draw()
        self.do(act(), self._end)

    def _end(self) -> None:
        self._job = ""
        self._follow()


def make(admin: HasCare, _event_id: str) -> Page:
    """For the registry."""
    return CarePage(admin.care(), admin.now_ms, admin.events())
