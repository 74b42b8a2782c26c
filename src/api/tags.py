"""Conditional requests (RFC 9110, 13.1.2): what has not changed is not sent again."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response


def tagged(request: Request, tag: str, body: Callable[[], bytes]) -> Response:
    """The JSON body with its entity tag, or 304 when the client has it already."""
    headers = {"ETag": tag, "Vary": "Accept"}
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body(), headers=headers, media_type="application/json")


def matches(header: str, tag: str) -> bool:
    """Weak comparison of a list of tags, or `*`."""
    opaque = tag.removeprefix("W/")
    return any(
        each.strip() == "*" or each.strip().removeprefix("W/") == opaque
        for each in header.split(",")
    )
