"""What muster list and hand-over card show. No terminal, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from ..core.errors import HeadcountError
from ..core.identity import clean_text
from ..core.muster import HandOver, Heard, Here
from .error_words import said
from .log_filter import fold
from .look import Level, Symbols
from .ports_muster import Mustered
from .times import clock_time, span
from .widgets.line_table import Cell, Column
from .words import N_, _, ngettext

GROUPS = (Heard.JUST_NOW, Heard.LATELY, Heard.CHECKED_IN)
WORDS = {
    Heard.JUST_NOW: N_("just now"),
    Heard.LATELY: N_("lately"),
    Heard.CHECKED_IN: N_("checked in"),
}
_LEVELS = {Heard.JUST_NOW: Level.OK, Heard.LATELY: Level.WARN, Heard.CHECKED_IN: Level.DIM}
NAME_WIDTH = 32


@dataclass(slots=True)
class MusterState:
    """The people, who of them is ticked off, and which of them are shown."""

    mustered: Mustered | None = None
    ticked: set[str] = field(default_factory=set)
    letters: str = ""
    only_open: bool = False
    """Without those who are ticked off."""
    by_name: bool = False
    """Instead of by how recently heard."""
    error: HeadcountError | None = None

    @property
    def people(self) -> Sequence[Here]:
        """Everybody who is checked in."""
        return self.mustered.people if self.mustered else ()

    def shown(self) -> list[Here]:
        """Those that the filter lets through, in the order that is asked for."""
        words = fold(self.letters).split()
        fit = [
            each
            for each in self.people
            if all(word in fold(each.name) for word in words)
            and not (self.only_open and each.key in self.ticked)
        ]
        return fit if self.by_name else sorted(fit, key=lambda each: GROUPS.index(each.heard))

    def toggle(self, key: str) -> None:
        """Tick somebody off, or take the tick away."""
        self.ticked ^= {key}

    def summary(self, dot: str) -> str:
        """How many are in each group, and how many were ticked off."""
        if self.mustered is None:
            return _("Reading …")
        counts = [
            f"{sum(each.heard is group for each in self.people):,} {_(WORDS[group])}"
            for group in GROUPS
        ]
        ticked = sum(each.key in self.ticked for each in self.people)
        counts.append(
            _("{n} of {all} ticked off").format(n=f"{ticked:,}", all=f"{len(self.people):,}")
        )
        if self.mustered.unknown:
            counts.append(
                ngettext("{n} unknown badge", "{n} unknown badges", self.mustered.unknown)
            )
        return dot.join(counts)

    def empty(self) -> str:
        """What stands in a list without people."""
        if self.error:
            return f"{(words := said(self.error)).what} {words.safe}".strip()
        if self.mustered is None:
            return _("Reading …")
        if not self.people:
            return _("Nobody is checked in yet.")
        if self.only_open and not self.letters:
            return _("Everybody is ticked off.")
        return _("Nobody fits these letters.")


@dataclass(frozen=True, slots=True)
class MusterWords:
    """Puts people into words, for one event and one terminal."""

    where: tzinfo
    symbols: Symbols

    def columns(self) -> list[Column]:
        """The list's columns."""
        return [
            Column("", 3),
            Column(_("Name"), 20, flexible=True),
            Column(_("Heard"), 12),
            Column(_("Ago"), 8, right=True),
            Column(_("Checked in"), 16),
        ]

    def cells(self, here: Here, *, ticked: bool) -> list[Cell]:
        """A line of the list."""
        level = _LEVELS[here.heard]
        mark = {Level.OK: self.symbols.ok, Level.WARN: self.symbols.warn}.get(level, " ")
        return [
            Cell(self._box(ticked=ticked), Level.OK if ticked else Level.PLAIN),
            Cell(clean_text(here.name) or here.key, Level.DIM if ticked else Level.STRONG),
            Cell(f"{mark} {_(WORDS[here.heard])}", level),
            Cell(self._ago(here), Level.DIM),
            Cell(self._checked_in(here), Level.DIM),
        ]

    def _box(self, *, ticked: bool) -> str:
        return f"[{self.symbols.ok}]" if ticked else "[ ]"

    def _ago(self, here: Here) -> str:
        return self.symbols.dash if here.heard_seconds is None else span(here.heard_seconds)

    def _checked_in(self, here: Here) -> str:
        time = clock_time(here.checked_in_ms, self.where, "%H:%M")
        return _("{time} by hand").format(time=time) if here.by_hand else time

    # --- on paper ---

    def sheet(self, state: MusterState, event: str, now_ms: int) -> str:
        """The list as a text to be printed, everybody on it, with boxes to tick."""
        time = clock_time(now_ms, self.where, "%Y-%m-%d %H:%M:%S %Z")
        lines = [_("Muster list: {event}").format(event=event), time, state.summary("; "), ""]
        for group in GROUPS:
            people = [each for each in state.people if each.heard is group]
            if people:
                lines += [f"{_(WORDS[group])} ({len(people)})", *self._lines(people, state), ""]
        return "\n".join(lines)

    def _lines(self, people: Iterable[Here], state: MusterState) -> list[str]:
        return [
            f"  [{'x' if each.key in state.ticked else ' '}] "
            f"{(clean_text(each.name) or each.key)[:NAME_WIDTH]:<{NAME_WIDTH}} "
            f"{self._ago(each):>8}  {self._checked_in(each)}"
            for each in people
        ]

    def table(self, state: MusterState) -> list[list[str]]:
        """The list as rows for a spreadsheet."""
        rows = [["name", "heard", "secondsAgo", "checkedIn", "byHand", "ticked"]]
        for each in state.people:
            ago = "" if each.heard_seconds is None else str(int(each.heard_seconds))
            time = clock_time(each.checked_in_ms, self.where, "%Y-%m-%dT%H:%M:%S%z")
            flags = ["yes" if flag else "no" for flag in (each.by_hand, each.key in state.ticked)]
            rows.append([each.name, each.heard.value, ago, time, *flags])
        return rows

    def card(self, card: HandOver) -> list[tuple[str, str]]:
        """The card's facts: label and words."""
        registered = self.symbols.dash if card.registered is None else f"{card.registered:,}"
        return [
            (_("Event"), clean_text(card.event)),
            (_("Time"), clock_time(card.time_ms, self.where, "%Y-%m-%d %H:%M:%S %Z")),
            (_("Here now"), f"{card.here:,}"),
            (_("Checked in"), f"{card.checked_in:,}"),
            (_("Registered"), registered),
            (_("Unknown"), ngettext("{n} badge", "{n} badges", card.unknown)),
            (_("Unsent"), ngettext("{n} record", "{n} records", card.unsent)),
            (_("Refused"), ngettext("{n} record", "{n} records", card.refused)),
        ]

    def troubles(self, card: HandOver) -> list[str]:
        """What is open; a sentence for nothing."""
        return [clean_text(each, 300) for each in card.troubles] or [_("No open troubles.")]

    def card_sheet(self, card: HandOver, notes: str) -> str:
        """The card as a text."""
        lines = [_("Hand-over card"), ""]
        lines += [f"{label + ':':<14}{words}" for label, words in self.card(card)]
        lines += ["", _("Open troubles:"), *(f"  - {each}" for each in self.troubles(card))]
        written = [clean_text(line, 500) for line in notes.splitlines()] or [_("none")]
        return "\n".join([*lines, "", _("Notes:"), *(f"  {line}" for line in written), ""])
