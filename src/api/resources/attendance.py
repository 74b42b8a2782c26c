"""/events/{id}/attendance and /report: who came, folded from the facts by the core."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ...core.report import PersonRow
from ..attendance_page import attendance_page
from ..describe import describe
from ..endpoint import Context, event_id_of, in_thread
from ..query import PAGE_QUERY, page_query
from ..shapes import PERSON, REPORT, ReportDocument
from ..shapes import page_of as example_page
from ..tags import tagged
from ..wire import page_to_wire

_TAGGED = (
    "The answer has an ETag; with it as If-None-Match, an unchanged one is 304 without a body."
)


@describe("The report as of now", answer=ReportDocument, example=REPORT, tagged=True)
async def report(request: Request, ctx: Context) -> Response:
    """The report as of now."""
    built = await in_thread(ctx.reports.get, event_id_of(request), ctx.now_ms())
    return tagged(request, built.tag, lambda: built.body)


@describe(
    "The people who are checked in, by check-in time",
    tagged=True,
    answer=Page[PersonRow],
    example=example_page(PERSON),
    query=PAGE_QUERY,
)
async def index(request: Request, ctx: Context) -> Response:
    """The people who are checked in, by check-in time."""
    limit, cursor = page_query(request)
    built = await in_thread(ctx.reports.get, event_id_of(request), ctx.now_ms())
    page = attendance_page(built.report.people, limit, cursor)
    return tagged(request, built.tag, lambda: msgspec.json.encode(page_to_wire(page)))
