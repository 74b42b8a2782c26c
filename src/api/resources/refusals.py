"""/events/{id}/refusals: what the server refused, by its own account."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ...core.refusals import RefusedAtServer
from ..endpoint import Context, event_id_of
from ..query import answer_page


async def index(request: Request, ctx: Context) -> Response:
    """The refused records of an event, the first received first."""
    event_id = event_id_of(request)

    def fetch(limit: int, cursor: str) -> Page[RefusedAtServer]:
        return ctx.backend.refusals(event_id, limit=limit, cursor=cursor)

    return await answer_page(request, fetch)
