"""GET /events/{id}/lanKey: by what the stations of one event know one another on a LAN."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from ..describe import describe
from ..endpoint import Context, event_id_of, in_thread, json_response
from ..problems import Code, Problem
from ..wire import to_wire


@dataclass(frozen=True, slots=True)
class LanKey:
    """The answer."""

    key: str
    """26 letters and digits of Crockford's base 32, in groups (`core/lan_key.py`)."""


@describe(
    "The fleet key of an event, for its stations on a LAN",
    answer=LanKey,
    example={"key": "7K2M9-QXD4T-0B3NF-8WZ6C-V5RHA-G"},
    problems=(Code.EVENT_NOT_FOUND, Code.NOT_FOUND),
)
async def show(request: Request, ctx: Context) -> Response:
    """The same key for every station of the event, and for no other event."""
    event_id = event_id_of(request)
    await in_thread(ctx.backend.event, event_id)
    if ctx.keys is None:
        raise Problem(Code.NOT_FOUND, "This backend has no keys.")
    return json_response(to_wire(LanKey(await in_thread(ctx.keys.lan_key, event_id))))
