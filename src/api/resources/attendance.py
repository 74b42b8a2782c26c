"""/events/{id}/attendance and /report: who came, folded from the facts by the core."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ...core.report import PersonRow
from ...exports.forms import MEDIA_TYPES, Form
from ..attendance_page import attendance_page
from ..describe import describe
from ..endpoint import Context, event_id_of, in_thread
from ..query import PAGE_QUERY, page_query
from ..shapes import PERSON, REPORT, ReportDocument
from ..shapes import page_of as example_page
from ..tags import tagged
from ..wire import page_to_wire
from .exports import EXPORT_QUERY, format_query, report_file, wish_of


@describe(
    "The report as of now",
    answer=ReportDocument,
    example=REPORT,
    tagged=True,
    query=(format_query(tuple(Form)), *EXPORT_QUERY),
    more_media=tuple(MEDIA_TYPES[form] for form in Form if form is not Form.JSON),
    text="`format`, or the Accept header, asks for it as a file: CSV, XLSX, HTML or PDF, with the "
    "same rows. `columns` and `bom` are for those; JSON has everything.",
)
async def report(request: Request, ctx: Context) -> Response:
    """The report as of now."""
    wish = wish_of(request, tuple(Form))
    if wish.form is not Form.JSON:
        return await report_file(ctx, event_id_of(request), wish)
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
