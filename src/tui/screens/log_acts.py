"""What can be done with a log beside reading it: verify, export, deal with refused records."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import ClassVar, TypeVar

from textual import work
from textual.binding import Binding, BindingType

from ...core.errors import HeadcountError
from ...core.review import LogRow, RecordState
from ..error_words import in_one
from ..log_words import exported
from ..ports_log import Cancelled, Checked, LogReview
from ..words import N_, _, ngettext
from .ask import Ask, Told, Working
from .paper import ActingPage

T = TypeVar("T")
PROBLEMS = 200
"""Problems that are listed; a log with more is broken as a whole."""


class LogActs(ActingPage):
    """The acts; what is shown is a subclass's part."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "verify", N_("Verify"), id="verify"),
        Binding("e", "export", N_("Export"), id="export"),
        Binding("t", "retry", N_("Try again"), id="retry"),
        Binding("d", "discard", N_("Discard"), id="discard"),
        Binding("u", "restore", N_("Restore"), id="restore"),
        Binding("a", "assign", N_("Assign"), id="assign"),
    ]

    def __init__(self, review: LogReview) -> None:
        super().__init__()
        self.review = review

    def row(self) -> LogRow | None:
        """The line that the acts are about."""
        raise NotImplementedError

    def failed(self, error: HeadcountError) -> None:
        """Say what went wrong."""
        raise NotImplementedError

    def look_again(self) -> None:
        """An act may have changed what is known of the lines."""
        raise NotImplementedError

    # --- checking and copying ---

    def action_verify(self) -> None:
        """Check every line."""
        working = Working(
            _("Checking every line"),
            _("Checksums and sequence of the whole log. The log is only read; scanning goes on."),
        )
        self._verify(working)

    @work(exclusive=True, group="verify")
    async def _verify(self, working: Working) -> None:
        checked = await self._worked(working, self.review.verify, self.failed)
        if checked is not None:
            self.app.push_screen(Told(*verdict(checked)))

    async def _worked(
        self,
        working: Working,
        job: Callable[[Callable[[float], None], Cancelled], T | None],
        failed: Callable[[HeadcountError], None],
    ) -> T | None:
        """Do something long in a thread, under a window that shows how far it is."""
        stop = threading.Event()
        await self.app.push_screen(working, lambda _answer: stop.set())
        app = self.app

        def at(part: float) -> None:
            app.call_from_thread(working.at, part)

        try:
            done = await asyncio.to_thread(job, at, stop.is_set)
        except HeadcountError as error:
            failed(error)
            done = None
        if not stop.is_set():
            working.dismiss("")
        return done

    def action_export(self) -> None:
        """Copy the intact records."""
        more = _("Every intact record, byte for byte; CSV where the name ends in .csv.")
        suggested = self.review.suggested_file()
        self.app.push_screen(Ask(_("Export to which new file?"), more, suggested), self._to_file)

    def _to_file(self, file: str | None) -> None:
        if file:
            more = _("To {file}. The log is only read; scanning goes on.").format(file=file)
            self._export(Working(_("Copying the records"), more), file)

    @work(exclusive=True, group="export")
    async def _export(self, working: Working, file: str) -> None:
        written = await self._worked(working, partial(self.review.export, file), self._not_copied)
        if written is not None:
            self.notify(exported(written), markup=False)

    def _not_copied(self, error: HeadcountError) -> None:
        self.notify(in_one(error), severity="error", markup=False)

    # --- refused records ---

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Acts on refused records are offered only on those."""
        row = self.row()
        state = row.state if row else None
        if action in {"retry", "discard"}:
            return state is RecordState.REFUSED
        if action == "restore":
            return state in {RecordState.DISCARDED, RecordState.ASSIGNED}
        if action == "assign":
            return state is RecordState.REFUSED and self.review.can_assign
        return super().check_action(action, parameters)

    def _refusal_id(self) -> str:
        row = self.row()
        if row is None:
            return ""
        refusal = self.review.standing(row.place.file).refused.get(row.place.start)
        return refusal.id if refusal else ""

    def action_discard(self) -> None:
        """Leave it alone from now on, with a reason."""
        refusal_id = self._refusal_id()
        more = _(
            "It is not sent again, and sync no longer complains. The log keeps the line, and "
            "{key} takes this back. Why?"
        ).format(key=self.headcount.key_of("restore"))

        def answered(reason: str | None) -> None:
            if reason:
                self._act(lambda: self.review.discard(refusal_id, reason), _("Discarded."))

        self.app.push_screen(Ask(_("Discard this record?"), more), answered)

    def action_restore(self) -> None:
        """Keep it again."""
        refusal_id = self._refusal_id()
        words = _("Kept again; the next sync tries it.")
        self._act(lambda: self.review.restore(refusal_id), words)

    @work(exclusive=True, group="act")
    async def action_retry(self) -> None:
        """Send it again, now and alone."""
        try:
            taken = await self.review.retry(self._refusal_id())
        except HeadcountError as error:
            self.notify(in_one(error), severity="warning", markup=False)
            return
        words = _("Taken by the backend.") if taken else _("Refused again; it is kept.")
        self.notify(words, markup=False)
        self.look_again()

    def action_assign(self) -> None:
        """Give it to a person."""
        refusal_id = self._refusal_id()

        def answered(person: str | None) -> None:
            if person:
                self._act(lambda: self.review.assign(refusal_id, person), _("Assigned."))

        more = _("The name or email of the person whose record this is.")
        self.app.push_screen(Ask(_("Assign to whom?"), more), answered)

    def _act(self, act: Callable[[], None], words: str) -> None:
        def done() -> str:
            act()
            return words

        self.tell(done, self.look_again)


def verdict(checked: Checked) -> tuple[str, list[str]]:
    """What a check found: a headline, and lines below it."""
    records = ngettext("{n} intact record", "{n} intact records", checked.records)
    size = ngettext("{n} byte", "{n} bytes", checked.bytes)
    if not checked.problems:
        told = [f"{records}, {size}.", checked.countersigned]
        return _("The log is intact"), list(filter(None, told))
    found = ngettext("{n} problem found", "{n} problems found", len(checked.problems))
    safe = _("{records}: safe, and sync sends them. The log was not changed.")
    shown = checked.problems[:PROBLEMS]
    more = len(checked.problems) - len(shown)
    rest = [ngettext("and {n} more", "and {n} more", more)] if more else []
    told = [safe.format(records=records), checked.countersigned]
    return found, [*filter(None, told), "", *shown, *rest]
