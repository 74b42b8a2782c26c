"""What comes with a request: page parameters and JSON bodies, validated."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from ..core.backend import Page
from ..core.errors import UsageError
from .body import read_body
from .describe import Query
from .endpoint import Context, in_thread, json_response
from .problems import Code, Problem
from .wire import WireError, decode, from_wire, page_to_wire

T = TypeVar("T")

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
"""Items of one page: some 200 kB of JSON, a fraction of a second on a small machine."""

_CURSOR_LIMIT = 4096
"""Characters: a cursor may hold a name of 200 characters, coded."""


PAGE_QUERY = (
    Query(
        "limit",
        "items of the page",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
    Query(
        "cursor",
        "the page before's continueCursor",
        {"type": "string", "maxLength": _CURSOR_LIMIT},
    ),
)
"""What every list takes."""


class PageQuery(NamedTuple):
    """Which page of a list is wanted."""

    limit: int
    cursor: str


def page_query(request: Request, *more: str) -> PageQuery:
    """Read `limit` and `cursor`. Raises Problem for anything else but what is in `more`."""
    given = dict(request.query_params)
    known = {"limit", "cursor", *more}
    if unknown := sorted(given.keys() - known):
        names = ", ".join(sorted(known))
        raise wrong_query(f"Unknown parameter {unknown[0]!r}. Known are: {names}.")
    cursor = given.get("cursor", "")
    if len(cursor) > _CURSOR_LIMIT or not cursor.isascii() or not (cursor or "-").isprintable():
        raise wrong_cursor()
    return PageQuery(_limit(given.get("limit", str(DEFAULT_LIMIT))), cursor)


def _limit(text: str) -> int:
    well_formed = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_LIMIT))
    limit = int(text) if well_formed else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise wrong_query(f"limit must be an integer from 1 to {MAX_LIMIT}.")
    return limit


async def answer_page(
    request: Request, fetch: Callable[[int, str], Page[Any]], *more: str
) -> Response:
    """Fetch the wanted page in a thread, and answer with it. Raises Problem for a wrong cursor."""
    limit, cursor = page_query(request, *more)
    try:
        page = await in_thread(fetch, limit, cursor)
    except (UsageError, OverflowError, UnicodeError):  # what a made-up cursor leads to
        raise wrong_cursor() from None
    return json_response(page_to_wire(page))


def one_of(request: Request, name: str, words: type[StrEnum]) -> str:
    """A query parameter that is one of some words, or empty. Raises Problem."""
    given = request.query_params.get(name, "")
    if given and given not in [each.value for each in words]:
        raise wrong_query(f"{name} must be one of: {', '.join(words)}.")
    return given


def wrong_cursor() -> Problem:
    """A cursor that no page of this list gave."""
    return wrong_query("cursor must be the continueCursor of the page before.")


async def body_as(request: Request, ctx: Context, kind: type[T]) -> T:
    """The JSON body as this kind of value; unknown members are refused. Raises Problem."""
    body = await read_body(request, ctx.max_body_bytes)
    return await in_thread(_parse, body, kind)


async def object_of(request: Request, ctx: Context) -> dict[str, Any]:
    """The JSON object of the body, its members not looked at yet. Raises Problem."""
    value = await in_thread(_decode, await read_body(request, ctx.max_body_bytes))
    if not isinstance(value, dict):
        raise invalid("the body: expected an object")
    return value


def _decode(body: bytes) -> object:
    try:
        return decode(body)
    except WireError as error:
        raise Problem(Code.BODY_NOT_JSON, f"The body is {error}.") from None


def _parse(body: bytes, kind: type[T]) -> T:
    value = _decode(body)
    try:
        return from_wire(value, kind, strict=True)
    except WireError as error:
        raise invalid(str(error)) from None


def invalid(detail: str) -> Problem:
    """The body is JSON, but not what this address takes."""
    return Problem(Code.BODY_INVALID, f"{detail}.")


def wrong_query(detail: str) -> Problem:
    """A parameter that this address does not take, or not so."""
    return Problem(Code.QUERY_INVALID, detail)
