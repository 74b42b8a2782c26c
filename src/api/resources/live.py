"""GET /live/{query}: results that stay up to date. POST /live/token: a token for their address."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from ..auth import bearer, digest_of, token_hash
from ..describe import describe
from ..endpoint import Context, caller_of, in_thread, json_response
from ..live import STREAM, TOKEN_SECONDS, respond, visitor
from ..live_queries import PARAMETERS, QUERIES, Source, find, parse
from ..problems import Code, Problem
from ..shapes import START
from ..wire import to_wire


@dataclass(frozen=True, slots=True)
class LiveToken:
    """A token for the address of a stream."""

    token: str
    expires_at: int


@describe(
    "A query's full result, first at once, then after each change to what it read",
    text=f"`query` is one of: {', '.join(QUERIES)}. Each event has `id`, the version, and `data`, "
    "the JSON that the GET address of the same name answers. A line that begins with a colon is a "
    "heartbeat. Last-Event-ID (or `lastEventId`): nothing is repeated that was seen already.",
    media_type=STREAM,
    example='id: 5f0c-17\ndata: {"page":[],"continueCursor":"","isDone":true}\n\n',
    query=PARAMETERS,
    problems=(Code.EVENT_NOT_FOUND, Code.SCANNER_EVENT_REFUSED),
)
async def stream(request: Request, ctx: Context) -> Response:
    """Open a stream."""
    name = request.path_params["query"]
    query = find(name)
    reader = await visitor(request, ctx, query.allowed)
    source = Source(ctx.backend, ctx.reports, ctx.now_ms)
    question = parse(name, query, request, source, reader.caller)
    seen = request.headers.get("last-event-id", request.query_params.get("lastEventId", ""))
    return await respond(ctx, question, reader, seen)


@describe(
    f"A token that opens live queries for {TOKEN_SECONDS} seconds, in an address",
    text="For clients that can't send headers. It stands for the secret that it was asked with: a "
    "stream ends when that one does. An identity provider's token can't be exchanged.",
    answer=LiveToken,
    example=to_wire(LiveToken("wA3xk0Yb…", START + TOKEN_SECONDS * 1000)),
    status=201,
    problems=(Code.REQUEST_INVALID,),
)
async def token(request: Request, ctx: Context) -> Response:
    """Make a token."""
    caller = caller_of(request)
    if caller.user_id and not caller.token_hash:
        detail = "An identity provider's token opens a stream itself, in the header, and no other."
        raise Problem(Code.REQUEST_INVALID, detail)
    secret = bearer(request.headers.get("authorization")) or b""
    made = LiveToken(ctx.new_token(), ctx.now_ms() + TOKEN_SECONDS * 1000)
    await in_thread(
        ctx.backend.add_live_token,
        token_hash(made.token),
        parent_hash=digest_of(secret),
        expires_at=made.expires_at,
        now_ms=ctx.now_ms(),
    )
    return json_response(to_wire(made), 201)
