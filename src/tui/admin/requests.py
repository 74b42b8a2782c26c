"""What participants say is wrong: a list of requests, what waits first."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from ...core.correction_requests import CorrectionRequest, RequestDecision
from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ..keys import USUAL
from ..screens.base import Page
from ..widgets.table import Cell, Column, Table
from ..words import N_, _, ngettext
from .listing import ListPage
from .ports_events import EventsDesk
from .ports_people import PeopleAdmin
from .ports_requests import HasRequests, RequestsDesk
from .request import RequestPage
from .request_words import STATES, TEXT_LIMIT, ask_decline, is_open
from .said_by import said_by


class RequestsPage(ListPage[CorrectionRequest]):
    """Every event's requests, what waits first."""

    TITLE_WORDS = N_("Correction requests")
    ABOUT = N_(
        "What participants find wrong in their own records; what nobody has decided on is at the "
        "top. Enter shows a request beside the person's record: there it is accepted, with the "
        "correction that it asks for. {requests_decline} declines it, with a reason. The person "
        "can read both."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["requests_decline"], "decline", N_("Decline"), id="requests_decline")
    ]

    def __init__(
        self,
        desk: RequestsDesk,
        people: PeopleAdmin,
        now_ms: Callable[[], int],
        events: EventsDesk | None = None,
    ) -> None:
        super().__init__(events)
        self._desk = desk
        self._people = people
        self._now_ms = now_ms

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column(_("State"), 10),
            Column(_("Asked"), 12),
            Column(_("Who"), 16),
            Column(_("Event"), 10, flex=1, from_width=92),
            Column(_("What is wrong"), 16, flex=3),
        ]

    def stream(self) -> AsyncGenerator[Sequence[CorrectionRequest] | HeadcountError, None]:
        """Every event's."""
        return self._desk.follow()

    def offered(self, items: Sequence[CorrectionRequest]) -> Sequence[CorrectionRequest]:
        """What waits first, the longest at the top; then the newest."""
        return sorted(
            items,
            key=lambda each: (not is_open(each), (1 if is_open(each) else -1) * each.created_at),
        )

    def key(self, item: CorrectionRequest) -> str:
        """The request's id."""
        return item.id

    def text(self, item: CorrectionRequest) -> str:
        """Text, person, event, state."""
        return (
            f"{item.text} {item.name} {self.event_name(item.event_id)} {_(STATES[item.status][0])}"
        )

    def cells(self, item: CorrectionRequest) -> Sequence[Cell]:
        """The row of a request."""
        event = self.event_name(item.event_id)
        return [
            *said_by(item, STATES[item.status], self._now_ms(), event),
            Cell(clean_text(item.text, 200)),
        ]

    def summary(self, items: Sequence[CorrectionRequest]) -> str:
        """How many there are, how many wait."""
        waiting = sum(map(is_open, items))
        return self.joined(
            ngettext("{n} request", "{n} requests", len(items)),
            ngettext("{n} is open", "{n} are open", waiting) if waiting else "",
        )

    def more(self, item: CorrectionRequest | None) -> str:
        """The beginning of the text, and the answer."""
        if item is None:
            return ""
        answer = clean_text(item.why, TEXT_LIMIT)
        said = clean_text(item.text, 240)
        return f"{said}\n{_('Answer: {why}').format(why=answer)}" if answer else said

    @on(Table.Chosen)
    def look(self) -> None:
        """The request beside the person's record."""
        if item := self.chosen:
            self.app.push_screen(RequestPage(self._desk, self._people, item))

    def action_decline(self) -> None:
        """The record stays; the person reads why."""
        item = self.chosen
        if item is None or not is_open(item):
            self.notify(_("Somebody has decided about it already."), markup=False)
            return
        ask_decline(self.app, item, lambda why: self.do(self._decline(item, why)))

    async def _decline(self, item: CorrectionRequest, why: str) -> str:
        await self._desk.decide(item, RequestDecision("declined", why))
        return _("Declined. The person reads why.")


def make(admin: HasRequests, _event_id: str) -> Page:
    """For the registry."""
    return RequestsPage(admin.requests(), admin.people(), admin.now_ms, admin.events())
