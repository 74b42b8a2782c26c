"""What people say: published, or hidden with a reason."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from ...core.errors import HeadcountError
from ...core.feedback import Feedback, FeedbackStatus
from ...core.identity import clean_text
from ..keys import USUAL
from ..look import Level
from ..screens.ask import Ask, Told
from ..screens.base import Page
from ..widgets.table import Cell, Column, Table
from ..words import N_, _, ngettext
from .listing import ListPage
from .ports_events import EventsDesk
from .ports_insights import FeedbackDesk, HasInsights
from .said_by import said_by

TEXT_LIMIT = 2000
WHY_LIMIT = 500
"""Characters; the backend keeps no longer ones."""
STATES = {
    FeedbackStatus.NEW: (N_("new"), Level.WARN),
    FeedbackStatus.PUBLISHED: (N_("published"), Level.OK),
    FeedbackStatus.HIDDEN: (N_("hidden"), Level.DIM),
}
DECIDED = {
    FeedbackStatus.NEW: N_("It is new again."),
    FeedbackStatus.PUBLISHED: N_("It is published."),
    FeedbackStatus.HIDDEN: N_("It is hidden."),
}


class FeedbackPage(ListPage[Feedback]):
    """Everybody's feedback, what waits first."""

    TITLE_WORDS = N_("Feedback")
    ABOUT = N_(
        "What people said about an event, or about the whole; what nobody has decided on is at "
        "the top. {feedback_publish} publishes it, {feedback_hide} hides it: its author can "
        "read the reason. {feedback_renew} sets it back to new. Enter shows all of a text."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["feedback_publish"], "publish", N_("Publish"), id="feedback_publish"),
        Binding(USUAL["feedback_hide"], "hide", N_("Hide"), id="feedback_hide"),
        Binding(USUAL["feedback_renew"], "renew", N_("Back to new"), id="feedback_renew"),
    ]

    def __init__(
        self, desk: FeedbackDesk, now_ms: Callable[[], int], events: EventsDesk | None = None
    ) -> None:
        super().__init__(events)
        self._desk = desk
        self._now_ms = now_ms

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column(_("State"), 10),
            Column(_("Said"), 12),
            Column(_("Who"), 12),
            Column(_("Event"), 10, flex=1, from_width=92),
            Column(_("Of 5"), 5, right=True),
            Column(_("What"), 16, flex=3),
        ]

    def stream(self) -> AsyncGenerator[Sequence[Feedback] | HeadcountError, None]:
        """Everybody's."""
        return self._desk.follow()

    def offered(self, items: Sequence[Feedback]) -> Sequence[Feedback]:
        """What waits first, then the newest."""
        return sorted(
            items, key=lambda each: (each.status is not FeedbackStatus.NEW, -each.created_at)
        )

    def key(self, item: Feedback) -> str:
        """The feedback's id."""
        return item.id

    def text(self, item: Feedback) -> str:
        """Text, author, event, state."""
        return (
            f"{item.text} {item.name} {self.event_name(item.event_id)} {_(STATES[item.status][0])}"
        )

    def cells(self, item: Feedback) -> Sequence[Cell]:
        """The row of a text."""
        event = self.event_name(item.event_id)
        return [
            *said_by(item, STATES[item.status], self._now_ms(), event),
            Cell("" if item.rating is None else str(item.rating)),
            Cell(clean_text(item.text, 200)),
        ]

    def summary(self, items: Sequence[Feedback]) -> str:
        """How much, how much waits, and the mean rating."""
        waiting = sum(each.status is FeedbackStatus.NEW for each in items)
        ratings = [each.rating for each in items if each.rating is not None]
        mean = f"{sum(ratings) / len(ratings):.1f}" if ratings else ""
        return self.joined(
            ngettext("{n} text", "{n} texts", len(items)),
            ngettext("{n} is new", "{n} are new", waiting) if waiting else "",
            _("{mean} of 5 on average").format(mean=mean) if mean else "",
        )

    def more(self, item: Feedback | None) -> str:
        """The beginning of the text, and why it is hidden."""
        return "\n".join(_lines(item, 240)) if item else ""

    @on(Table.Chosen)
    def look(self) -> None:
        """All of it."""
        if item := self.chosen:
            who = clean_text(item.name, 200) or _("somebody")
            self.app.push_screen(Told(who, _lines(item, TEXT_LIMIT)))

    def action_publish(self) -> None:
        """Everybody may read it."""
        self._decide(FeedbackStatus.PUBLISHED)

    def action_renew(self) -> None:
        """As if nobody had decided."""
        self._decide(FeedbackStatus.NEW)

    def action_hide(self) -> None:
        """Nobody shall read it; its author reads why."""
        if item := self.chosen:
            ask = Ask(_("Hide it. Why?"), _("Its author can read the reason."))
            self.app.push_screen(ask, lambda why: self._hidden(item, why))

    def _hidden(self, item: Feedback, why: str | None) -> None:
        if why:
            self.do(self._set(item, FeedbackStatus.HIDDEN, clean_text(why, WHY_LIMIT)))

    def _decide(self, status: FeedbackStatus) -> None:
        if (item := self.chosen) and item.status is not status:
            self.do(self._set(item, status, ""))

    async def _set(self, item: Feedback, status: FeedbackStatus, why: str) -> str:
        await self._desk.moderate(item.id, status, why)
        return _(DECIDED[status])


def _lines(item: Feedback, most: int) -> list[str]:
    lines = [clean_text(item.text, most)]
    if item.why:
        lines.append(_("Hidden: {why}").format(why=clean_text(item.why, WHY_LIMIT)))
    return lines


def make(admin: HasInsights, _event_id: str) -> Page:
    """For the registry."""
    return FeedbackPage(admin.feedback(), admin.now_ms, admin.events())
