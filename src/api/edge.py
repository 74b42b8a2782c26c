"""The outermost layer: request ids, security headers, and an answer to what nobody foresaw."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import Code, Problem, respond

_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
"""A caller's own id is taken over when it can do no harm in a log."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",  # names and presence are nobody's cache's business
}


class Edge:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, new_id: Callable[[], str]) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; whatever happens, the client gets an answer in our form."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = _Reply(send, self._request_id(scope))
        try:
            await self._app(scope, receive, reply)
        except ClientDisconnect:
            _log.info("request %s: the client went away before its body was here", reply.request_id)
        except Exception:
            _log.exception("request %s failed", reply.request_id)
            if reply.started:
                raise
            detail = f"It is in the backend's log as request {reply.request_id}."
            await respond(Problem(Code.INTERNAL_ERROR, detail))(scope, receive, reply)

    def _request_id(self, scope: Scope) -> str:
        given = Headers(scope=scope).get("x-request-id", "")
        return given if _REQUEST_ID.fullmatch(given) else self._new_id()


class _Reply:
    """Adds the headers that every answer carries."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            headers["X-Request-Id"] = self.request_id
        await self._send(message)
