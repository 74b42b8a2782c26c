"""/insights: sentences about an event, dismissed, reopened and commented by people."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ...core.identity import clean_text, is_event_id
from ...core.insight_book import Generated, InsightStatus, KeptInsight
from ..describe import Query, describe
from ..endpoint import Context, caller_of, in_thread, json_response, require_possible
from ..problems import Code, Problem
from ..query import PAGE_QUERY, answer_page, body_as, invalid, one_of, wrong_query
from ..shapes import START, page_of
from ..wire import to_wire

WORDS_LIMIT = 1000
"""Characters of a reason or a comment."""

INSIGHT = {
    "id": "0f3a9c5e7b1d2468",
    "eventId": "opening-2025",
    "kind": "noShows",
    "severity": "info",
    "sentence": "12 of 80 registered people did not come (15 %).",
    "numbers": {"people": 12, "registered": 80, "percent": 15},
    "rows": [{"kind": "person", "id": "5c1e0b9a7d3f2468"}],
    "source": "",
    "holds": True,
    "status": "open",
    "statusBy": "",
    "statusAt": None,
    "why": "",
    "createdAt": START,
    "updatedAt": START,
    "said": {"code": "noShows", "people": 12, "registered": 80, "percent": 15},
    "comments": [
        {"userId": "5c1e0b9a7d3f2468", "name": "Ana Lima", "at": START, "text": "It rained."}
    ],
}
_DISMISSED = {
    **INSIGHT,
    "status": "dismissed",
    "statusBy": "5c1e0b9a7d3f2468",
    "statusAt": START,
    "why": "known",
}


@dataclass(frozen=True, slots=True)
class OfEvent:
    """The body of POST /insights/generate."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Why:
    """The body of a dismissal or reopening."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The body of a comment."""

    text: str


@describe(
    "An event's insights, the oldest first",
    answer=Page[KeptInsight],
    example=page_of(INSIGHT),
    query=(
        Query("eventId", "the event", {"type": "string"}, required=True),
        Query("status", "only these", {"enum": ["", *(each.value for each in InsightStatus)]}),
        *PAGE_QUERY,
    ),
    problems=(Code.EVENT_NOT_FOUND,),
)
async def index(request: Request, ctx: Context) -> Response:
    """An event's insights, the oldest first."""
    event_id = request.query_params.get("eventId", "")
    if not event_id:
        raise wrong_query("eventId is missing.")
    require_possible(event_id)
    status = one_of(request, "status", InsightStatus)

    def fetch(limit: int, cursor: str) -> Page[KeptInsight]:
        return ctx.backend.insights(event_id, limit=limit, cursor=cursor, status=status)

    return await answer_page(request, fetch, "eventId", "status")


@describe(
    "Look at an event anew: what holds, what is new, what is gone",
    body=OfEvent,
    body_example={"eventId": "opening-2025"},
    answer=Generated,
    example={"found": 4, "new": 1, "gone": 0},
    problems=(Code.EVENT_NOT_FOUND,),
)
async def generate(request: Request, ctx: Context) -> Response:
    """Look at an event anew."""
    wanted = await body_as(request, ctx, OfEvent)
    require_possible(wanted.event_id)
    made = await in_thread(ctx.backend.generate_insights, wanted.event_id, now_ms=ctx.now_ms())
    return json_response(to_wire(made))


@describe(
    "Dismiss an insight, with the reason",
    body=Why,
    body_example={"why": "known"},
    answer=KeptInsight,
    example=_DISMISSED,
    problems=(Code.INSIGHT_NOT_FOUND,),
)
async def dismiss(request: Request, ctx: Context) -> Response:
    """Dismiss an insight, with the reason."""
    why = clean_text((await body_as(request, ctx, Why)).why, WORDS_LIMIT)
    if not why:
        raise invalid("why: expected the reason in words")
    return await _set_status(request, ctx, InsightStatus.DISMISSED, why)


@describe(
    "Take a dismissal back",
    body=Why,
    body_example={"why": "not so"},
    answer=KeptInsight,
    example=INSIGHT,
    problems=(Code.INSIGHT_NOT_FOUND,),
)
async def reopen(request: Request, ctx: Context) -> Response:
    """Take a dismissal back."""
    why = clean_text((await body_as(request, ctx, Why)).why, WORDS_LIMIT)
    return await _set_status(request, ctx, InsightStatus.OPEN, why)


@describe(
    "Say something about an insight",
    body=Words,
    body_example={"text": "It rained."},
    answer=KeptInsight,
    example=INSIGHT,
    status=201,
    problems=(Code.INSIGHT_NOT_FOUND,),
)
async def comment(request: Request, ctx: Context) -> Response:
    """Say something about an insight."""
    words = clean_text((await body_as(request, ctx, Words)).text, WORDS_LIMIT)
    if not words:
        raise invalid("text: expected visible text")
    kept = await in_thread(
        ctx.backend.comment_insight,
        _insight_id(request),
        by=caller_of(request).user_id,
        text=words,
        now_ms=ctx.now_ms(),
    )
    return json_response(to_wire(kept), 201)


async def _set_status(request: Request, ctx: Context, status: InsightStatus, why: str) -> Response:
    kept = await in_thread(
        ctx.backend.set_insight_status,
        _insight_id(request),
        status,
        by=caller_of(request).user_id,
        why=why,
        now_ms=ctx.now_ms(),
    )
    return json_response(to_wire(kept))


def _insight_id(request: Request) -> str:
    """The id of the address; one that no insight can have is spared the database."""
    insight_id: str = request.path_params["insight_id"]
    if not is_event_id(insight_id):
        raise Problem(Code.INSIGHT_NOT_FOUND, "No insight has this id.")
    return insight_id
