"""A correction request in words, and the question for a refusal's reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import tzinfo

from textual.app import App

from ...core.correction_requests import CorrectionRequest, RequestStatus
from ...core.identity import clean_text
from ..look import Level
from ..screens.ask import Ask
from ..times import clock_time
from ..words import N_, _

TEXT_LIMIT = 1000
WHY_LIMIT = 500
"""Characters; the backend keeps no longer ones."""
STATES = {
    RequestStatus.OPEN: (N_("open"), Level.WARN),
    RequestStatus.ACCEPTED: (N_("accepted"), Level.OK),
    RequestStatus.DECLINED: (N_("declined"), Level.DIM),
}
FORM = "%Y-%m-%d %H:%M"


def is_open(request: CorrectionRequest) -> bool:
    """Whether nobody has decided about it."""
    return request.status is RequestStatus.OPEN


def request_lines(request: CorrectionRequest, where: tzinfo) -> Iterator[str]:
    """What the person says, which times, and what was answered."""
    asked = clock_time(request.created_at, where, FORM)
    state = _(STATES[request.status][0])
    yield _("Asked {time}: {state}").format(time=asked, state=state)
    yield clean_text(request.text, TEXT_LIMIT)
    if request.came_at is not None:
        yield _("Says they came at {time}.").format(time=clock_time(request.came_at, where, FORM))
    if request.left_at is not None:
        yield _("Says they left at {time}.").format(time=clock_time(request.left_at, where, FORM))
    if request.why:
        yield _("Answer: {why}").format(why=clean_text(request.why, WHY_LIMIT))


def ask_decline(
    app: App[object], request: CorrectionRequest, then: Callable[[str], object]
) -> None:
    """Ask for the reason; `then` gets it, unless it was thought better of."""

    def answered(why: str | None) -> None:
        if why:
            then(clean_text(why, WHY_LIMIT))

    more = _("{name} can read the reason.").format(name=clean_text(request.name, 200))
    app.push_screen(Ask(_("Decline it. Why?"), more), answered)
