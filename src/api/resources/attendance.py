"""/events/{id}/attendance and /report: who came, folded from the facts by the core."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Backend, Page
from ...core.report import PersonRow, Report, build_report
from ..describe import describe
from ..endpoint import Context, event_id_of, in_thread
from ..query import PAGE_QUERY, answer_page, wrong_cursor
from ..shapes import PERSON, REPORT, ReportDocument
from ..shapes import page_of as example_page
from ..wire import report_to_json


@describe("The report as of now", answer=ReportDocument, example=REPORT)
async def report(request: Request, ctx: Context) -> Response:
    """The report as of now."""
    event_id, now_ms = event_id_of(request), ctx.now_ms()
    body = await in_thread(lambda: report_to_json(_report(ctx.backend, event_id, now_ms)))
    return Response(body, media_type="application/json")


@describe(
    "The people who are checked in, by check-in time",
    answer=Page[PersonRow],
    example=example_page(PERSON),
    query=PAGE_QUERY,
)
async def index(request: Request, ctx: Context) -> Response:
    """The people who are checked in, by check-in time."""
    event_id, now_ms = event_id_of(request), ctx.now_ms()

    def fetch(limit: int, cursor: str) -> Page[PersonRow]:
        return page_of(_report(ctx.backend, event_id, now_ms).people, limit, cursor)

    return await answer_page(request, fetch)


def _report(backend: Backend, event_id: str, now_ms: int) -> Report:
    return build_report(backend.report_facts(event_id), now_ms)


def page_of(people: Sequence[PersonRow], limit: int, cursor: str) -> Page[PersonRow]:
    """One page of those who are checked in; the cursor is the last one's time and user id."""
    after = _place_of(cursor)
    present = sorted(
        (row for row in people if row.check_in_time is not None and _place(row) > after),
        key=_place,
    )
    items = present[:limit]
    is_last = len(present) == len(items)
    return Page(items, "" if is_last else "{}.{}".format(*_place(items[-1])))


def _place(row: PersonRow) -> tuple[int, str]:
    return row.check_in_time or 0, row.user_id


def _place_of(cursor: str) -> tuple[int, str]:
    if not cursor:
        return -1, ""
    time, dot, user_id = cursor.partition(".")
    if not dot or not (time.isascii() and time.isdigit()):
        raise wrong_cursor()
    return int(time), user_id
