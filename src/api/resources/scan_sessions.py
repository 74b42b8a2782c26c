"""/scanSessions: the runs of an event's scanners, what each of them heard, and their trash."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...core.acts import NAME_LIMIT
from ...core.backend import Page
from ...core.identity import clean_text
from ...core.records import TRASH_DAYS, RecentRecord, SessionRow
from ..auth import require_scope
from ..describe import Query, describe
from ..endpoint import (
    Context,
    caller_of,
    event_id_of,
    in_thread,
    json_response,
    name_of,
    require_possible,
)
from ..problems import Code
from ..query import PAGE_QUERY, answer_page, page_query, wrong_query
from ..shapes import BADGE, START, page_of
from ..wire import MAX_TIME_MS, page_to_wire, to_wire

_EXAMPLE = {
    "id": "WyJvcGVuaW5nLTIwMjUiLCAi…",
    "eventId": "opening-2025",
    "scannerId": "Entrance-Scanner-01",
    "startedAt": START,
    "coveredUntil": START + 3_600_000,
    "endedAt": None,
    "receivedAt": START + 3_700_000,
    "deletedAt": None,
    "deletedBy": "",
    "why": "",
}
_RECORD = {
    "bleUuid": BADGE,
    "checkInTime": START,
    "scannerId": "Entrance-Scanner-01",
    "userId": "5c1e0b9a7d3f2468",
    "name": "Ana Lima",
    "assurance": "low",
}
_SINCE = {"type": "integer", "minimum": 0, "maximum": MAX_TIME_MS, "default": 0}


@describe(
    "An event's scan sessions by start",
    answer=Page[SessionRow],
    example=page_of(_EXAMPLE),
    query=(
        Query("eventId", "the event", {"type": "string"}, required=True),
        *PAGE_QUERY,
        Query("trash", "true: those in the trash, in place of the others", {"type": "boolean"}),
    ),
    problems=(Code.EVENT_NOT_FOUND, Code.SCANNER_EVENT_REFUSED),
)
async def index(request: Request, ctx: Context) -> Response:
    """A page of sessions."""
    event_id = request.query_params.get("eventId", "")
    if not event_id:
        raise wrong_query("eventId is missing.")
    require_possible(event_id)
    require_scope(caller_of(request), event_id)
    trash = request.query_params.get("trash", "false")
    if trash not in {"true", "false"}:
        raise wrong_query("trash must be true or false.")
    return await answer_page(
        request,
        lambda limit, cursor: ctx.backend.scan_sessions(
            event_id, limit=limit, cursor=cursor, trash=trash == "true"
        ),
        "eventId",
        "trash",
    )


@describe(
    "Move a session's sightings to the trash; attendance is derived without them",
    answer=SessionRow,
    example={**_EXAMPLE, "deletedAt": START + 4_000_000, "deletedBy": "Ada", "why": "a test"},
    query=(Query("why", "the reason", {"type": "string", "maxLength": NAME_LIMIT}),),
    problems=(Code.SESSION_NOT_FOUND,),
    text=f"For {TRASH_DAYS} days it can be taken out again. A station that sends the same records "
    "again changes nothing.",
)
async def delete(request: Request, ctx: Context) -> Response:
    """Move a session to the trash."""
    if unknown := sorted(request.query_params.keys() - {"why"}):
        raise wrong_query(f"Unknown parameter {unknown[0]!r}. Known is: why.")
    row = await in_thread(
        ctx.backend.delete_session,
        request.path_params["session_id"],
        by=await name_of(caller_of(request), ctx),
        why=clean_text(request.query_params.get("why", ""), NAME_LIMIT),
        now_ms=ctx.now_ms(),
    )
    return json_response(to_wire(row))


@describe(
    "Take a session out of the trash; its sightings count again",
    answer=SessionRow,
    example=_EXAMPLE,
    problems=(Code.SESSION_NOT_FOUND, Code.TRASH_EXPIRED),
)
async def restore(request: Request, ctx: Context) -> Response:
    """Take a session out of the trash."""
    session_id: str = request.path_params["session_id"]
    row = await in_thread(ctx.backend.restore_session, session_id, now_ms=ctx.now_ms())
    return json_response(to_wire(row))


@describe(
    "What a session's scanner heard during it, by time",
    answer=Page[RecentRecord],
    example=page_of(_RECORD),
    query=(*PAGE_QUERY, Query("since", "only from this time on, Unix ms", _SINCE)),
    problems=(Code.SESSION_NOT_FOUND, Code.SCANNER_EVENT_REFUSED),
)
async def sightings(request: Request, ctx: Context) -> Response:
    """A page of sightings."""
    session_id, since = request.path_params["session_id"], _since(request)
    event_id = await in_thread(ctx.backend.event_of_session, session_id)
    require_scope(caller_of(request), event_id)
    return await answer_page(
        request,
        lambda limit, cursor: ctx.backend.session_records(
            session_id, limit=limit, cursor=cursor, since=since
        ),
        "since",
    )


@describe(
    "The event's newest sightings, the newest first",
    answer=Page[RecentRecord],
    example=page_of(_RECORD),
    query=(PAGE_QUERY[0], Query("since", "only from this time on, Unix ms", _SINCE)),
    text="One page, of at most `limit`. The live query recentRecords streams the same.",
)
async def recent(request: Request, ctx: Context) -> Response:
    """The newest sightings."""
    event_id, since = event_id_of(request), _since(request)
    if "cursor" in request.query_params:
        raise wrong_query("Unknown parameter 'cursor'. Known are: limit, since.")
    limit, _ = page_query(request, "since")
    found = await in_thread(ctx.backend.recent_records, event_id, limit=limit, since=since)
    return json_response(page_to_wire(Page(found, "")))


def _since(request: Request) -> int:
    text = request.query_params.get("since", "0")
    well_formed = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_TIME_MS))
    if not well_formed or int(text) > MAX_TIME_MS:
        raise wrong_query("since must be Unix milliseconds.")
    return int(text)
