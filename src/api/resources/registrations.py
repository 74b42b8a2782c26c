"""/events/{id}/registrations as people and admins change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from ...core.identity import clean_text
from ...core.registrations import Decision, OwnRegistration, Ruling
from ..auth import OPERATORS
from ..describe import describe
from ..endpoint import Context, caller_of, event_id_of, in_thread, json_response
from ..problems import Code, Problem
from ..query import MAX_LIMIT, body_as, invalid
from ..shapes import START, RulingResults
from ..wire import to_wire

ID_LIMIT = 64
WHY_LIMIT = 500
"""Characters."""

_PERSON = "5c1e0b9a7d3f2468"
REGISTRATION = {
    "eventId": "opening-2025",
    "userId": _PERSON,
    "status": "pending",
    "why": "",
    "createdAt": START,
    "decidedAt": None,
}
_REJECTED = {**REGISTRATION, "status": "rejected", "why": "The room is full", "decidedAt": START}


@dataclass(frozen=True, slots=True)
class Wish:
    """The body of POST /events/{id}/registrations. Without `userId`: oneself."""

    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Rulings:
    """The body of PATCH /events/{id}/registrations."""

    registrations: Sequence[Ruling]


@describe(
    "Register for the event; an operator or admin registers anybody",
    body=Wish,
    body_example={"userId": _PERSON},
    answer=OwnRegistration,
    example=REGISTRATION,
    status=201,
    problems=(Code.AUTH_FORBIDDEN, Code.USER_NOT_FOUND, Code.REGISTRATION_CLOSED),
    text="One's own wish is `pending` until an admin decides, or `approved` at once where the "
    "event's `approval` is `auto`; the same again is no error, and "
    "changes no decision. Whom an operator or admin names is `approved`.",
)
async def create(request: Request, ctx: Context) -> Response:
    """Register oneself, or (as an operator or admin) anybody."""
    wish, caller = await body_as(request, ctx, Wish), caller_of(request)
    who = clean_text(wish.user_id, ID_LIMIT) or caller.user_id
    is_named = bool(wish.user_id) and caller.principal in OPERATORS
    if who != caller.user_id and not is_named:
        raise Problem(Code.AUTH_FORBIDDEN, "Only operators and admins register somebody else.")
    kept = await in_thread(
        ctx.backend.register, event_id_of(request), who, approved=is_named, now_ms=ctx.now_ms()
    )
    return json_response(to_wire(kept), 201)


@describe(
    "One's own registration, with the reason that was given",
    answer=OwnRegistration,
    example=_REJECTED,
    problems=(Code.REGISTRATION_NOT_FOUND,),
)
async def mine(request: Request, ctx: Context) -> Response:
    """One's own registration."""
    who = caller_of(request).user_id
    kept = await in_thread(ctx.backend.registration, event_id_of(request), who)
    return json_response(to_wire(kept))


@describe(
    "Cancel one's own registration; it can be asked for again",
    answer=OwnRegistration,
    example={**REGISTRATION, "status": "cancelled"},
    problems=(Code.REGISTRATION_NOT_FOUND,),
    text="A rejected one stays rejected.",
)
async def cancel(request: Request, ctx: Context) -> Response:
    """Cancel one's own registration."""
    who = caller_of(request).user_id
    kept = await in_thread(ctx.backend.cancel_registration, event_id_of(request), who)
    return json_response(to_wire(kept))


@describe(
    "Approve and reject registrations; what can't be done is named row by row",
    body=Rulings,
    body_example={
        "registrations": [{"userId": _PERSON, "status": "rejected", "why": "The room is full"}]
    },
    answer=RulingResults,
    example={"results": [{"userId": _PERSON, "status": "rejected", "problem": ""}]},
    text="A rejection needs `why`, which the person reads. Statuses of attendance follow, for what "
    "was heard before, too.",
)
async def decide(request: Request, ctx: Context) -> Response:
    """Approve and reject; the good rows are stored, whatever the others are."""
    given = (await body_as(request, ctx, Rulings)).registrations
    if len(given) > MAX_LIMIT:
        raise invalid(f"registrations: expected at most {MAX_LIMIT}")
    rulings = [
        replace(
            each,
            user_id=clean_text(each.user_id, ID_LIMIT),
            why=clean_text(each.why, WHY_LIMIT),
        )
        for each in given
    ]
    if any(each.status is Decision.REJECTED and not each.why for each in rulings):
        raise invalid("why: expected the reason of each rejection, in words: the person reads it")
    results = await in_thread(
        ctx.backend.decide_registrations, event_id_of(request), rulings, now_ms=ctx.now_ms()
    )
    return json_response(to_wire(RulingResults(results)))
