"""Enrol badges: person after person, hold a beacon close, Enter."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from ...core.acts import Act
from ...core.enrolment import Enrolment, Given, in_order, without_badge
from ...core.errors import HeadcountError, UsageError
from ...core.holding import Held, Verdict
from ..checkins import name_of
from ..enrol_words import held_words, turn_lines
from ..error_words import in_one
from ..keys import USUAL
from ..look import Level, look_of
from ..messages import ScanChanged
from ..people_acts import Acts
from ..ports import Desk
from ..ports_people import PeopleDesk
from ..state import LiveState
from ..widgets.banner import Banner
from ..widgets.key_footer import KeyFooter
from ..widgets.table import Cell, Column, Rows, Table
from ..words import N_, _
from .ask import Ask
from .base import Page

REDRAW_SECONDS = 0.2
"""What is held is judged once a second; an act is shown sooner."""


class EnrolPage(Page):
    """Whose turn it is, what is held close, and what was given."""

    TITLE_WORDS = N_("Enrol badges")
    ABOUT = N_(
        "For many hardware beacons at once. The people without a badge come one after the other: "
        "hold a beacon at the scanner for some seconds, and Enter gives it to the person shown. It "
        "must be heard three times in five seconds, and much stronger than any other. What is "
        "given is a line of the log, as when it is given on the People screen; {undo} takes the "
        "last one back."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["give"], "give", N_("Give"), id="give"),
        Binding(USUAL["skip"], "skip", N_("Skip"), id="skip"),
        Binding(USUAL["turn_back"], "turn_back", N_("Before"), id="turn_back"),
        Binding(USUAL["undo"], "undo", N_("Undo"), id="undo"),
        Binding(USUAL["order"], "order", N_("Order"), id="order"),
        Binding(USUAL["begin"], "begin", N_("Scan"), id="begin"),
    ]
    DEFAULT_CSS = """
    EnrolPage #turn { height: auto; padding: 1 2 0 2; }
    EnrolPage #held { height: auto; padding: 1 2; }
    EnrolPage #given { height: 1fr; }
    EnrolPage #status { height: auto; max-height: 4; padding: 0 1; background: $surface; }
    """
    AUTO_FOCUS = ""

    def __init__(self, event_id: str) -> None:
        super().__init__()
        self._event_id = event_id
        self._round: Enrolment | None = None
        self._acts = Acts()
        self._heard_at = -1.0

    def compose(self) -> ComposeResult:
        """Trouble, person, beacon, what was given."""
        yield Static(_("Enrol badges"), id="title", markup=False)
        yield Banner()
        yield Static("", id="turn", markup=False)
        yield Static("", id="held", markup=False)
        columns = [Column(_("Given"), 20, flex=1), Column(_("Badge"), 36)]
        yield Table(columns, choose=False, id="given")
        yield Static("", id="status", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Follow the scan."""
        self._acts.skip(self._live)
        self.set_interval(REDRAW_SECONDS, self.draw)
        self.draw()

    @property
    def _live(self) -> LiveState:
        return self.headcount.session.state

    @property
    def _desk(self) -> PeopleDesk | None:
        return self.headcount.station.people()

    # --- drawing ---

    def draw(self) -> None:
        """Take up what is heard, and show it."""
        if self.app.screen is not self:
            return
        desk = self._desk
        self._acts.follow(self._live, look_of(self).symbols.more)
        self.query_one(Banner).show(*self._banner())
        if desk is None:
            return
        if self._round is None:
            self._round = Enrolment(without_badge(desk.roster))
            self.refresh_bindings()
        self._draw_round(self._round, desk)

    def _draw_round(self, round_: Enrolment, desk: PeopleDesk) -> None:
        symbols = look_of(self).symbols
        held = self._held(round_, desk)
        lines = turn_lines(round_, symbols.more)
        turn = Text("\n").join([Text(lines[0], "bold"), *(Text(line, "dim") for line in lines[1:])])
        self.query_one("#turn", Static).update(turn)
        battery = self._live.battery(held.ble_uuid)
        level, words = held_words(held, round_.person, battery)
        self.query_one("#held", Static).update(f"{symbols.of(level)} {words}".strip())
        rows = Rows(round_.given[::-1], lambda each: each.ble_uuid, _cells)
        self.query_one("#given", Table).show(rows)
        level, words = self._acts.said
        self.query_one("#status", Static).update(f"{symbols.of(level)} {words}".strip())

    def _held(self, round_: Enrolment, desk: PeopleDesk) -> Held:
        last = self._live.last
        if last is None:
            return Held(Verdict.NOTHING)
        if last.now.mono != self._heard_at:
            self._heard_at = last.now.mono
            round_.hear(last.nearby)
        return round_.held(last.now.mono, desk.roster)

    def _banner(self) -> tuple[Level, str, str]:
        if self._desk is None and self.headcount.session.running:
            return Level.PLAIN, _("The scan begins ..."), ""
        if self._desk is None:
            more = _("Beacons are heard by the scan. {key} begins it.")
            key = self.headcount.key_of("begin")
            return Level.WARN, _("No scan is running for this event."), more.format(key=key)
        return Level.PLAIN, "", ""

    # --- acts ---

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Acts need a scan; a scan is begun when there is none."""
        running = self.headcount.session.running
        if action == "begin":
            return not running
        return running or action not in {"give", "skip", "turn_back", "undo", "order"}

    def on_scan_changed(self, _message: ScanChanged) -> None:
        """Draw at once."""
        self.refresh_bindings()
        self.draw()

    def action_begin(self) -> None:
        """Scan, and come back."""
        self.headcount.begin_and_open(self._event_id, "enrol")

    def action_give(self) -> None:
        """Give what is held to whose turn it is."""
        desk, round_ = self._desk, self._round
        if desk and round_:
            held = self._held(round_, desk)
            if held.verdict is Verdict.FOUND and round_.person:
                act = round_.give(held, desk.rules, desk.roster)
                if self._hand(desk, act):
                    round_.was_given(act)
            self.draw()

    def action_skip(self) -> None:
        """The next person."""
        if self._round:
            self._round.skip()
            self.draw()

    def action_turn_back(self) -> None:
        """The person before."""
        if self._round:
            self._round.back()
            self.draw()

    def action_undo(self) -> None:
        """Take back what was given last."""
        desk, round_ = self._desk, self._round
        if desk and round_:
            try:
                act = round_.take_back(desk.rules, desk.book, desk.now())
            except UsageError as error:
                self._acts.say(Level.WARN, in_one(error))
            else:
                if self._hand(desk, act):
                    round_.was_taken_back()
            self.draw()

    def _hand(self, desk: PeopleDesk, act: Act) -> bool:
        """Hand an act to the log; False, and why, if it can't be."""
        try:
            desk.act(act)
        except HeadcountError as error:
            self._acts.say(Level.BAD, in_one(error))
            return False
        self._acts.handed(act)
        return True

    def action_order(self) -> None:
        """Go through the people of a file instead."""
        more = _("A CSV file with a column userId, email or name: the people come in its order.")

        def chosen(file: str | None) -> None:
            if file:
                self.run_worker(self._read_order(Path(file).expanduser()), group="order")

        self.app.push_screen(Ask(_("Order from a file"), more), chosen)

    async def _read_order(self, file: Path) -> None:
        desk = self._desk
        if desk is None:
            return
        try:
            text = await asyncio.to_thread(file.read_text, encoding="utf-8-sig")
            people, troubles = in_order(text, desk.roster)
        except (OSError, UnicodeError) as error:
            words = _("The file can't be read: {why}")
            self._acts.say(Level.WARN, words.format(why=getattr(error, "strerror", "") or error))
        except UsageError as error:
            self._acts.say(Level.WARN, in_one(error))
        else:
            self._round = Enrolment(people)
            self._acts.say(Level.WARN if troubles else Level.OK, _read(len(people), troubles))
        self.draw()


def _read(people: int, troubles: list[str]) -> str:
    words = _("{n} people are on the list.").format(n=people)
    return " ".join([words, *troubles[:3]])


def _cells(given: Given) -> list[Cell]:
    return [Cell(name_of(given.person), Level.STRONG), Cell(given.ble_uuid, Level.DIM)]


def make(_desk: Desk, event_id: str) -> Page:
    """For the registry."""
    return EnrolPage(event_id)
