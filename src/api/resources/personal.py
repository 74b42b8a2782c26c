"""/users/{id}/export, /erasure and /erase: what is stored about one person, and its end."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...core.personal import Erasure, PersonalData
from ..auth import Principal
from ..describe import describe
from ..endpoint import Context, caller_of, in_thread, json_response
from ..problems import Code, Problem
from ..shapes import START
from ..wire import to_wire
from .roles import user_id_of

_ID = "5c1e0b9a7d3f2468"
ROWS = {"users": 1, "badges": 1, "registrations": 1, "attendance": 1, "sightings": 12}


@describe(
    "Everything that is stored about a person: for themselves, or an admin",
    answer=PersonalData,
    example={
        "userId": _ID,
        "generatedAt": START,
        "tables": {"users": [{"publicId": _ID, "name": "Ana Lima", "email": "ana@example.org"}]},
    },
    problems=(Code.USER_NOT_FOUND,),
)
async def export(request: Request, ctx: Context) -> Response:
    """Everything that is stored about a person."""
    user_id, caller = user_id_of(request), caller_of(request)
    if caller.principal is not Principal.ADMIN and caller.user_id != user_id:
        # The same as for nobody: it is no one's business which ids there are.
        raise Problem(Code.USER_NOT_FOUND, "No user has this id, or it is not yours.")
    data = await in_thread(ctx.backend.personal_data, user_id, now_ms=ctx.now_ms())
    return json_response(to_wire(data))


@describe(
    "What an erasure would take away: rows by kind",
    answer=Erasure,
    example={"userId": _ID, "rows": ROWS},
    problems=(Code.USER_NOT_FOUND,),
)
async def preview(request: Request, ctx: Context) -> Response:
    """What an erasure would take away."""
    return json_response(to_wire(await in_thread(ctx.backend.erasure, user_id_of(request))))


@describe(
    "Make a person anonymous, for good; reports still count them",
    text="The answer's `userId` is the new one, under which reports know an anonymous person.",
    answer=Erasure,
    example={"userId": "77aa0b9a7d3f2468", "rows": ROWS},
    problems=(Code.USER_NOT_FOUND, Code.LAST_ADMIN),
)
async def erase(request: Request, ctx: Context) -> Response:
    """Make a person anonymous, for good."""
    return json_response(to_wire(await in_thread(ctx.backend.erase, user_id_of(request))))
