"""The admin's events: make, change, duplicate, archive, import, export, radio plan."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from ...core.backend import RowError
from ...core.errors import HeadcountError
from ...core.events_csv import EventLine
from ...core.identity import clean_text
from ...core.radio_plan import plan
from ..keys import USUAL
from ..look import Level
from ..screens.ask import Ask, Told
from ..screens.base import Page
from ..screens.confirm import Answer, Confirm
from ..times import clock_time, when, zone
from ..widgets.table import Cell, Column, Table
from ..words import N_, _, ngettext
from .event_form import DEFAULTS, EventForm
from .event_words import plan_lines, rule_sentence
from .listing import ListPage
from .ports import AdminDesk
from .ports_events import Sheet
from .preview import Preview

HOUR_MS, HOURS = 3_600_000, 2
MOST = 20_000
"""People in one place that a radio plan is asked for: a stadium's stand."""


class EventsPage(ListPage[Sheet]):
    """Every event of the backend."""

    TITLE_WORDS = N_("Events")
    ABOUT = N_(
        "Enter changes the event under the cursor; below the list stands what its rules lead to. "
        "Rules hold for what was recorded before, too. An archived event is kept, with its report, "
        "but no longer offered. A CSV file has the columns name,start,end,tz,id, and "
        "those of the rules as an export names them; times like 2026-05-01 18:00, in the zone of "
        "the line."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["events_new"], "new", N_("New"), id="events_new"),
        Binding(USUAL["events_plan"], "plan", N_("Radio plan"), id="events_plan"),
        Binding(USUAL["events_archive"], "archive", N_("Archive"), id="events_archive"),
        Binding(USUAL["events_duplicate"], "duplicate", N_("Duplicate"), id="events_duplicate"),
        Binding(USUAL["events_import"], "load", N_("Import"), id="events_import"),
        Binding(USUAL["events_export"], "save", N_("Export"), id="events_export"),
        Binding(USUAL["events_view"], "view", N_("All or current"), id="events_view", show=False),
    ]

    def __init__(self, admin: AdminDesk) -> None:
        super().__init__()
        self._admin = admin
        self._desk = admin.events()
        self._all = False

    # --- the list ---

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column(_("When"), 11),
            Column(_("Event"), 14, flex=1),
            Column(_("Start"), 16),
            Column(_("End"), 16, from_width=78),
            Column(_("Time zone"), 16, from_width=100),
        ]

    def stream(self) -> AsyncGenerator[Sequence[Sheet] | HeadcountError, None]:
        """All events."""
        return self._desk.follow()

    def key(self, item: Sheet) -> str:
        """The event's id."""
        return item.event.id

    def text(self, item: Sheet) -> str:
        """Name and id."""
        return f"{item.event.name} {item.event.id}"

    def offered(self, items: Sequence[Sheet]) -> Sequence[Sheet]:
        """The newest first; archived ones on demand."""
        kept = [each for each in items if self._all or not each.archived]
        return sorted(kept, key=lambda each: (-each.event.start, each.event.id))

    def cells(self, item: Sheet) -> Sequence[Cell]:
        """The row of an event."""
        event, where = item.event, zone(item.event.tz)
        level = Level.DIM if item.archived else Level.PLAIN
        name = clean_text(event.name, 200) or event.id
        moments = [clock_time(ms, where, "%Y-%m-%d %H:%M") for ms in (event.start, event.end)]
        state = _("archived") if item.archived else when(event.start, event.end, self._now())
        return [Cell(text, level) for text in (state, name, *moments, clean_text(event.tz))]

    def summary(self, items: Sequence[Sheet]) -> str:
        """How many."""
        archived = sum(each.archived for each in items)
        hidden = ngettext("{n} archived", "{n} archived", archived) if archived else ""
        return self.joined(ngettext("{n} event", "{n} events", len(items)), hidden)

    def more(self, item: Sheet | None) -> str:
        """What the rules lead to."""
        return rule_sentence(item.members) if item else ""

    def _now(self) -> int:
        return self._admin.now_ms()

    # --- making and changing ---

    def action_new(self) -> None:
        """An event from nothing."""
        start = self._now() // HOUR_MS * HOUR_MS + HOUR_MS
        self._make(_("New event"), {"start": start, "end": start + HOURS * HOUR_MS})

    def action_duplicate(self) -> None:
        """An event like this one, a week later."""
        if item := self.chosen:
            week = 7 * 24 * HOUR_MS
            times = {"start": item.event.start + week, "end": item.event.end + week}
            members = {name: value for name, value in item.members.items() if name in DEFAULTS}
            self._make(_("Duplicate, a week later"), members | times)

    def _make(self, headline: str, members: dict[str, object]) -> None:
        form = EventForm(headline, members, new=True)
        self.app.push_screen(form, lambda answer: self._made(form, answer))

    def _made(self, form: EventForm, answer: str | None) -> None:
        if answer:
            self.do(self._create(form))

    async def _create(self, form: EventForm) -> str:
        event = await self._desk.create(form.changes)
        return _("{name} is made.").format(name=clean_text(event.name, 200))

    @on(Table.Chosen)
    def action_edit(self) -> None:
        """Change the event under the cursor."""
        if item := self.chosen:
            form = EventForm(_("Change the event"), item.members, new=False)
            self.app.push_screen(form, partial(self._edited, item, form))

    def _edited(self, item: Sheet, form: EventForm, answer: str | None) -> None:
        if answer:
            self.do(self._change(item, form.changes, _("{name} is changed.")))

    async def _change(self, item: Sheet, changes: object, said: str) -> str:
        assert isinstance(changes, dict)  # noqa: S101 - the form's own
        await self._desk.change(item.event.id, changes)
        return said.format(name=clean_text(item.event.name, 200))

    def action_archive(self) -> None:
        """Put it away, after a question; or take it back."""
        item = self.chosen
        if item is None:
            return
        if item.archived:
            self.do(self._change(item, {"archived": False}, _("{name} is current again.")))
            return
        name = clean_text(item.event.name, 200)
        more = _("It is kept with all its records and its report; {key} shows it again.")
        more = more.format(key=self.headcount.key_of("events_view"))
        answers = [Answer("", _("Leave it")), Answer("archive", _("Archive"))]
        ask = Confirm(_("Archive {name}?").format(name=name), more, answers)
        self.app.push_screen(ask, partial(self._archived, item))

    def _archived(self, item: Sheet, answer: str | None) -> None:
        if answer:
            self.do(self._change(item, {"archived": True}, _("{name} is archived.")))

    def action_view(self) -> None:
        """With the archived ones, or without."""
        self._all = not self._all
        self.draw()

    # --- radio plan ---

    def action_plan(self) -> None:
        """Ask for the number of people, and advise."""
        ask = Ask(
            _("How many people at once?"),
            _("For the advertising interval, the number of scanners, and how long it takes."),
            check=_not_a_crowd,
        )
        self.app.push_screen(ask, self._planned)

    def _planned(self, answer: str | None) -> None:
        if answer:
            headline = _("Radio plan for {n} people").format(n=f"{int(answer):,}")
            self.app.push_screen(Told(headline, plan_lines(plan(int(answer)))))

    # --- files ---

    def action_load(self) -> None:
        """Read a CSV file, and show what it would do."""
        more = _(
            "CSV with the columns name,start,end,tz,id and the rules as in an export. Nothing is "
            "made before you say so."
        )
        self.app.push_screen(Ask(_("Import which file?"), more), self._to_load)

    def _to_load(self, file: str | None) -> None:
        if file:
            self.do(self._preview(file))

    async def _preview(self, file: str) -> str:
        good, errors = await self._desk.read(file)
        lines = [(each.row, clean_text(each.name, 200)) for each in good]
        counts = self.joined(
            ngettext("{n} event", "{n} events", len(good)),
            ngettext("{n} line is wrong", "{n} lines are wrong", len(errors)),
        )
        ask = Preview(_("Import events"), counts, lines, errors)
        self.app.push_screen(ask, partial(self._imported, good))
        return ""

    def _imported(self, good: Sequence[EventLine], answer: str | None) -> None:
        if answer:
            self.do(self._create_all(good))

    async def _create_all(self, good: Sequence[EventLine]) -> str:
        errors: list[RowError] = []
        for line in good:
            try:
                await self._desk.create(line.members())
            except HeadcountError as error:
                errors.append(RowError(line.row, error.what))
        made = ngettext("{n} event is made", "{n} events are made", len(good) - len(errors))
        if errors:
            lines = [made, *(f"{error.row}: {clean_text(error.message, 200)}" for error in errors)]
            self.app.push_screen(Told(_("Not all lines could be imported"), lines))
            return ""
        return made

    def action_save(self) -> None:
        """Write what is shown to a CSV file."""
        more = _("What the list shows now, as CSV.")
        ask = Ask(_("Save to which new file?"), more, "events.csv")
        self.app.push_screen(ask, self._to_save)

    def _to_save(self, file: str | None) -> None:
        if file:
            self.do(self._save(file))

    async def _save(self, file: str) -> str:
        return _("Saved: {file}").format(file=await self._desk.write(file, self.shown()))


def _not_a_crowd(text: str) -> str:
    right = text.isdecimal() and 1 <= int(text) <= MOST
    return "" if right else _("A whole number from 1 to {most}.").format(most=f"{MOST:,}")


def make(admin: AdminDesk, _event_id: str) -> Page:
    """For the registry."""
    return EventsPage(admin)
