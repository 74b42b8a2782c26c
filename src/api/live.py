"""The event streams of live queries: server-sent events, and who may go on reading them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..core.backend import DatabaseUnavailable
from .auth import NOBODY, Caller, Principal, bearer, digest_of, is_jwt, token_hash
from .broker import Broker, Closed, Feed, Query
from .endpoint import Context, in_thread
from .problems import Code, Problem

STREAM = "text/event-stream"
TOKEN_SECONDS = 60
"""Life of a token for a stream's address: enough to open it, little for who finds it in a log."""

_BEAT = b": still here\n\n"
_RETRY = b"retry: 2000\n\n"
"""Milliseconds until a browser connects again after a cut."""


_HEADERS = {"X-Accel-Buffering": "no"}
"""For nginx: pass each event on at once."""


def frame(identity: str, body: bytes) -> bytes:
    """One server-sent event (WHATWG HTML, 9.2.5). JSON as msgspec writes it has no line breaks."""
    return b"id: %b\ndata: %b\n\n" % (identity.encode(), body)


Identify = Callable[[], Awaitable[Caller]]
"""Looks again to whom a secret belongs."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who reads a stream, and how their right is looked at again."""

    caller: Caller
    identify: Identify
    allowed: frozenset[Principal]

    async def may(self, event_id: str) -> bool:
        """Whether the secret still has the right to this; what can't be looked up is none."""
        try:
            caller = await self.identify()
        except (Problem, DatabaseUnavailable):  # the client comes again, and is told
            return False
        return caller.principal in self.allowed and (not event_id or caller.may_touch(event_id))


async def visitor(request: Request, ctx: Context, allowed: frozenset[Principal]) -> Visitor:
    """Who asks for a stream, by header or by `?token=`. Raises Problem."""
    identify = await _identify(request, ctx)
    caller = await identify()
    if caller.principal is Principal.ANYONE:
        detail = (
            "Send a valid token as 'Authorization: Bearer <token>', or one of POST /live/token."
        )
        headers = {"WWW-Authenticate": "Bearer"}
        raise Problem(Code.AUTH_UNAUTHENTICATED, detail, headers=headers)
    if caller.principal not in allowed:
        raise Problem(Code.AUTH_FORBIDDEN, f"The role {caller.principal} may not do this.")
    return Visitor(caller, identify, allowed)


async def _identify(request: Request, ctx: Context) -> Identify:
    token = request.query_params.get("token")
    if token is None:
        secret = bearer(request.headers.get("authorization"))
        if secret and is_jwt(secret):  # nothing of it is stored here: it is verified each time
            return partial(ctx.keyring.identify, secret)
        digest = digest_of(secret) if secret else None
    else:
        parent_of = ctx.backend.parent_of_live_token
        digest = await in_thread(parent_of, token_hash(token), now_ms=ctx.now_ms())
    return partial(ctx.rights.caller_of, digest) if digest else _nobody


async def _nobody() -> Caller:
    return NOBODY


async def respond(ctx: Context, query: Query, reader: Visitor, last_id: str) -> EventStream:
    """The stream of a query's results. Raises what the query's first run raises."""
    try:
        feed = ctx.broker.join(query)
        try:
            await feed.ready()  # after the first byte no problem can be answered any more
        except BaseException:
            ctx.broker.leave(feed)
            raise
    except Closed:
        detail = "The backend is stopping."
        raise Problem(Code.BACKEND_UNAVAILABLE, detail, headers={"Retry-After": "5"}) from None
    return EventStream(ctx.broker, feed, _frames(feed, reader, last_id))


async def _frames(feed: Feed, reader: Visitor, last_id: str) -> AsyncIterator[bytes]:
    """Only the newest result is ever sent: who reads slowly skips what came in between."""
    seen = last_id
    yield _RETRY
    while True:
        result = await feed.next(seen)
        if not await reader.may(feed.query.event_id):
            return
        if result is not None:
            seen = result.id
        yield _BEAT if result is None else result.frame


class EventStream(Response):
    """Sends frames until they end, the feed ends, or the client goes away."""

    media_type = STREAM

    def __init__(self, broker: Broker, feed: Feed, frames: AsyncIterator[bytes]) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._broker, self._feed, self._frames = broker, feed, frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send; leave the feed whatever happens."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                await self._send_until_gone(receive, send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._broker.leave(self._feed)

    async def _send_until_gone(self, receive: Receive, send: Send) -> None:
        async with anyio.create_task_group() as group:

            async def watch() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            group.start_soon(watch)
            with contextlib.suppress(Closed):
                async for each in self._frames:
                    await send({"type": "http.response.body", "body": each, "more_body": True})
            group.cancel_scope.cancel()
