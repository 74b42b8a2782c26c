"""GET /health: does the backend work? No secret is asked, none is told."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response

from ... import __version__
from ..describe import describe
from ..endpoint import Context, in_thread, json_response
from ..problems import Code, Problem
from ..shapes import Health

_log = logging.getLogger(__name__)


@describe(
    "Whether the backend works",
    answer=Health,
    example={"status": "ok", "version": __version__},
    problems=(Code.BACKEND_UNAVAILABLE,),
)
async def show(_request: Request, ctx: Context) -> Response:
    """200 with the version, or 503 when the database does not answer."""
    try:
        await in_thread(ctx.backend.ping)
    except Exception:  # noqa: BLE001 - any database's own errors; the details are for the log only
        _log.warning("the database does not answer", exc_info=True)
        detail = "The database does not answer. The backend's log says why."
        raise Problem(Code.BACKEND_UNAVAILABLE, detail, headers={"Retry-After": "5"}) from None
    return json_response({"status": "ok", "version": __version__})
