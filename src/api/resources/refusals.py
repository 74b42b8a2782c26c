"""/events/{id}/refusals: what the server refused, by its own account."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ...core.refusals import RefusedAtServer
from ..describe import describe
from ..endpoint import Context, event_id_of
from ..query import PAGE_QUERY, answer_page
from ..shapes import START, page_of


@describe(
    "The records of an event that the server refused, the first received first",
    answer=Page[RefusedAtServer],
    example=page_of(
        {
            "firstReceivedAt": START,
            "lastReceivedAt": START,
            "times": 1,
            "records": 1,
            "scannerId": "Entrance-Scanner-01",
            "index": 3,
            "code": "INVALID_BLE_UUID",
            "message": "bleUuid: expected a UUID",
            "record": '{"bleUuid": "?"}',
        }
    ),
    query=PAGE_QUERY,
)
async def index(request: Request, ctx: Context) -> Response:
    """The refused records of an event, the first received first."""
    event_id = event_id_of(request)

    def fetch(limit: int, cursor: str) -> Page[RefusedAtServer]:
        return ctx.backend.refusals(event_id, limit=limit, cursor=cursor)

    return await answer_page(request, fetch)
