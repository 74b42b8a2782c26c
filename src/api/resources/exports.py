"""The report as a file: every download passes through here, so that it can be audited."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import AsyncIterator, Sequence
from typing import IO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ...core.errors import UsageError
from ...core.report import Report
from ...core.report_table import LOG_COLUMNS, PEOPLE_COLUMNS, choose, split_keys
from ...exports.forms import LOG_FORMS, MEDIA_TYPES, Form, Wish, render, write_log
from ...exports.times import zone_or_utc
from ..describe import Query, describe
from ..endpoint import Context, event_id_of, in_thread
from ..problems import Code, Problem
from ..query import wrong_query

MOST_ON_PAPER = 1_000
"""People in a PDF that the backend makes: 7 s of one core and 200 MB. The command line, which has
a machine to itself, makes longer ones."""

CHUNK = 1 << 20
"""Bytes read from the finished file at once."""

_KEYS = {"type": "string", "maxLength": 1000}
EXPORT_QUERY = (
    Query("columns", "their keys in order, with commas between; default: the usual ones", _KEYS),
    Query(
        "bom",
        "CSV begins with a byte order mark, for Excel on Windows",
        {"type": "string", "enum": ["true", "false"], "default": "false"},
    ),
)

_paper = threading.Lock()
"""One PDF at a time: it is the one form that costs seconds."""


def format_query(forms: Sequence[Form]) -> Query:
    """The parameter `format` of an address that knows these forms."""
    words = [form.value for form in forms]
    return Query("format", "the form of the answer", {"type": "string", "enum": words})


def wish_of(request: Request, forms: Sequence[Form]) -> Wish:
    """What is asked for: `?format=` decides, else the Accept header. Raises Problem."""
    given = dict(request.query_params)
    if unknown := sorted(given.keys() - {"format", "columns", "bom"}):
        raise wrong_query(f"Unknown parameter {unknown[0]!r}. Known are: bom, columns, format.")
    if given.get("bom", "false") not in {"true", "false"}:
        raise wrong_query("bom must be true or false.")
    name = given.get("format")
    form = _accepted(request.headers.get("accept", ""), forms) if name is None else _form(name)
    if form is None or form not in forms:
        words = ", ".join(each.value for each in forms)
        raise wrong_query(f"format must be one of: {words}.")
    return Wish(form, split_keys(given.get("columns", "")), given.get("bom") == "true")


def _form(name: str) -> Form | None:
    return Form(name) if name in set(Form) else None


def _accepted(header: str, forms: Sequence[Form]) -> Form:
    """The form that the client likes best (RFC 9110, 12.5.1); JSON if it names none of ours."""
    by_type = {MEDIA_TYPES[form].partition(";")[0]: form for form in forms}
    best, found = 0.0, Form.JSON
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        form, weight = by_type.get(name.strip()), _weight(parameters)
        if form is not None and weight > best:
            best, found = weight, form
    return found


def _weight(parameters: str) -> float:
    _, found, value = parameters.replace(" ", "").partition("q=")
    try:
        return float(value.partition(";")[0]) if found else 1.0
    except ValueError:
        return 0.0


async def report_file(ctx: Context, event_id: str, wish: Wish) -> Response:
    """The report in another form than JSON. Raises Problem, EventNotFound."""
    try:
        choose(PEOPLE_COLUMNS, wish.columns)
        built = await in_thread(ctx.reports.get, event_id, ctx.now_ms())
        body = await in_thread(_rendered, built.report, wish)
    except UsageError as error:
        raise wrong_query(str(error)) from None
    headers = _disposition(wish.form, f"report-{event_id}")
    return Response(body, headers=headers, media_type=MEDIA_TYPES[wish.form])


def _rendered(report: Report, wish: Wish) -> bytes:
    if wish.form is not Form.PDF:
        return render(report, wish)
    if not _paper.acquire(blocking=False):
        detail = "Another PDF is being made. Ask again in a moment."
        raise Problem(Code.BACKEND_UNAVAILABLE, detail, headers={"Retry-After": "5"})
    try:
        return render(report, wish, most_on_paper=MOST_ON_PAPER)
    finally:
        _paper.release()


def _disposition(form: Form, name: str) -> dict[str, str]:
    """An event's id is safe in a file's name."""
    how = "inline" if form is Form.HTML else "attachment"
    return {"Content-Disposition": f'{how}; filename="{name}.{form.value}"', "Vary": "Accept"}


@describe(
    "The full log: every record that the report rests on, by time",
    media_type=MEDIA_TYPES[Form.JSON],
    more_media=tuple(MEDIA_TYPES[form] for form in LOG_FORMS[1:]),
    example={"eventId": "opening-2025", "log": []},
    query=(format_query(LOG_FORMS), *EXPORT_QUERY),
    text="It is written to a file first, from one moment's data; a million records take a minute "
    "or so as CSV or JSON, and some minutes as XLSX, before the first byte is sent.",
)
async def log(request: Request, ctx: Context) -> Response:
    """The full log as a file."""
    event_id, wish = event_id_of(request), wish_of(request, LOG_FORMS)
    try:
        choose(LOG_COLUMNS, wish.columns)
    except UsageError as error:
        raise wrong_query(str(error)) from None
    file = await in_thread(_log_file, ctx, event_id, wish)
    length = await in_thread(file.seek, 0, 2)
    headers = {"Content-Length": str(length), **_disposition(wish.form, f"log-{event_id}")}
    return StreamingResponse(_sent(file), headers=headers, media_type=MEDIA_TYPES[wish.form])


def _log_file(ctx: Context, event_id: str, wish: Wish) -> IO[bytes]:
    """A file without a name, which goes when it is closed."""
    zone = zone_or_utc(ctx.backend.event(event_id).tz)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
    try:
        ctx.backend.read_log(
            event_id, lambda log: write_log(log, wish, file, event_id=event_id, zone=zone)
        )
    except BaseException:
        file.close()
        raise
    return file


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while chunk := await in_thread(file.read, CHUNK):
            yield chunk
