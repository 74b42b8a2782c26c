"""/users/me and /users/{id}: the current user, roles, approval."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from ...core.access import Status
from ...core.backend import Role, User
from ...core.identity import is_event_id
from ..describe import describe
from ..endpoint import Context, caller_of, in_thread, json_response
from ..problems import Code, Problem
from ..query import body_as
from ..shapes import USER
from ..wire import to_wire


@dataclass(frozen=True, slots=True)
class UserPatch:
    """The body of PATCH /users/{id}."""

    role: Role


@describe("The current user", answer=User, example=USER)
async def me(request: Request, ctx: Context) -> Response:
    """The current user."""
    return json_response(to_wire(await in_thread(ctx.backend.user, caller_of(request).user_id)))


@describe(
    "Change a role, from the person's next request on",
    body=UserPatch,
    body_example={"role": "operator"},
    answer=User,
    example={**USER, "role": "operator"},
    problems=(Code.USER_NOT_FOUND, Code.LAST_ADMIN),
)
async def patch(request: Request, ctx: Context) -> Response:
    """Change a role, from the person's next request on."""
    wanted = await body_as(request, ctx, UserPatch)
    return json_response(
        to_wire(await in_thread(ctx.backend.set_role, user_id_of(request), wanted.role))
    )


@describe(
    "Let a person in who signed up, or who was rejected before",
    answer=User,
    example=USER,
    problems=(Code.USER_NOT_FOUND, Code.LAST_ADMIN),
)
async def approve(request: Request, ctx: Context) -> Response:
    """Let a person in who signed up, or who was rejected before."""
    return await _set_status(request, ctx, Status.ACTIVE)


@describe(
    "Shut a person out; every sign-in ends at once",
    answer=User,
    example=USER,
    problems=(Code.USER_NOT_FOUND, Code.LAST_ADMIN),
)
async def reject(request: Request, ctx: Context) -> Response:
    """Shut a person out; every sign-in ends at once."""
    return await _set_status(request, ctx, Status.REJECTED)


async def _set_status(request: Request, ctx: Context, status: Status) -> Response:
    user = await in_thread(ctx.backend.set_status, user_id_of(request), status, now_ms=ctx.now_ms())
    return json_response(to_wire(user))


def user_id_of(request: Request) -> str:
    """The id of the address; one that no user can have is spared the database."""
    user_id: str = request.path_params["user_id"]
    if not is_event_id(user_id):
        raise Problem(Code.USER_NOT_FOUND, "No user has this id.")
    return user_id
