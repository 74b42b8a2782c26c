"""/feedback: what people say, and what admins make of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ...core.feedback import Feedback, FeedbackFilter, FeedbackStatus, NewFeedback
from ...core.identity import clean_text, is_event_id
from ..attempts import begin_attempt, feedback_of
from ..auth import Principal
from ..describe import Query, describe
from ..endpoint import Context, caller_of, in_thread, json_response, require_possible
from ..problems import Code, Problem
from ..query import PAGE_QUERY, answer_page, body_as, invalid, one_of
from ..shapes import START, page_of
from ..wire import to_wire

TEXT_LIMIT = 2000
"""Characters: a page of text."""
WHY_LIMIT = 500
BEST = 5
"""The highest rating; 1 is the lowest."""

FEEDBACK = {
    "id": "77aa0c5e7b1d2468",
    "eventId": "opening-2025",
    "userId": "5c1e0b9a7d3f2468",
    "name": "Ana Lima",
    "rating": 4,
    "text": "The north door was locked.",
    "status": "new",
    "createdAt": START,
    "moderatedBy": "",
    "moderatedAt": None,
    "why": "",
}


@dataclass(frozen=True, slots=True)
class Moderation:
    """The body of PATCH /feedback/{id}."""

    status: FeedbackStatus
    why: str = ""


@describe(
    "Say something about an event, or about the whole",
    body=NewFeedback,
    body_example={"eventId": "opening-2025", "rating": 4, "text": "The north door was locked."},
    answer=Feedback,
    example=FEEDBACK,
    status=201,
    problems=(Code.EVENT_NOT_FOUND, Code.TOO_MANY_TRIES),
)
async def create(request: Request, ctx: Context) -> Response:
    """Keep what somebody says."""
    new = validated(await body_as(request, ctx, NewFeedback))
    by = caller_of(request).user_id
    await begin_attempt(ctx, feedback_of(by))
    kept = await in_thread(ctx.backend.add_feedback, new, by=by, now_ms=ctx.now_ms())
    return json_response(to_wire(kept), 201)


def validated(new: NewFeedback) -> NewFeedback:
    """With clean text. Raises Problem, EventNotFound."""
    words = clean_text(new.text, TEXT_LIMIT + 1)
    if not 1 <= len(words) <= TEXT_LIMIT:
        raise invalid(f"text: expected 1 to {TEXT_LIMIT} visible characters")
    if new.rating is not None and not 1 <= new.rating <= BEST:
        raise invalid(f"rating: expected 1 to {BEST}, or nothing")
    if new.event_id:
        require_possible(new.event_id)
    return replace(new, text=words)


@describe(
    "One's own feedback; an admin sees everybody's",
    answer=Page[Feedback],
    example=page_of(FEEDBACK),
    query=(
        Query("eventId", "only about this event", {"type": "string"}),
        Query("status", "only these", {"enum": ["", *(each.value for each in FeedbackStatus)]}),
        *PAGE_QUERY,
    ),
    problems=(Code.EVENT_NOT_FOUND,),
)
async def index(request: Request, ctx: Context) -> Response:
    """One's own feedback; an admin sees everybody's."""
    caller = caller_of(request)
    event_id = request.query_params.get("eventId", "")
    if event_id:
        require_possible(event_id)
    wanted = FeedbackFilter(
        user_id="" if caller.principal is Principal.ADMIN else caller.user_id,
        event_id=event_id,
        status=one_of(request, "status", FeedbackStatus),
    )

    def fetch(limit: int, cursor: str) -> Page[Feedback]:
        return ctx.backend.feedback(wanted, limit=limit, cursor=cursor)

    return await answer_page(request, fetch, "eventId", "status")


@describe(
    "Publish feedback, hide it (with the reason), or set it back to new",
    body=Moderation,
    body_example={"status": "hidden", "why": "names a person"},
    answer=Feedback,
    example={
        **FEEDBACK,
        "status": "hidden",
        "why": "names a person",
        "moderatedBy": "1f0e9d8c7b6a5948",
        "moderatedAt": START,
    },
    problems=(Code.FEEDBACK_NOT_FOUND,),
)
async def patch(request: Request, ctx: Context) -> Response:
    """Publish feedback, hide it, or set it back to new."""
    decision = await body_as(request, ctx, Moderation)
    why = clean_text(decision.why, WHY_LIMIT)
    if decision.status is FeedbackStatus.HIDDEN and not why:
        raise invalid("why: expected the reason in words: its author reads it")
    feedback_id: str = request.path_params["feedback_id"]
    if not is_event_id(feedback_id):
        raise Problem(Code.FEEDBACK_NOT_FOUND, "No feedback has this id.")
    kept = await in_thread(
        ctx.backend.moderate_feedback,
        feedback_id,
        decision.status,
        by=caller_of(request).user_id,
        why=why,
        now_ms=ctx.now_ms(),
    )
    return json_response(to_wire(kept))
