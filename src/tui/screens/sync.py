"""Sync: what will be sent and to where, how far it is, and the receipt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table as Grid
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import ProgressBar, Static

from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ..error_words import in_one
from ..look import Level, look_of
from ..ports import Desk
from ..ports_sync import Plan, Receipt, Sent, SyncDesk, Waiting
from ..sync_state import Phase, SyncState, receipt_counts, size
from ..times import clock_time, zone
from ..widgets.key_footer import KeyFooter
from ..words import N_, _, ngettext
from .ask import Ask, Told
from .base import Page
from .confirm import Answer, Confirm

TICK_SECONDS = 0.25
"""How often the time left is put right."""


class SyncPage(Page):
    """Nothing is sent before somebody says so."""

    TITLE_WORDS = N_("Sync")
    ABOUT = N_(
        "Sends what the backend has not acknowledged, from every event's log on this machine. It "
        "can be stopped and gone on with at any time: nothing is lost, nothing is counted twice, "
        "and scanning goes on. Without a network, copy the logs to a stick; 'headcount sync "
        "--event ID --log FILE' sends them from any computer."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "send", N_("Send"), id="send"),
        Binding("x", "halt", N_("Stop"), id="stop"),
        Binding("e", "export", N_("To a stick"), id="stick"),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("down,j", "scroll(1)", show=False),
    ]
    DEFAULT_CSS = """
    SyncPage #body { padding: 1 1 0 1; scrollbar-size-vertical: 1; }
    SyncPage #body Static { height: auto; max-width: 100; margin-bottom: 1; }
    SyncPage ProgressBar { width: 1fr; max-width: 100; height: 1; }
    SyncPage ProgressBar Bar { width: 1fr; }
    SyncPage #headline { text-style: bold; }
    SyncPage #headline.-ok { color: $text-success; }
    SyncPage #headline.-warn { color: $text-warning; }
    SyncPage #headline.-bad { color: $text-error; }
    SyncPage #bar { display: none; }
    SyncPage.-busy #bar { display: block; }
    SyncPage #progress { color: $text-muted; }
    """

    def __init__(self, desk: SyncDesk) -> None:
        super().__init__()
        self._desk = desk
        self._state = SyncState()
        self._offered_stop = False

    # --- making ---

    def compose(self) -> ComposeResult:
        """Where to and what, how far, and what came of it."""
        yield Static(_("Sync"), id="title", markup=False)
        with VerticalScroll(id="body"):
            yield Static("", id="plan")
            yield Static("", id="headline")
            yield ProgressBar(total=1.0, show_eta=False, id="bar")
            yield Static("", id="progress")
            yield Static("", id="outcome")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Count what is unsent."""
        self.set_interval(TICK_SECONDS, self._tick)
        self._plan()
        self._draw()

    @work(exclusive=True, group="plan")
    async def _plan(self) -> None:
        try:
            self._state.planned(await asyncio.to_thread(self._desk.plan))
        except HeadcountError as error:
            self._state.failed(error)
        self._draw()

    # --- sending ---

    def action_send(self) -> None:
        """Send, or go on."""
        if not self._state.busy and self._state.plan is not None:
            self._send()

    @work(exclusive=True, group="send")
    async def _send(self) -> None:
        state = self._state
        try:
            state.planned(await asyncio.to_thread(self._desk.plan))
            state.began(self._desk.now().mono)
            self._draw()
            state.finished(await self._desk.run(self._sent, self._retrying))
        except asyncio.CancelledError:
            state.stopped()
            raise
        except HeadcountError as error:
            state.failed(error)
        finally:
            self._draw()
        self._plan()

    def _sent(self, sent: Sent) -> None:
        self._state.progressed(sent)

    def _retrying(self, error: HeadcountError, wait: float) -> None:
        self._state.retrying(error, wait, self._desk.now().mono)

    def action_halt(self) -> None:
        """Stop; what was acknowledged stays so."""
        self.workers.cancel_group(self, "send")

    def action_back(self) -> None:
        """Leave; while something is sent, after a question."""
        if not self._state.busy:
            super().action_back()
            return
        more = _(
            "What was acknowledged stays so, the rest is safe here. The next sync goes on with it."
        )
        answers = [Answer("", _("Stay")), Answer("leave", _("Stop and leave"))]
        self.app.push_screen(Confirm(_("Stop sending and leave?"), more, answers), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == "leave":
            self.action_halt()
            super().action_back()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Send or stop, whichever can be done."""
        if action == "send":
            return not self._state.busy
        if action == "halt":
            return self._state.busy
        return super().check_action(action, parameters)

    # --- the stick ---

    @work(exclusive=True, group="sticks")
    async def action_export(self) -> None:
        """Copy the logs to a stick."""
        sticks = await asyncio.to_thread(self._desk.sticks)
        if sticks:
            found = ngettext(
                "{n} removable disk is plugged in.", "{n} are plugged in.", len(sticks)
            )
        else:
            found = _("No removable disk was found; any folder will do.")
        more = found + " " + _("The logs with unsent records are copied; they stay unsent here.")
        first = sticks[0] if sticks else ""
        self.app.push_screen(Ask(_("Copy to which folder?"), more, first), self._to_folder)

    def _to_folder(self, folder: str | None) -> None:
        if folder:
            self._export(folder)

    @work(exclusive=True, group="export")
    async def _export(self, folder: str) -> None:
        try:
            files = await asyncio.to_thread(self._desk.export, folder)
        except HeadcountError as error:
            self.notify(in_one(error), severity="error", markup=False)
            return
        if not files:
            self.notify(_("Nothing is unsent: nothing was copied."), markup=False)
            return
        how = _("All is on the disk, which may be pulled out. On a computer with a network:")
        command = "headcount sync --event ID --log FILE"
        self.app.push_screen(Told(_("Copied"), [*files, "", how, command]))

    # --- drawing ---

    def _tick(self) -> None:
        if self._state.busy:
            self._draw()

    def _draw(self) -> None:
        if not self.query("#outcome"):
            return  # the screen goes
        state, mono = self._state, self._desk.now().mono
        level, words = state.headline(mono)
        symbol = look_of(self).symbols
        mark = {Level.OK: symbol.ok, Level.WARN: symbol.warn, Level.BAD: symbol.bad}.get(level, "")
        headline = self.query_one("#headline", Static)
        headline.set_classes(f"-{level}" if level else "")
        headline.update(Text(f"{mark} {words}".strip()))
        self.set_class(state.busy, "-busy")
        self.query_one(ProgressBar).update(progress=state.part)
        begun = state.busy or state.phase is Phase.STOPPED
        progress = self.query_one("#progress", Static)
        progress.display = begun
        progress.update(Text(state.progress(mono)))
        self.query_one("#plan", Static).update(self._plan_grid(state.plan))
        self.query_one("#outcome", Static).update(self._outcome())
        if state.busy is not self._offered_stop:
            self._offered_stop = state.busy
            self.refresh_bindings()

    def _plan_grid(self, plan: Plan | None) -> Grid:
        grid = Grid.grid(padding=(0, 2), expand=True)
        grid.add_column(ratio=1)
        for _column in range(3):
            grid.add_column(justify="right")
        if plan is None:
            return grid
        where = Text.assemble((_("To") + " ", "dim"), clean_text(plan.url, 200))
        if not plan.has_key:
            where.append("  " + _("(no key is set)"), "bold")
        grid.add_row(where)
        grid.add_row()
        heads = (_("Event"), _("Unsent"), _("Size"), _("Refused"))
        grid.add_row(*(Text(head, style="dim") for head in heads))
        for log in plan.logs:
            grid.add_row(*_cells(log))
        if len(plan.logs) > 1:
            total = Waiting("", _("Together"), "", plan.records, plan.bytes, plan.refused)
            grid.add_row(*_cells(total), style="bold")
        return grid

    def _outcome(self) -> Text:
        state = self._state
        lines = [Text(sentence) for sentence in state.advice()]
        if state.outcome:
            time = clock_time(state.outcome.time_ms, zone("UTC"), "%Y-%m-%d %H:%M:%S UTC")
            for receipt in state.outcome.receipts:
                lines += [*([Text()] if lines else []), *self._receipt(receipt, time)]
        return Text("\n").join(lines)

    def _receipt(self, receipt: Receipt, time: str) -> Sequence[Text]:
        title = _("Receipt: {event}, {time}").format(event=clean_text(receipt.event), time=time)
        lines = [Text(title, style="bold"), Text(receipt_counts(receipt))]
        if receipt.digest:
            lines.append(Text(f"{receipt.acked_bytes:,} bytes, SHA-256 {receipt.digest}"))
        if receipt.archived:
            lines.append(Text(_("The log is archived: {path}").format(path=receipt.archived)))
        return [*lines, *(Text(clean_text(note, 500)) for note in receipt.notes)]

    def action_scroll(self, by: int) -> None:
        """A receipt can be long."""
        self.query_one("#body").scroll_relative(y=by, animate=False)


def _cells(log: Waiting) -> Sequence[Text]:
    numbers = (f"{log.records:,}", size(log.bytes), f"{log.refused:,}")
    return [Text(clean_text(log.event)), *map(Text, numbers)]


def make(desk: Desk, _event_id: str) -> Page:
    """For the registry."""
    return SyncPage(desk.station.sync())
