"""GET /logKeys: the public halves of the backend's keys. They are no secret."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...core.log_keys import PublicKeys
from ..describe import describe
from ..endpoint import Context, in_thread, json_response
from ..problems import Code, Problem
from ..wire import to_wire


@describe(
    "The public halves of the backend's keys, base64",
    answer=PublicKeys,
    example={"seal": "mZ3…=", "sign": "9bQ…="},
    problems=(Code.NOT_FOUND,),
)
async def show(_request: Request, ctx: Context) -> Response:
    """What records can be sealed for, and what countersignatures are checked with."""
    if ctx.keys is None:
        raise Problem(Code.NOT_FOUND, "This backend has no keys for logs.")
    return json_response(to_wire(await in_thread(ctx.keys.public)))
