"""/events: what people attend, and who is registered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field, fields, make_dataclass, replace
from typing import TypeVar, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Backend, NewEvent, Page, Registration
from ...core.event_rules import out_of_range
from ...core.identity import clean_text, is_event_id
from ...core.model import Event
from ..describe import describe
from ..endpoint import Context, caller_of, event_id_of, in_thread, json_response
from ..problems import Code, Problem
from ..query import PAGE_QUERY, answer_page, body_as, invalid, object_of
from ..seeding import is_zone
from ..shapes import BADGE, EVENT, NEW_EVENT, page_of
from ..tags import matches, tagged
from ..wire import MAX_TIME_MS, WireError, camel, from_wire, to_wire

E = TypeVar("E", Event, NewEvent)

EventPatch = make_dataclass(
    "EventPatch",
    [
        (each.name, get_type_hints(Event)[each.name], field(default=None))
        for each in fields(Event)
        if each.name != "id"
    ],
)
"""The body of PATCH /events/{id}: any members of an event but its id."""

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


@describe("One event, and its rules", answer=Event, example=EVENT, tagged=True)
async def show(request: Request, ctx: Context) -> Response:
    """One event, and its rules."""
    event = await in_thread(ctx.backend.event, event_id_of(request))
    return tagged(request, tag_of(event), lambda: msgspec.json.encode(to_wire(event)))


@describe(
    "Create an event; the same again is no error",
    body=NewEvent,
    body_example={**NEW_EVENT, "rehearsal": False},
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


@describe(
    "Change an event: the members that are given, and no others",
    body=EventPatch,
    body_example={"lateAfterMinutes": 5, "walkInPolicy": "refuse"},
    answer=Event,
    example={**EVENT, "lateAfterMinutes": 5, "walkInPolicy": "refuse"},
    problems=(Code.EVENT_CHANGED,),
    text="The rules hold for what was recorded before, too: statuses are derived, never stored. "
    "With the ETag of GET /events/{eventId} as If-Match, nothing that somebody else has changed "
    "meanwhile is overwritten.",
)
async def patch(request: Request, ctx: Context) -> Response:
    """Change an event: the members that are given, and no others."""
    changes = await object_of(request, ctx)
    event_id, wanted = event_id_of(request), request.headers.get("if-match", "*")
    event = await in_thread(change, ctx.backend, event_id, changes, wanted)
    response = json_response(to_wire(event))
    response.headers["ETag"] = tag_of(event)
    return response


def change(
    backend: Backend, event_id: str, changes: Mapping[str, object], wanted: str = "*"
) -> Event:
    """Changed as wanted, if the event's tag is one of `wanted`. Raises Problem, EventChanged."""
    before = backend.event(event_id)
    if not matches(wanted, tag_of(before)):
        raise Problem(Code.EVENT_CHANGED, "If-Match names another state of the event.")
    try:
        after = from_wire({**to_wire(before), **changes}, Event, strict=True)
    except WireError as error:
        raise invalid(str(error)) from None
    if after.id != event_id:
        raise invalid("id: an event keeps its id")
    after = validated(after)
    return before if after == before else backend.update_event(before, after)


def tag_of(event: Event) -> str:
    """The entity tag of an event's state."""
    digest = hashlib.blake2b(msgspec.json.encode(to_wire(event)), digest_size=12).hexdigest()
    return f'W/"{digest}"'


def validated(event: E) -> E:
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
    if wrong := out_of_range(event.rules):
        rule, least, most = wrong
        raise invalid(f"{camel(rule)}: expected {least} to {most}")
    return replace(event, name=name, description=clean_text(event.description, _DESCRIPTION_LIMIT))
