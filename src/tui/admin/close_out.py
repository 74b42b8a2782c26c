"""The close-out of an event: findings with before and after, accepted one by one, then the seal."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Static

from ...core.close_out import CloseOut, Finding
from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ..keys import USUAL
from ..look import Level
from ..screens.ask import Ask
from ..screens.base import Page
from ..screens.confirm import Answer, Confirm
from ..widgets.banner import Banner
from ..widgets.table import Cell, Column
from ..words import N_, _, ngettext
from .close_state import CHECKS, change, facts, hurdle, news, what
from .listing import ListPage
from .ports_close import CloseDesk, Closing, HasCloseOut


class CloseOutPage(ListPage[Finding]):
    """What to look at before the report is sealed."""

    TITLE_WORDS = N_("Close-out")
    CHOOSES = False
    ABOUT = N_(
        "What to look at before the report is final for good; below the list stands how a "
        "finding counts now, and how it counts if it is accepted. Accepting changes no record, "
        "needs a reason, and can be taken back with {close_out_take_back} until the seal. "
        "{tick} marks a finding, {close_out_mark_open} all open ones; {close_out_accept} and "
        "{close_out_take_back} are for all that are marked, else for the one under the cursor. "
        "{close_out_seal} seals facts and rules as they are shown. What changes later opens "
        "another version, and the report says so."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["tick"], "mark", N_("Mark"), id="tick", key_display="space"),
        Binding(
            USUAL["close_out_mark_open"],
            "mark_open",
            N_("Mark open"),
            id="close_out_mark_open",
            show=False,
        ),
        Binding(USUAL["close_out_accept"], "accept", N_("Accept"), id="close_out_accept"),
        Binding(
            USUAL["close_out_take_back"], "take_back", N_("Take back"), id="close_out_take_back"
        ),
        Binding(USUAL["close_out_seal"], "seal", N_("Seal"), id="close_out_seal"),
        Binding(USUAL["fetch"], "look", N_("Look again"), id="fetch", show=False),
    ]

    def __init__(self, desk: CloseDesk, event_id: str) -> None:
        super().__init__()
        self._desk = desk
        self._event_id = event_id
        self._stands: Closing | None = None
        self._marked: set[str] = set()

    # --- the list ---

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column("", 1),
            Column(_("Check"), 15),
            Column(_("Finding"), 20, flex=1),
            Column(_("State"), 10),
            Column(_("By"), 16, from_width=100),
        ]

    async def stream(self) -> AsyncGenerator[Sequence[Finding] | HeadcountError, None]:
        """The findings; where it stands beside them."""
        async for came in self._desk.follow(self._event_id):
            if isinstance(came, HeadcountError):
                yield came
            else:
                self._stands = came
                yield came.state.findings

    def key(self, item: Finding) -> str:
        """The finding's id."""
        return item.id

    def text(self, item: Finding) -> str:
        """Everything that is shown of it."""
        return f"{_(CHECKS[item.check])} {what(item)} {_state(item)[0]}"

    def cells(self, item: Finding) -> Sequence[Cell]:
        """The row of a finding."""
        marked = item.id in self._marked
        return [
            Cell("*" if marked else "", Level.STRONG),
            Cell(_(CHECKS[item.check]), Level.STRONG if marked else Level.PLAIN),
            Cell(what(item)),
            Cell(*_state(item)),
            Cell(clean_text(item.by), Level.DIM),
        ]

    def summary(self, items: Sequence[Finding]) -> str:  # noqa: ARG002 - they are in the state
        """Final or not, how many are open, the last seal."""
        return self.joined(*facts(self._stands)) if self._stands else ""

    def more(self, item: Finding | None) -> str:
        """Before and after."""
        return f"{what(item)}\n{change(item)}" if item else ""

    def draw(self) -> None:
        """The title names the event; the banner says what is to be known first."""
        super().draw()
        if self._stands is None or not self.query("#more"):
            return
        name = clean_text(self._stands.event.name, 200)
        self.query_one("#title", Static).update(_("Close-out: {event}").format(event=name))
        self.table.empty = _("There is nothing to look at.")
        headline, more = news(self._stands.state)
        if self._error is None and headline:
            self.query_one(Banner).show(Level.WARN, headline, more)

    def action_look(self) -> None:
        """Ask once more: that an event is over, no change tells."""
        self._follow()

    # --- marking ---

    def action_mark(self) -> None:
        """Mark the finding under the cursor, or take the mark away; go on to the next."""
        if item := self.chosen:
            self._marked ^= {item.id}
            self.draw()
            self.table.action_move(1)

    def action_mark_open(self) -> None:
        """Mark all that are shown and open; once more: none."""
        unaccepted = {each.id for each in self.shown() if not each.accepted}
        self._marked = set() if unaccepted <= self._marked else self._marked | unaccepted
        self.draw()

    def _meant(self, *, accepted: bool) -> list[str]:
        """The ids of those that are marked, else of the one under the cursor."""
        marked = [each for each in self.items or () if each.id in self._marked]
        meant = marked or [each for each in [self.chosen] if each]
        return [each.id for each in meant if each.accepted is accepted]

    # --- acts ---

    def action_accept(self) -> None:
        """Ask for the reason, then accept."""
        meant = self._meant(accepted=False)
        if not meant:
            self.notify(_("That is accepted already."), severity="warning", markup=False)
            return
        headline = ngettext("Accept {n} finding?", "Accept {n} findings?", len(meant))
        more = _("Why does it count so? The reason stays with it. No record is changed.")
        self.app.push_screen(Ask(headline, more), lambda why: self._to_accept(meant, why))

    def _to_accept(self, meant: Sequence[str], why: str | None) -> None:
        if why:
            self.do(self._accept(meant, clean_text(why, 200)))

    async def _accept(self, meant: Sequence[str], why: str) -> str:
        self._came(await self._desk.accept(self._event_id, meant, why))
        return ngettext("{n} finding accepted.", "{n} findings accepted.", len(meant))

    def action_take_back(self) -> None:
        """Take acceptances back."""
        if meant := self._meant(accepted=True):
            self.do(self._take_back(meant))
        else:
            said = _("Nothing of it was accepted.")
            self.notify(said, severity="warning", markup=False)

    async def _take_back(self, meant: Sequence[str]) -> str:
        self._came(await self._desk.take_back(self._event_id, meant))
        return ngettext("{n} finding is open again.", "{n} findings are open again.", len(meant))

    def _came(self, state: CloseOut) -> None:
        """The answer to an act is shown before the live query tells it."""
        if self._stands is not None:
            self._stands, self.items = self._stands._replace(state=state), state.findings
        self._marked.clear()
        self.draw()

    def action_seal(self) -> None:
        """Say what hinders, or what it means."""
        if self._stands is None:
            return
        state = self._stands.state
        if words := hurdle(state):
            self.notify(words, severity="warning", timeout=10, markup=False)
            return
        version = state.seals[-1].version + 1 if state.seals else 1
        more = _(
            "Facts and rules stay on record as they are now, with your name; acceptances can't be "
            "taken back any more. Records that come later open another version, and the report "
            "says so."
        )
        answers = [Answer("", _("Leave it open")), Answer("seal", _("Seal"), danger=True)]
        ask = Confirm(_("Seal the report as version {n}?").format(n=version), more, answers)
        self.app.push_screen(ask, lambda answer: self._to_seal(state.digest, answer))

    def _to_seal(self, digest: str, answer: str | None) -> None:
        if answer:
            self.do(self._seal(digest))

    async def _seal(self, digest: str) -> str:
        state = await self._desk.seal(self._event_id, digest)
        self._came(state)
        return _("Version {n} is sealed.").format(n=state.seals[-1].version)


def _state(item: Finding) -> tuple[str, Level]:
    return (_("accepted"), Level.OK) if item.accepted else (_("open"), Level.WARN)


def make(admin: HasCloseOut, event_id: str) -> Page:
    """For the registry."""
    return CloseOutPage(admin.close_out(), event_id)
