"""/events/{id}/correctionRequests: "this is wrong", and what an admin makes of it."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from ...core.acts import ID_LIMIT
from ...core.backend import Page
from ...core.correction_requests import (
    CorrectionRequest,
    NewRequest,
    RequestDecision,
    RequestStatus,
)
from ...core.identity import clean_text, is_event_id
from ..attempts import begin_attempt, requests_of
from ..auth import OPERATORS
from ..describe import Query, describe
from ..endpoint import Context, caller_of, event_id_of, in_thread, json_response
from ..problems import Code, Problem
from ..query import PAGE_QUERY, answer_page, body_as, invalid, one_of
from ..shapes import START, page_of
from ..wire import MAX_TIME_MS, to_wire

TEXT_LIMIT = 1000
WHY_LIMIT = 500
"""Characters."""

_REQUEST = {
    "id": "77aa0c5e7b1d2468",
    "eventId": "opening-2025",
    "userId": "5c1e0b9a7d3f2468",
    "name": "Ana Lima",
    "text": "I was there from the start, my phone was flat.",
    "cameAt": START,
    "leftAt": None,
    "status": "open",
    "createdAt": START + 4_000_000,
    "decidedAt": None,
    "why": "",
    "recordId": "",
}
_ACCEPTED = {
    **_REQUEST,
    "status": "accepted",
    "decidedAt": START + 5_000_000,
    "why": "Ben saw you",
    "recordId": "backend-1f0c9b2e7d3a4568",
}
_LIST = (
    Query("status", "only these", {"enum": ["", *(each.value for each in RequestStatus)]}),
    *PAGE_QUERY,
)


@describe(
    "Say that one's own record is wrong",
    body=NewRequest,
    body_example={"text": _REQUEST["text"], "cameAt": START},
    answer=CorrectionRequest,
    example=_REQUEST,
    status=201,
    problems=(Code.TOO_MANY_TRIES,),
)
async def create(request: Request, ctx: Context) -> Response:
    """Keep what somebody finds wrong."""
    new = _validated(await body_as(request, ctx, NewRequest))
    by, event_id = caller_of(request).user_id, event_id_of(request)
    await begin_attempt(ctx, requests_of(by))
    kept = await in_thread(ctx.backend.add_request, event_id, new, by=by, now_ms=ctx.now_ms())
    return json_response(to_wire(kept), 201)


def _validated(new: NewRequest) -> NewRequest:
    words = clean_text(new.text, TEXT_LIMIT + 1)
    if not 1 <= len(words) <= TEXT_LIMIT:
        raise invalid(f"text: expected 1 to {TEXT_LIMIT} visible characters")
    for time in (new.came_at, new.left_at):
        if time is not None and not 0 <= time <= MAX_TIME_MS:
            raise invalid("cameAt, leftAt: expected Unix milliseconds")
    return replace(new, text=words)


@describe(
    "One's own requests; operators and admins see everybody's",
    answer=Page[CorrectionRequest],
    example=page_of(_ACCEPTED),
    query=_LIST,
)
async def index(request: Request, ctx: Context) -> Response:
    """A page of requests, the oldest first."""
    caller, event_id = caller_of(request), event_id_of(request)
    whose = "" if caller.principal in OPERATORS else caller.user_id
    status = one_of(request, "status", RequestStatus)
    return await answer_page(
        request,
        lambda limit, cursor: ctx.backend.requests(
            event_id, limit=limit, cursor=cursor, user_id=whose, status=status
        ),
        "status",
    )


@describe(
    "Every event's requests",
    answer=Page[CorrectionRequest],
    example=page_of(_ACCEPTED),
    query=_LIST,
)
async def index_all(request: Request, ctx: Context) -> Response:
    """A page of all events' requests, the oldest first."""
    status = one_of(request, "status", RequestStatus)
    return await answer_page(
        request,
        lambda limit, cursor: ctx.backend.requests("", limit=limit, cursor=cursor, status=status),
        "status",
    )


@describe(
    "Accept a request, which corrects the record, or decline it with the reason",
    body=RequestDecision,
    body_example={"status": "accepted", "why": "Ben saw you", "time": START},
    answer=CorrectionRequest,
    example=_ACCEPTED,
    problems=(
        Code.REQUEST_NOT_FOUND,
        Code.REQUEST_DECIDED,
        Code.RECORD_NOT_FOUND,
        Code.RECORD_VOID,
        Code.REQUEST_INVALID,
    ),
    text="An acceptance is stored as a correction about the person who asked: a check-in by hand "
    "at `time`, else at the request's `cameAt`; or, with `kind`, an excuse, or a void of "
    "`recordId`.",
)
async def decide(request: Request, ctx: Context) -> Response:
    """Accept or decline, once."""
    decision = _decision(await body_as(request, ctx, RequestDecision), ctx.now_ms())
    request_id: str = request.path_params["request_id"]
    if not is_event_id(request_id):
        raise Problem(Code.REQUEST_NOT_FOUND, "The event has no such request.")
    kept = await in_thread(
        ctx.backend.decide_request,
        event_id_of(request),
        request_id,
        decision,
        by=caller_of(request).user_id,
        now_ms=ctx.now_ms(),
    )
    return json_response(to_wire(kept))


def _decision(given: RequestDecision, now_ms: int) -> RequestDecision:
    why, record_id = clean_text(given.why, WHY_LIMIT), clean_text(given.record_id, ID_LIMIT)
    if given.status == RequestStatus.DECLINED.value and not why:
        raise invalid("why: expected the reason in words: the person reads it")
    if given.time is not None and not 0 <= given.time <= now_ms:
        raise invalid("time: expected Unix milliseconds, not in the future")
    if given.kind == "void" and not record_id:
        raise invalid("recordId: expected the act to take back")
    return replace(given, why=why, record_id=record_id)
