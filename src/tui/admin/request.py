"""One correction request beside the person's record; it is accepted with a correction."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType

from ...core.correction_requests import CorrectionRequest, RequestDecision, RequestStatus
from ...core.corrections import NewCorrection
from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ...core.model import Event
from ..keys import USUAL
from ..times import zone
from ..words import N_, _
from .correct_form import WHY_LIMIT, CorrectForm
from .person import PersonPage
from .plainly import plainly
from .ports_people import PeopleAdmin
from .ports_requests import RequestsDesk
from .request_words import ask_decline, is_open, request_lines


class RequestPage(PersonPage):
    """What a person finds wrong, and the record that it is about."""

    TITLE_WORDS = N_("A correction request")
    ABOUT = N_(
        "At the top stands what the person says, below it the record as it is. {request_accept} "
        "accepts the request with a check-in by hand, filled in as the person says; "
        "{person_excuse} with an excuse; {person_take_back} by taking back the last act by hand. "
        "Each puts a correction on record, as from the person's own page. {request_decline} "
        "declines it, and asks for the reason. The person reads the answer."
    )
    PARTS: ClassVar[tuple[str, ...]] = ("request", *PersonPage.PARTS)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["request_accept"], "check_in", N_("Accept"), id="request_accept"),
        Binding(USUAL["person_check_in"], "check_in", show=False, id="person_check_in"),
        Binding(USUAL["request_decline"], "decline", N_("Decline"), id="request_decline"),
        Binding(USUAL["person_export"], "export", show=False, id="person_export"),
        Binding(USUAL["person_erase"], "erase", show=False, id="person_erase"),
    ]

    def __init__(self, desk: RequestsDesk, people: PeopleAdmin, request: CorrectionRequest) -> None:
        super().__init__(people, request.event_id, request.user_id)
        self._requests = desk
        self._request = request
        self._event: Event | None = None

    async def ask(self) -> None:
        """The event first: somebody may ask who is in no list of it."""
        self._event = await self._requests.event(self._request.event_id)
        await super().ask()

    def whom(self) -> tuple[str, Event] | None:
        """The person's name and the event."""
        return (clean_text(self._request.name, 200), self._event) if self._event else None

    def parts(self) -> dict[str, str | Text]:
        """The request above the record."""
        where = zone(self._event.tz if self._event else "UTC")
        said = "\n".join(request_lines(self._request, where))
        return {"request": said, **super().parts()}

    # --- deciding ---

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is decided twice, and this page does not erase."""
        if action in {"check_in", "excuse", "take_back", "decline"}:
            return is_open(self._request)
        if action in {"export", "erase"}:
            return False
        return super().check_action(action, parameters)

    def form(self, headline: str, more: str, event: Event, *, timed: bool) -> CorrectForm:
        """Filled in as the person says."""
        came = self._request.came_at if timed else None
        why = clean_text(self._request.text, WHY_LIMIT)
        return CorrectForm(headline, more, event, timed=timed, why=why, time_ms=came)

    def correct(self, wanted: NewCorrection) -> None:
        """The correction goes on record as the request's acceptance."""
        own_words = clean_text(self._request.text, WHY_LIMIT)
        why = "" if wanted.why == own_words else wanted.why
        self._decide(RequestDecision("accepted", why, wanted.kind, wanted.time, wanted.record_id))

    def action_decline(self) -> None:
        """The record stays as it is."""
        ask_decline(
            self.app, self._request, lambda why: self._decide(RequestDecision("declined", why))
        )

    @work(exclusive=True, group="acts")
    async def _decide(self, decision: RequestDecision) -> None:
        try:
            self._request = await self._requests.decide(self._request, decision)
        except HeadcountError as error:
            self.notify(str(plainly(error)), severity="error", timeout=10, markup=False)
            return
        accepted = self._request.status is RequestStatus.ACCEPTED
        said = _("Accepted; the correction is on record.")
        self.notify(said if accepted else _("Declined. The person reads why."), markup=False)
        self.refresh_bindings()
        self.action_look()
