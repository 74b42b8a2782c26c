"""/users/{id}/rotation and /events/{id}/dayKeys: secrets of rotating ids, and what doors get."""

from __future__ import annotations

import base64
import hashlib

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ..auth import Principal
from ..describe import describe
from ..endpoint import Context, caller_of, event_id_of, in_thread, json_response
from ..problems import Code, Problem
from ..query import PAGE_QUERY, answer_page
from ..rotation_wire import KeyOfDay, RotationAnswer, from_day_key, to_text
from ..shapes import START, page_of
from ..wire import to_wire
from .roles import user_id_of

_ID = "5c1e0b9a7d3f2468"


@describe(
    "Make a person's rotation secret: for themselves, or an admin",
    answer=RotationAnswer,
    example={
        "userId": _ID,
        "secret": base64.b64encode(b"thirty-two random bytes, base64.").decode(),
        "createdAt": START,
    },
    status=201,
    problems=(Code.USER_NOT_FOUND,),
    text="The secret is told this once. It replaces the one before from now on: ids that follow "
    "from that one are nobody's any more.",
)
async def create(request: Request, ctx: Context) -> Response:
    """Make a person's rotation secret."""
    user_id, caller = user_id_of(request), caller_of(request)
    if caller.principal is not Principal.ADMIN and caller.user_id != user_id:
        # The same as for nobody: it is no one's business which ids there are.
        raise Problem(Code.USER_NOT_FOUND, "No user has this id, or it is not yours.")
    secret = hashlib.sha256(ctx.new_token().encode()).digest()
    made = await in_thread(ctx.backend.add_rotation, user_id, secret, now_ms=ctx.now_ms())
    answer = RotationAnswer(made.user_id, to_text(made.secret), made.created_at)
    response = json_response(to_wire(answer), 201)
    response.headers["Cache-Control"] = "no-store"
    return response


@describe(
    "The day keys that a station resolves rotating ids with",
    answer=Page[KeyOfDay],
    example=page_of({"userId": _ID, "day": 20_289, "key": to_text(b"sixteen bytes...")}),
    query=PAGE_QUERY,
    text="Only of those who are registered, only for the days on which the event runs, of these "
    "the next eight at most. Empty where the event has no rotating ids, or is over. `limit` counts "
    "people; each has a key for each day.",
)
async def day_keys(request: Request, ctx: Context) -> Response:
    """The day keys that a station resolves rotating ids with."""
    event_id = event_id_of(request)

    def fetch(limit: int, cursor: str) -> Page[KeyOfDay]:
        page = ctx.backend.day_keys(event_id, limit=limit, cursor=cursor, now_ms=ctx.now_ms())
        return Page([from_day_key(key) for key in page.items], page.cursor)

    response = await answer_page(request, fetch)
    response.headers["Cache-Control"] = "no-store"
    return response
