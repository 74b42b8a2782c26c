"""Live: watch people arrive, and see at once whether the station can be trusted."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.notifications import SeverityLevel
from textual.widgets import Static

from ...core.model import Hearing, HearingChanged
from ..checkins import Arrival
from ..error_words import safe_and_remedy, sentence
from ..fleet_words import change_words, pushed_words
from ..in_range import ORDERS
from ..keys import USUAL
from ..look import Level, look_of
from ..messages import ScanChanged
from ..state import Seen
from ..times import clock_time, span, zone
from ..trust import trust
from ..widgets.banner import Banner
from ..widgets.chart import Chart, spark
from ..widgets.counter import Counter
from ..widgets.key_footer import KeyFooter
from ..widgets.table import Cell, Column, Rows, Table
from ..widgets.trust_line import TrustLine
from ..words import N_, _, ngettext
from .base import Page, page_bindings
from .confirm import Answer, Confirm

REDRAW_SECONDS = 0.1
"""At most ten times a second, however much happens."""

GAP_SHOWN_MS = 600_000
"""An outage that is over stays in the banner for ten minutes, and in the chart for an hour."""


class Live(Page):
    """The screen at the door."""

    TITLE_WORDS = N_("Live")
    ABOUT = N_(
        "Who arrives, who is in range, and whether the station hears. Scanning goes on while you "
        "look at other screens; it ends only when you stop it here or leave the program."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["filter"], "app.open('people')", N_("Find"), id="filter", key_display="/"),
        Binding(USUAL["claim"], "claim", N_("Claim"), id="claim"),
        *page_bindings(),
        Binding(USUAL["order"], "order", N_("Order"), id="order"),
        Binding(USUAL["retry"], "retry", N_("Try again"), id="retry"),
        Binding(USUAL["accept"], "accept", N_("New settings"), id="accept"),
    ]
    AUTO_FOCUS = "#arrivals"

    def __init__(self) -> None:
        super().__init__()
        self._drawn = (-1, -1)
        self._drawn_pulse: object = None
        self._order = 0
        self._announced: object = None

    def compose(self) -> ComposeResult:
        """Title, trust, trouble, numbers, lists."""
        yield Static("", id="title", markup=False)
        yield TrustLine()
        yield Banner()
        with Horizontal(id="numbers"):
            yield Counter(_("here now"), id="here")
            yield Counter(_("checked in"), id="checked-in")
            yield Counter(_("registered"), id="registered")
            yield Counter(_("unknown"), id="unknown-count")
            yield Chart(id="chart")
        with Horizontal(id="lists"):
            yield self._arrivals()
            with Vertical(id="radio"):
                yield self._nearby("in-range", _("In range"), _("Nobody is in range yet."))
                yield self._nearby("unknown", _("Unknown badges"), _("None."))
        yield KeyFooter()

    def _arrivals(self) -> Table:
        columns = [
            Column(_("Time"), 8),
            Column(_("Arrived"), 12, flex=1),
            Column(_("State"), 12),
            Column(_("Scanner"), 16, from_width=54),
        ]
        return Table(columns, empty=_("Nobody has arrived yet."), choose=False, id="arrivals")

    def _nearby(self, name: str, title: str, empty: str) -> Table:
        columns = [
            Column(title, 10, flex=1),
            Column(_("dBm"), 4, right=True),
            Column(_("Heard"), 6, right=True),
            Column(_("Signal"), 10, from_width=36),
        ]
        return Table(columns, empty=empty, choose=False, id=name)

    def on_mount(self) -> None:
        """Begin to draw."""
        self.set_interval(REDRAW_SECONDS, self.draw)
        self.draw()

    # --- drawing ---

    def draw(self) -> None:
        """Draw what has changed; not while another screen is in front."""
        if self.app.screen is not self:
            return
        session = self.headcount.session
        now = session.station.now()
        drawn = (session.state.revision, now.wall_ms // 1000)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._draw_title(now.wall_ms)
        self._announce()
        self._draw_banner(now.wall_ms, now.mono)
        self.query_one(TrustLine).show(
            trust(session.state, session.facts, now.wall_ms, scanning=session.running)
        )
        self._draw_numbers(now.wall_ms)
        self._draw_lists(now.mono)

    def _draw_title(self, wall_ms: int) -> None:
        session = self.headcount.session
        begun = session.state.begun
        symbols = look_of(self).symbols
        if begun is None:
            words = session.event_id if session.error else _("Starting ...")
        else:
            time = clock_time(wall_ms, zone(begun.event.tz))
            parts = [begun.event.name, time, begun.scanner_id]
            if begun.rehearsal:
                parts.insert(0, _("REHEARSAL, simulated phones"))
            words = symbols.dot.join(parts)
        self.query_one("#title", Static).update(words, layout=False)

    def _draw_banner(self, wall_ms: int, mono: float) -> None:
        session, banner = self.headcount.session, self.query_one(Banner)
        state = session.state
        if session.error or session.ended:
            banner.show(*self._end_words())
        elif state.hearing and state.hearing.state in {Hearing.DEAF, Hearing.SILENT}:
            banner.show(*self._deaf_words(state.hearing, mono))
        elif state.trouble and state.trouble.error:
            error = state.trouble.error
            banner.show(Level.BAD, sentence(error.what), safe_and_remedy(error))
        elif state.gaps and wall_ms - state.gaps[-1].end < GAP_SHOWN_MS:
            banner.show(*self._gap_words())
        elif state.waiting:
            news = replace(state.waiting, refused=())
            headline, more = pushed_words(news, self.headcount.key_of("accept"))
            banner.show(Level.WARN, headline, more)
        else:
            banner.show(Level.PLAIN, "")

    def _announce(self) -> None:
        """What the backend's settings have become, once; those that wait are in the banner."""
        told = self.headcount.session.state.told_settings
        if told is self._announced:
            return
        self._announced = told
        self.refresh_bindings()
        if told and self.headcount.session.state.waiting:  # the banner says what has come
            told = replace(told, changes=()) if told.refused else None
        if told:
            level: SeverityLevel = "warning" if told.refused else "information"
            self.notify("\n".join(pushed_words(told)), severity=level, markup=False)

    def _end_words(self) -> tuple[Level, str, str]:
        """Why nothing is scanned, what is safe, and which keys help."""
        session, key_of = self.headcount.session, self.headcount.key_of
        keys = _("{retry} scans again, {back} goes to the events.")
        keys = keys.format(retry=key_of("retry"), back=key_of("back"))
        if error := session.error:
            return Level.BAD, sentence(error.what), f"{safe_and_remedy(error)}\n{keys}"
        safe = ngettext(
            "{n} record of this run is safe here.",
            "{n} records of this run are safe here.",
            session.ended.records if session.ended else 0,
        )
        return Level.WARN, _("The scan has ended."), f"{safe} {keys}"

    def _deaf_words(self, hearing: HearingChanged, mono: float) -> tuple[Level, str, str]:
        """What is wrong, when the next step comes, and what to do meanwhile."""
        state = self.headcount.session.state
        left = state.retry_in(mono)
        due = _("Next attempt in {span}.").format(span=span(left)) if left is not None else ""
        meanwhile = _("Check people in by name meanwhile.") if state.deaf else ""
        more = "\n".join(filter(None, [f"{due} {meanwhile}".strip(), sentence(hearing.remedy)]))
        level = Level.BAD if state.deaf else Level.WARN
        return level, sentence(first_sentence(hearing.message)), more

    def _gap_words(self) -> tuple[Level, str, str]:
        gap = self.headcount.session.state.gaps[-1]
        begun = self.headcount.session.state.begun
        where = zone(begun.event.tz if begun else "UTC")
        words = _("The radio was deaf from {start} to {end}.")
        times = {"start": clock_time(gap.start, where), "end": clock_time(gap.end, where)}
        more = _("It hears again. The time is in the log as a coverage gap.")
        return Level.WARN, words.format(**times), more

    def _draw_numbers(self, wall_ms: int) -> None:
        state = self.headcount.session.state
        counters = state.counters
        here = self.query_one("#here", Counter)
        if state.doors:
            own = _("here, {n} at this door").format(n=f"{counters.here_own:,}")
            here.show(counters.here, own)
        else:
            here.show(counters.here)
        for name, value in (
            ("#checked-in", counters.checked_in),
            ("#registered", counters.registered),
            ("#unknown-count", counters.unknown),
        ):
            self.query_one(name, Counter).show(value)
        self.query_one(Chart).show(state.per_minute(wall_ms), state.deaf_minutes(wall_ms))

    def _draw_lists(self, mono: float) -> None:
        state = self.headcount.session.state
        arrivals = list(state.arrivals)
        self.query_one("#arrivals", Table).show(Rows(arrivals, _arrival_key, self._arrival_cells))
        if state.last is self._drawn_pulse:
            return
        self._drawn_pulse = state.last

        def cells(seen: Seen) -> list[Cell]:
            return self._seen_cells(seen, mono)

        self.query_one("#in-range", Table).show(Rows(self._ordered(), _uuid_of, cells))
        self.query_one("#unknown", Table).show(Rows(state.unknown, _uuid_of, cells))

    def _ordered(self) -> list[Seen]:
        seen = self.headcount.session.state.seen
        return sorted(seen, key=ORDERS[self._order].key) if self._order else seen

    def _arrival_cells(self, arrival: Arrival) -> list[Cell]:
        session_state = self.headcount.session.state
        begun = session_state.begun
        symbols = look_of(self).symbols
        time = clock_time(arrival.time_ms, zone(begun.event.tz if begun else "UTC"))
        scanner = Cell(begun.scanner_id if begun else "", Level.DIM)
        if not arrival.name:
            name = Cell(f"{arrival.ble_uuid[:8]}{symbols.more}", Level.DIM)
            return [
                Cell(time),
                name,
                Cell(f"{symbols.unknown} {self._why_nobody(arrival)}", Level.WARN),
                scanner,
            ]
        if came := session_state.came_before(arrival):
            words = _("at {door}").format(door=came.scanner_id)
            state = Cell(f"{symbols.ok} {words}", Level.OK)
        elif arrival.by_hand and arrival.registered:
            state = Cell(f"{symbols.ok} {_('by hand')}", Level.OK)
        elif not arrival.registered:
            state = Cell(f"{symbols.walk_in} {_('walk-in')}", Level.WARN)
        else:
            state = Cell(f"{symbols.ok} {_('registered')}", Level.OK)
        return [Cell(time), Cell(arrival.name, Level.STRONG), state, scanner]

    def _why_nobody(self, arrival: Arrival) -> str:
        return _("copied id?") if arrival.copied else _("unknown")

    def _seen_cells(self, seen: Seen, mono: float) -> list[Cell]:
        symbols = look_of(self).symbols
        name = seen.name or f"{seen.ble_uuid[:8]}{symbols.more}{seen.ble_uuid[-4:]}"
        return [
            Cell(name),
            Cell(str(seen.rssi)),
            Cell(span(mono - seen.mono), Level.DIM),
            self._signal(seen),
        ]

    def _signal(self, seen: Seen) -> Cell:
        """The last signals; of a badge whose battery is low, that: the health screen has more."""
        symbols = look_of(self).symbols
        if self.headcount.session.state.battery(seen.ble_uuid):
            words = _("battery")
            return Cell(f"{symbols.warn} {words}", Level.WARN)
        return Cell(spark(seen.history, symbols.bars), Level.DIM)

    # --- acts ---

    def on_scan_changed(self, _message: ScanChanged) -> None:
        """Draw at once."""
        self._drawn = (-1, -1)
        self.refresh_bindings()
        self.draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Trying again, and new settings, are offered only when there is a reason."""
        session = self.headcount.session
        if action == "accept":
            return session.running and session.state.waiting is not None
        return action != "retry" or not session.running

    def action_order(self) -> None:
        """By signal, by name, by the time last heard."""
        self._order = (self._order + 1) % len(ORDERS)
        self._drawn_pulse = None
        self._drawn = (-1, -1)
        self.notify(_(ORDERS[self._order].title), timeout=2, markup=False)

    def action_claim(self) -> None:
        """Give the unknown badge under the cursor, or else the strongest, to somebody."""
        badge = self.query_one("#unknown", Table).chosen
        if badge:
            self.headcount.claim(badge)
        else:
            self.notify(_("No unknown badge is in range."), timeout=3, markup=False)

    def action_retry(self) -> None:
        """Scan again after an error."""
        session = self.headcount.session
        if not session.running:
            session.start(session.event_id)

    def action_accept(self) -> None:
        """Take the backend's new settings now, after a question: the scan begins anew."""
        waiting = self.headcount.session.state.waiting
        if waiting is None:
            return
        more = "\n".join(map(change_words, waiting.changes))
        hint = _("The scan ends and begins anew, which takes a second. All records are safe.")
        answers = [Answer("", _("At the next scan")), Answer("now", _("Now"))]
        ask = Confirm(_("Take the backend's new settings?"), f"{more}\n{hint}", answers)
        self.app.push_screen(ask, self._accepted)

    def _accepted(self, answer: str | None) -> None:
        if answer == "now":
            self.run_worker(self._scan_again(), group="accept", exclusive=True)

    async def _scan_again(self) -> None:
        session = self.headcount.session
        event_id = session.event_id
        await session.stop()
        if session.ended and session.ended not in self.headcount.receipts:
            self.headcount.receipts.append(session.ended)
        session.start(event_id)

    def action_back(self) -> None:
        """Stop scanning, after a question."""
        session = self.headcount.session
        if not session.running:
            self.headcount.leave_live()
            return
        records = session.state.last.records if session.state.last else 0
        more = _(
            "{n} records of this run are safe on the disk. Nobody is noticed until you scan again."
        ).format(n=f"{records:,}")
        answers = [
            Answer("", _("Go on scanning")),
            Answer("stop", _("Stop scanning"), danger=True),
        ]
        self.app.push_screen(Confirm(_("Stop scanning?"), more, answers), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == "stop":
            self.headcount.leave_live()


def _uuid_of(seen: Seen) -> str:
    return seen.ble_uuid


def _arrival_key(arrival: Arrival) -> str:
    return arrival.user_id or arrival.ble_uuid


def first_sentence(text: str) -> str:
    """A headline: the rest of the radio's message repeats what the countdown says."""
    head, dot, _rest = text.partition(". ")
    return head + dot.strip()
