"""Answers compressed as the client accepts it (RFC 9110, 12.5.3). Streams pass as they are."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .endpoint import in_thread

SMALLEST = 1_024
"""Bytes: below this the answer fits in one packet anyway."""

_IN_THREAD = 65_536
"""Bytes: more would hold up the event loop for a millisecond or longer."""

_TYPES = ("application/json", "application/problem+json", "text/html", "text/plain")

# Level 1: reports shrink 8 to 10 times; higher levels cost several times the time for a tenth more.
_ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdCompressor(level=1).compress(body),
    "gzip": lambda body: gzip.compress(body, 1, mtime=0),
}
"""In our order of preference: zstd is twice as fast, and smaller."""


class Compress:
    """ASGI middleware: compresses whole answers of the types that shrink."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        encoding = accepted(Headers(scope=scope).get("accept-encoding", ""))
        await self._app(scope, receive, _Reply(send, encoding))


def accepted(header: str) -> str:
    """The encoding that we like best of those the client accepts; empty for none."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        weights[name.strip()] = _weight(parameter)
    for name in _ENCODERS:
        if weights.get(name, weights.get("*", 0)) > 0:
            return name
    return ""


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


class _Reply:
    """Holds the head of an answer back until its body is here."""

    def __init__(self, send: Send, encoding: str) -> None:
        self._send = send
        self._encoding = encoding
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _shrinks(message):
            MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
            if self._encoding:
                self._head = message
                return
        head, self._head = self._head, None
        if head is not None:
            message = await self._compressed(head, message)
            await self._send(head)
        await self._send(message)

    async def _compressed(self, head: Message, message: Message) -> Message:
        """The body's message; `head` gets the headers that belong to it."""
        body = message.get("body", b"")
        if message.get("more_body") or len(body) < SMALLEST:
            return message
        encode = _ENCODERS[self._encoding]
        small = await in_thread(encode, body) if len(body) > _IN_THREAD else encode(body)
        headers = MutableHeaders(scope=head)
        headers["Content-Encoding"] = self._encoding
        headers["Content-Length"] = str(len(small))
        return {**message, "body": small}


def _shrinks(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    media_type = headers.get("content-type", "").partition(";")[0]
    return media_type in _TYPES and "content-encoding" not in headers
