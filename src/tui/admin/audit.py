"""The audit log: who did what and when, with filters, and as CSV."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from ...core.audit import AuditFilter, AuditRow
from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ..keys import USUAL
from ..look import Level
from ..screens.ask import Ask
from ..screens.base import Page
from ..screens.record import RecordDialog
from ..widgets.table import Cell, Column, Table
from ..words import N_, _, ngettext
from .audit_form import AuditForm
from .audit_words import LIMIT, actor, deed, details, filter_words, outcome, when
from .listing import ListPage
from .ports_audit import AuditDesk, HasAudit

FIRST = 500
"""Entries that are asked for at first; `m` asks for twice as many."""


class AuditPage(ListPage[AuditRow]):
    """The newest entries that fit."""

    TITLE_WORDS = N_("Audit log")
    ABOUT = N_(
        "Every change, every download of personal data, and what was refused; reading this list "
        "is an entry, too, so it does not move by itself: {fetch} asks again. {audit_choose} "
        "chooses by who, what and when, {audit_whose} shows only what this one did, "
        "{audit_everybody} everybody again. {filter} looks through what is shown, {audit_older} "
        "shows older ones, Enter all of an entry. {audit_export} writes every entry that fits "
        "to a CSV file."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["audit_choose"], "choose_entries", N_("Which"), id="audit_choose"),
        Binding(USUAL["audit_whose"], "whose", N_("Only this one"), id="audit_whose"),
        Binding(
            USUAL["audit_everybody"], "everybody", N_("Everybody"), id="audit_everybody", show=False
        ),
        Binding(USUAL["audit_older"], "older", N_("Older"), id="audit_older", show=False),
        Binding(USUAL["audit_export"], "export", N_("Export"), id="audit_export"),
        Binding(USUAL["fetch"], "look", N_("Look again"), id="fetch", show=False),
    ]

    def __init__(self, desk: AuditDesk) -> None:
        super().__init__()
        self._desk = desk
        self._wanted = AuditFilter()
        self._most = FIRST
        self._older = False

    # --- the list ---

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column(_("Time (UTC)"), 19),
            Column(_("Who"), 12, flex=1),
            Column(_("What"), 20, flex=1),
            Column(_("To what"), 12, flex=2),
            Column(_("Outcome"), 18, from_width=92),
        ]

    async def stream(self) -> AsyncGenerator[Sequence[AuditRow] | HeadcountError, None]:
        """The newest entries, once."""
        async for came in self._desk.latest(self._wanted, self._most):
            if isinstance(came, HeadcountError):
                yield came
            else:
                self._older = came.more
                yield came.rows

    def key(self, item: AuditRow) -> str:
        """The entry's number."""
        return str(item.id)

    def text(self, item: AuditRow) -> str:
        """Who, what, to what, outcome."""
        return f"{actor(item)} {deed(item)} {item.subject} {outcome(item)} {when(item.at)}"

    def cells(self, item: AuditRow) -> Sequence[Cell]:
        """The row of an entry."""
        refused = Level.WARN if item.outcome == "refused" else Level.PLAIN
        return [
            Cell(when(item.at), Level.DIM),
            Cell(actor(item)),
            Cell(deed(item), refused),
            Cell(clean_text(item.subject, LIMIT)),
            Cell(outcome(item), refused or Level.DIM),
        ]

    def summary(self, items: Sequence[AuditRow]) -> str:
        """How many, by which filter."""
        return self.joined(
            ngettext("{n} entry", "{n} entries", len(items)),
            _("there are older ones") if self._older else "",
            *filter_words(self._wanted),
        )

    def more(self, item: AuditRow | None) -> str:
        """What became of it, before and after, on some lines."""
        if item is None:
            return ""
        skipped = {_("Time"), _("What"), _("To what"), _("Request")}
        return self.joined(*(f"{a}: {b}" for a, b in details(item) if a not in skipped))

    @on(Table.Chosen)
    def entry(self) -> None:
        """All of it."""
        if item := self.chosen:
            self.app.push_screen(RecordDialog(details(item), ""))

    # --- which ---

    def action_look(self) -> None:
        """Ask once more."""
        self._follow()

    def action_older(self) -> None:
        """Twice as many."""
        if self._older:
            self._most *= 2
            self._follow()

    def action_choose_entries(self) -> None:
        """By who, what, when."""
        form = AuditForm(self._wanted)
        self.app.push_screen(form, lambda answer: self._show(form.wanted) if answer else None)

    def action_whose(self) -> None:
        """Only what this one did."""
        if item := self.chosen:
            self._show(self._wanted._replace(actor=item.actor_id or item.actor))

    def action_everybody(self) -> None:
        """Without a filter."""
        self._show(AuditFilter())

    def _show(self, wanted: AuditFilter) -> None:
        self._wanted, self._most = wanted, FIRST
        self._follow()

    # --- export ---

    def action_export(self) -> None:
        """Ask for a file."""
        more = _("CSV, every entry that fits the choice. It can only be read by you.")
        ask = Ask(_("Export to which new file?"), more, "audit-log.csv")
        self.app.push_screen(ask, self._to_export)

    def _to_export(self, file: str | None) -> None:
        if file:
            self.do(self._export(file))

    async def _export(self, file: str) -> str:
        path, count = await self._desk.export(self._wanted, file)
        words = ngettext("{n} entry", "{n} entries", count)
        return _("Saved: {file}").format(file=f"{path} ({words})")


def make(admin: HasAudit, _event_id: str) -> Page:
    """For the registry."""
    return AuditPage(admin.audit())
