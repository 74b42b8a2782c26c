"""/events: what people attend, and who is registered."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import NewEvent, Page, Registration
from ...core.identity import clean_text, is_event_id
from ...core.model import Event
from ..describe import describe
from ..endpoint import Context, caller_of, event_id_of, in_thread, json_response
from ..problems import Code
from ..query import PAGE_QUERY, answer_page, body_as, invalid
from ..seeding import is_zone
from ..shapes import BADGE, EVENT, page_of
from ..wire import MAX_TIME_MS, to_wire

_NAME_LIMIT = 200
_DESCRIPTION_LIMIT = 2000
"""Characters: a title, and a page of text."""


@describe("Events by start", answer=Page[Event], example=page_of(EVENT), query=PAGE_QUERY)
async def index(request: Request, ctx: Context) -> Response:
    """Events by start; a scanner whose key is for some events sees these."""
    caller = caller_of(request)

    def fetch(limit: int, cursor: str) -> Page[Event]:
        page = ctx.backend.events(limit=limit, cursor=cursor)
        return replace(page, items=[each for each in page.items if caller.may_touch(each.id)])

    return await answer_page(request, fetch)


@describe("One event", answer=Event, example=EVENT)
async def show(request: Request, ctx: Context) -> Response:
    """One event."""
    event = await in_thread(ctx.backend.event, event_id_of(request))
    return json_response(to_wire(event))


@describe(
    "Create an event; the same again is no error",
    body=NewEvent,
    body_example={**EVENT, "description": "At five", "rehearsal": False},
    answer=Event,
    example=EVENT,
    status=201,
    problems=(Code.EVENT_EXISTS,),
)
async def create(request: Request, ctx: Context) -> Response:
    """Create an event; the same again gives the same answer."""
    wanted = validated(await body_as(request, ctx, NewEvent))
    event = await in_thread(ctx.backend.create_event, wanted, now_ms=ctx.now_ms())
    return json_response(to_wire(event), 201)


@describe(
    "The event's registrations by name, with all badges: a station's roster",
    answer=Page[Registration],
    example=page_of(
        {
            "userId": "5c1e0b9a7d3f2468",
            "name": "Ana Lima",
            "email": "ana@example.org",
            "status": "approved",
            "bleUuids": [BADGE],
        }
    ),
    query=PAGE_QUERY,
)
async def registrations(request: Request, ctx: Context) -> Response:
    """The event's registrations by name, with all badges: a station's roster."""
    event_id = event_id_of(request)
    return await answer_page(
        request,
        lambda limit, cursor: ctx.backend.registrations(event_id, limit=limit, cursor=cursor),
    )


def validated(event: NewEvent) -> NewEvent:
    """The event with clean texts. Raises Problem, naming the first wrong member."""
    name = clean_text(event.name, _NAME_LIMIT)
    if not name:
        raise invalid("name: expected visible text")
    if not 0 <= event.start < event.end <= MAX_TIME_MS:
        raise invalid("start, end: expected Unix milliseconds up to the year 9999, end after start")
    if event.id and not is_event_id(event.id):
        raise invalid("id: expected 1 to 64 letters, digits and . _ ~ : -, the first no sign")
    if not is_zone(event.tz):
        raise invalid("tz: expected an IANA time zone such as Europe/Berlin")
    return replace(event, name=name, description=clean_text(event.description, _DESCRIPTION_LIMIT))
