"""The outermost layer: request ids, security headers, and an answer to what nobody foresaw."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..core.ports import Clock
from .problems import Code, Problem, respond

_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
"""A caller's own id is taken over when it can do no harm in a log."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others are made up: as a label each would be kept for ever."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",  # names and presence are nobody's cache's business
}


ROUTE = "headcount.route"
"""Where the route's address, as it stands in the table, is left in the request's scope."""

REQUEST_ID = "headcount.request_id"
"""Where the request's id is left in its scope."""

_requests = logging.getLogger("headcount.requests")
"""One line a request, at INFO: the route and never the address, which may hold ids and tokens."""


class Served(NamedTuple):
    """One answered request."""

    request_id: str
    method: str
    route: str
    """As in the route table, or "unknown"."""
    status: int
    """0 when the client went away before there was an answer."""
    seconds: float


class Edge:
    """ASGI middleware around everything else."""

    def __init__(
        self,
        app: ASGIApp,
        new_id: Callable[[], str],
        clock: Clock,
        served: Callable[[Served], None],
    ) -> None:
        """`served` is told of each answer when it has been sent."""
        self._app = app
        self._new_id = new_id
        self._clock = clock
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; whatever happens, the client gets an answer in our form."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = _Reply(send, self._request_id(scope))
        scope[REQUEST_ID] = reply.request_id
        begin = self._clock.now().mono
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
        finally:
            self._tell(scope, reply, self._clock.now().mono - begin)

    def _tell(self, scope: Scope, reply: _Reply, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = scope.get(ROUTE, "unknown")
        served = Served(reply.request_id, method, route, reply.status, seconds)
        self._served(served)
        fields = {
            "requestId": served.request_id,
            "method": method,
            "route": route,
            "status": served.status,
            "ms": round(seconds * 1000),
        }
        _requests.info("%s %s %d", method, route, served.status, extra={"fields": fields})

    def _request_id(self, scope: Scope) -> str:
        given = Headers(scope=scope).get("x-request-id", "")
        return given if _REQUEST_ID.fullmatch(given) else self._new_id()


class _Reply:
    """Adds the headers that every answer carries."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.started = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            headers["X-Request-Id"] = self.request_id
        await self._send(message)
