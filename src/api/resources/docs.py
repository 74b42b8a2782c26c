"""GET /openapi.json and /docs: what this interface is, for programs and for people."""

from __future__ import annotations

import functools

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ... import __version__
from ..describe import JSON, describe
from ..docs_page import POLICY, page
from ..endpoint import Context
from ..openapi import document


@describe("This document", example={"openapi": "3.1.1", "info": {}, "paths": {}}, media_type=JSON)
async def openapi(_request: Request, _ctx: Context) -> Response:
    """The OpenAPI document."""
    return Response(_document(), media_type=JSON)


@describe("This document as a page that needs no network", media_type="text/html")
async def show(_request: Request, _ctx: Context) -> Response:
    """The page for people."""
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return Response(_page(), headers=headers, media_type="text/html")


@functools.cache
def _document() -> bytes:
    from . import ENDPOINTS  # the table names this module

    return msgspec.json.encode(document(ENDPOINTS, __version__))


@functools.cache
def _page() -> str:
    return page(msgspec.json.decode(_document()))
