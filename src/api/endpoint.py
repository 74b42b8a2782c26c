"""What a resource is: a handler, its address, and who may use it."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

import anyio.to_thread
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..core.backend import Backend, EventNotFound
from ..core.data_care import DataCare
from ..core.identity import is_event_id
from ..core.log_keys import LogKeys
from ..core.ports import Clock
from .access import Access
from .audit import Audited, Auditor
from .auth import Caller, Keyring, Principal
from .broker import Broker
from .metrics import Metrics
from .preparing import Preparing
from .reports import Reports
from .rights import Rights

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """What handlers work with."""

    backend: Backend
    clock: Clock
    keyring: Keyring
    max_body_bytes: int
    """Of one request body, decompressed."""
    broker: Broker
    reports: Reports
    preparing: Preparing
    rights: Rights
    metrics: Metrics
    new_token: Callable[[], str]
    """Makes secrets of 256 random bits."""
    auditor: Auditor
    keys: LogKeys | None = None
    """Without keys nothing sealed can be opened, and nothing countersigned."""
    access: Access = field(default_factory=Access)
    care: DataCare | None = None
    """Of the backups and the purge; None where something else does it."""

    def now_ms(self) -> int:
        """Unix milliseconds."""
        return self.clock.now().wall_ms


Handler = Callable[[Request, Context], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the route table. `allowed` has no default: each route needs a decision."""

    method: str
    path: str
    handler: Handler
    allowed: frozenset[Principal]
    audit: Audited | None = None
    """What the audit log has of it. Each address that changes something needs a decision; None is
    for reading what is no download."""
    guards_itself: bool = False
    """The handler looks for other proof than the header too (an event stream's `?token=`)."""


def caller_of(request: Request) -> Caller:
    """Who asks, as the guard found out."""
    caller: Caller = request.state.caller
    return caller


async def name_of(caller: Caller, ctx: Context) -> str:
    """The name of the signed-in person who asks, for the record."""
    return (await in_thread(ctx.backend.user, caller.user_id)).name


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work beside the event loop."""
    return await anyio.to_thread.run_sync(functools.partial(call, *args, **kwargs))


def json_response(document: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(document), status, media_type="application/json")


def event_id_of(request: Request) -> str:
    """The event id of the address. Raises EventNotFound for an id that no event can have."""
    event_id: str = request.path_params["event_id"]
    require_possible(event_id)
    return event_id


def require_possible(event_id: str) -> None:
    """Spare the database an id that no event can have (and a NUL, which PostgreSQL refuses)."""
    if not is_event_id(event_id):
        raise EventNotFound("No event has this id.")
