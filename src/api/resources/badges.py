"""/users/{id}/badges: which badges a person has, and had."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ...core.badges import BadgePeriod, NewBadge
from ...core.identity import canonical
from ...core.model import NIL_UUID
from ..describe import Query, describe
from ..endpoint import Context, caller_of, in_thread, json_response, name_of
from ..problems import Code, Problem
from ..query import body_as, invalid, wrong_query
from ..shapes import BADGE, START, page_of
from ..wire import page_to_wire, to_wire
from .roles import user_id_of

_EXAMPLE = {"bleUuid": BADGE, "validFrom": None, "validTo": START, "addedBy": "import"}
_TIME = {"type": "integer", "minimum": 0}


@describe(
    "A person's badges in the course of time, all on one page",
    answer=Page[BadgePeriod],
    example=page_of(_EXAMPLE),
    problems=(Code.USER_NOT_FOUND,),
    text="`validFrom` null: ever since. `validTo` null: until further notice; that moment itself "
    "no longer counts. Those that an operator gave out at a door are among them.",
)
async def index(request: Request, ctx: Context) -> Response:
    """A person's badges."""
    found = await in_thread(ctx.backend.badges, user_id_of(request))
    return json_response(page_to_wire(Page(found, "")))


@describe(
    "Give a person one more badge; what was heard of it then becomes theirs",
    body=NewBadge,
    body_example={"bleUuid": BADGE},
    answer=BadgePeriod,
    example={**_EXAMPLE, "validTo": None, "addedBy": "Ada"},
    status=201,
    problems=(Code.USER_NOT_FOUND, Code.BADGE_TAKEN),
    text="Without `validFrom` it is theirs ever since, or from now on if somebody held it before. "
    "The same again is no error.",
)
async def create(request: Request, ctx: Context) -> Response:
    """Give a person one more badge."""
    wanted = _validated(await body_as(request, ctx, NewBadge), ctx.now_ms())
    period = await in_thread(
        ctx.backend.add_badge,
        user_id_of(request),
        wanted,
        by=await name_of(caller_of(request), ctx),
        now_ms=ctx.now_ms(),
    )
    return json_response(to_wire(period), 201)


@describe(
    "Take a badge back; what was heard before stays the person's",
    answer=BadgePeriod,
    example=_EXAMPLE,
    query=(Query("validTo", "from then on, Unix ms; now if absent", _TIME),),
    problems=(Code.USER_NOT_FOUND, Code.BADGE_NOT_FOUND),
)
async def delete(request: Request, ctx: Context) -> Response:
    """Take a badge back."""
    if unknown := sorted(request.query_params.keys() - {"validTo"}):
        raise wrong_query(f"Unknown parameter {unknown[0]!r}. Known is: validTo.")
    ble_uuid = canonical(request.path_params["ble_uuid"])
    if ble_uuid is None:
        raise Problem(Code.BADGE_NOT_FOUND, "This is no bleUuid.")
    user_id, valid_to = user_id_of(request), _valid_to(request, ctx.now_ms())
    period = await in_thread(ctx.backend.end_badge, user_id, ble_uuid, valid_to=valid_to)
    return json_response(to_wire(period))


def _valid_to(request: Request, now_ms: int) -> int:
    text = request.query_params.get("validTo", str(now_ms))
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(now_ms))
    if not plain or int(text) > now_ms:
        raise wrong_query("validTo must be Unix milliseconds, not in the future.")
    return int(text)


def _validated(wanted: NewBadge, now_ms: int) -> NewBadge:
    """The badge with a canonical id. Raises Problem."""
    ble_uuid = canonical(wanted.ble_uuid)
    if ble_uuid is None or ble_uuid == NIL_UUID:
        raise invalid("bleUuid: expected 32 hexadecimal digits, not all zero")
    start = 0 if wanted.valid_from is None else wanted.valid_from
    end = now_ms if wanted.valid_to is None else wanted.valid_to
    if not 0 <= start <= end <= now_ms or wanted.valid_from == wanted.valid_to == end:
        raise invalid("validFrom, validTo: expected Unix ms in this order, not in the future")
    return replace(wanted, ble_uuid=ble_uuid)
