"""/events/{id}/corrections: what was put right by hand, by whom, why, and what it led to."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from ...core.acts import ID_LIMIT, NAME_LIMIT
from ...core.backend import Page
from ...core.corrections import Correction, NewCorrection, missing
from ...core.identity import canonical, clean_text
from ..describe import describe
from ..endpoint import Context, caller_of, event_id_of, in_thread, json_response
from ..problems import Code
from ..query import PAGE_QUERY, answer_page, body_as, invalid
from ..shapes import PERSON, START, page_of
from ..wire import MAX_TIME_MS, to_wire

_EXAMPLE = {
    "recordId": "backend-1f0c9b2e7d3a4568",
    "eventId": "opening-2025",
    "kind": "manual",
    "userId": PERSON["userId"],
    "name": "Ana Lima",
    "time": START + 60_000,
    "by": "Ada",
    "why": "The phone was flat",
    "of": "",
    "scannerId": "Backend",
    "receivedAt": START + 4_000_000,
    "before": {"status": "absent", "rule": "never seen"},
    "after": {"status": "present", "rule": "checked in by hand"},
}


@describe(
    "Every act of an event, of stations and of the backend, in the order of arrival",
    answer=Page[Correction],
    example=page_of(_EXAMPLE),
    query=PAGE_QUERY,
    text="`before` and `after` are the person's status around a correction made here; null for an "
    "act of a station.",
)
async def index(request: Request, ctx: Context) -> Response:
    """A page of acts."""
    event_id = event_id_of(request)
    return await answer_page(
        request,
        lambda limit, cursor: ctx.backend.corrections(event_id, limit=limit, cursor=cursor),
    )


@describe(
    "Check a person in by hand, excuse one, or take a record back",
    body=NewCorrection,
    body_example={
        "kind": "manual",
        "userId": PERSON["userId"],
        "time": START + 60_000,
        "why": "The phone was flat",
    },
    answer=Correction,
    example=_EXAMPLE,
    status=201,
    problems=(Code.USER_NOT_FOUND, Code.RECORD_NOT_FOUND, Code.RECORD_VOID),
    text="A void names an act by `recordId`, or a sighting by `bleUuid`, `checkInTime` and "
    "`scannerId`. Nothing is deleted or overwritten; a status can't be set, it follows.",
)
async def create(request: Request, ctx: Context) -> Response:
    """Store a correction."""
    wanted = _validated(await body_as(request, ctx, NewCorrection), ctx.now_ms())
    by = caller_of(request).user_id
    event_id = event_id_of(request)
    row = await in_thread(ctx.backend.correct, event_id, wanted, by=by, now_ms=ctx.now_ms())
    return json_response(to_wire(row), 201)


def _validated(wanted: NewCorrection, now_ms: int) -> NewCorrection:
    """The correction with clean texts. Raises Problem, naming what is wrong."""
    clean = replace(
        wanted,
        why=clean_text(wanted.why, NAME_LIMIT),
        user_id=clean_text(wanted.user_id, ID_LIMIT),
        record_id=clean_text(wanted.record_id, ID_LIMIT),
        scanner_id=clean_text(wanted.scanner_id),
        ble_uuid=canonical(wanted.ble_uuid) or "",
    )
    if why := missing(clean):
        raise invalid(why)
    if wanted.time is not None and not 0 <= wanted.time <= now_ms:
        raise invalid("time: expected Unix milliseconds, not in the future")
    if wanted.check_in_time is not None and not 0 <= wanted.check_in_time <= MAX_TIME_MS:
        raise invalid("checkInTime: expected Unix milliseconds")
    return clean
