"""The backend's HTTP interface as a Starlette application."""

from __future__ import annotations

import contextlib
import itertools
import operator
import secrets
import uuid
from collections.abc import Callable, Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Lifespan

from ..core.access import Holder
from ..core.backend import Backend, DatabaseUnavailable
from ..core.data_care import DataCare
from ..core.errors import HeadcountError
from ..core.log_keys import LogKeys
from ..core.ports import Clock
from .access import USE_NOTED_MS, Access
from .audit import Auditor
from .auth import NOBODY, Caller, ExternalHolderOf, HolderOf, Keyring, guard, require_scope
from .broker import Broker
from .compress import Compress
from .edge import ROUTE, Edge
from .endpoint import Context, Endpoint, in_thread
from .live import frame
from .metrics import Metrics
from .preparing import Preparing
from .problems import CORE_ERRORS, Problem, from_core, from_database, from_problem, from_status
from .reports import Reports
from .resources import ENDPOINTS
from .rights import Rights, RightsTable

MAX_BODY_BYTES = 64 << 20
"""64 MiB, decompressed: some 250,000 log lines, and a batch that a small machine can hold."""


def _random_id() -> str:
    return uuid.uuid4().hex


def _random_token() -> str:
    return secrets.token_urlsafe(32)


def create_app(  # noqa: PLR0913 - each is a choice of the composition root, by name
    backend: Backend,
    *,
    clock: Clock,
    scanner_key: str | None,
    max_body_bytes: int = MAX_BODY_BYTES,
    keys: LogKeys | None = None,
    new_id: Callable[[], str] = _random_id,
    new_token: Callable[[], str] = _random_token,
    lifespan: Lifespan[Starlette] | None = None,
    access: Access | None = None,
    external_holder_of: ExternalHolderOf | None = None,
    cors_origins: Sequence[str] = (),
    prepare_reports: bool = False,
    care: DataCare | None = None,
) -> Starlette:
    """Build the application.

    Without a `scanner_key` no scanner is let in. `max_body_bytes` counts a request's body
    decompressed. `keys` open sealed records. `new_id` makes request ids, `new_token` event streams'
    tokens. `external_holder_of` verifies an identity provider's tokens. `cors_origins` may ask.
    `prepare_reports` after syncs, and those synced last at `app.state.prepare()`, on its loop.
    `care` makes backups, and purges. Closing the backend is the caller's (`lifespan`). Before it,
    `app.state.end_streams()` ends the event streams, which a server that stops would wait for, and
    `app.state.end_audit()` writes what the audit log still has to get.
    """
    access = access or Access()
    keyring = Keyring(scanner_key, _holder_of(backend, clock, access), external_holder_of)
    broker, reports = Broker(backend, clock, frame, prefix=new_id()[:8]), Reports(backend)
    ctx = Context(
        *(backend, clock, keyring, max_body_bytes),
        broker=broker,
        reports=reports,
        preparing=Preparing(reports, backend, clock, enabled=prepare_reports),
        rights=_rights(backend, clock, keyring),
        metrics=Metrics(lambda: broker.subscribers),
        new_token=new_token,
        auditor=Auditor(backend, lambda: clock.now().wall_ms),
        keys=keys,
        access=access,
        care=care,
    )
    app = Starlette(
        routes=routes(ctx, ENDPOINTS),
        middleware=_middleware(ctx, new_id, cors_origins),
        exception_handlers=_HANDLERS,
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # an answer is JSON or a problem, never a redirect
    return _handed_out(app, ctx)


def _handed_out(app: Starlette, ctx: Context) -> Starlette:
    """With what whoever runs the server calls."""

    def end_streams() -> None:
        ctx.preparing.close()
        ctx.broker.close()

    app.state.prepare = ctx.preparing.begin
    app.state.end_streams, app.state.end_audit = end_streams, ctx.auditor.close
    return app


def _holder_of(backend: Backend, clock: Clock, access: Access) -> HolderOf:
    """The look-up of a secret, which notes its use."""
    pause_ms = min(USE_NOTED_MS, access.idle_ms // 10)

    def look_up(secret_hash: str) -> Holder | None:
        now_ms = clock.now().wall_ms
        holder = backend.holder(secret_hash, now_ms=now_ms, idle_ms=access.idle_ms)
        if holder and holder.used_at is not None and holder.used_at + pause_ms <= now_ms:
            with contextlib.suppress(HeadcountError):  # a full disk is no reason not to read
                backend.note_use(secret_hash, now_ms=now_ms)
        return holder

    async def holder_of(secret_hash: str) -> Holder | None:
        return await in_thread(look_up, secret_hash)

    return holder_of


_HANDLERS = {
    Problem: from_problem,
    DatabaseUnavailable: from_database,
    **dict.fromkeys(CORE_ERRORS, from_core),
    HTTPException: from_status,
}


def _rights(backend: Backend, clock: Clock, keyring: Keyring) -> Rights:
    """Looks up the rights of many streams in one thread."""
    table = RightsTable(backend, keyring)
    return Rights(lambda hashes: in_thread(table.look_up, hashes, clock.now().wall_ms))


def _middleware(
    ctx: Context, new_id: Callable[[], str], cors_origins: Sequence[str]
) -> list[Middleware]:
    """From the outside in."""
    edge = Middleware(Edge, new_id=new_id, clock=ctx.clock, served=ctx.metrics.answered)
    return [edge, *_cors(cors_origins), Middleware(Compress)]


def _cors(origins: Sequence[str]) -> list[Middleware]:
    """Off unless pages of these origins may read answers in a browser."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Last-Event-ID", "If-None-Match"],
            expose_headers=["ETag", "X-Request-Id"],
        )
    ]


def routes(ctx: Context, endpoints: Sequence[Endpoint]) -> list[Route]:
    """One route an address, so that a wrong method is told all the right ones."""
    by_path = itertools.groupby(
        sorted(endpoints, key=operator.attrgetter("path")), operator.attrgetter("path")
    )
    return [_route(ctx, path, tuple(group)) for path, group in by_path]


def _route(ctx: Context, path: str, endpoints: tuple[Endpoint, ...]) -> Route:
    by_method = {endpoint.method: endpoint for endpoint in endpoints}
    return Route(path, partial(_serve, ctx, by_method), methods=list(by_method))


async def _serve(ctx: Context, by_method: dict[str, Endpoint], request: Request) -> Response:
    """Guard first, then the handler. Every request to a known address passes here."""
    method = "GET" if request.method == "HEAD" else request.method
    endpoint = by_method[method]
    request.scope[ROUTE] = endpoint.path
    return await ctx.auditor.watch(
        endpoint.audit,
        request,
        partial(_let_in, ctx, endpoint, request),
        partial(_answer, ctx, endpoint, request),
    )


async def _let_in(ctx: Context, endpoint: Endpoint, request: Request) -> Caller:
    if endpoint.guards_itself and "token" in request.query_params:
        return NOBODY
    caller = await guard(endpoint.allowed, ctx.keyring, request.headers.get("authorization"))
    if "event_id" in request.path_params:
        require_scope(caller, request.path_params["event_id"])
    request.state.caller = caller
    return caller


async def _answer(ctx: Context, endpoint: Endpoint, request: Request) -> Response:
    with ctx.metrics.running(endpoint.path):
        return await endpoint.handler(request, ctx)
