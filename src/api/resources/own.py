"""What a participant sees and does of their own: registrations, badges, record, erasure."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ...core.badges import BadgePeriod, NewBadge
from ...core.identity import from_bytes
from ...core.own_record import OwnRecord
from ...core.personal import Erasure
from ...core.registrations import OwnRegistration
from ..attempts import account, badges_of, begin_attempt
from ..auth import digest_of
from ..describe import describe
from ..endpoint import Context, caller_of, event_id_of, in_thread, json_response, name_of
from ..passwords import LONGEST
from ..problems import Code, Problem
from ..query import body_as
from ..shapes import BADGE, EVENT, START, WORDS, page_of
from ..wire import page_to_wire, to_wire
from .personal import ROWS
from .registrations import REGISTRATION

_ID = "5c1e0b9a7d3f2468"
_PERIOD = {"bleUuid": BADGE, "validFrom": None, "validTo": None, "addedBy": "Ana Lima"}


@dataclass(frozen=True, slots=True)
class BadgeWish:
    """The body of POST /users/me/badges."""

    end_others: bool = False
    """The older ones end now, as after a phone was lost; their past stays."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """The body of POST /users/me/erase."""

    password: str


@describe(
    "One's own registrations by the events' start, with reasons, all on one page",
    answer=Page[OwnRegistration],
    example=page_of(REGISTRATION),
)
async def registrations(request: Request, ctx: Context) -> Response:
    """One's own registrations."""
    found = await in_thread(ctx.backend.registrations_of, caller_of(request).user_id)
    return json_response(page_to_wire(Page(found, "")))


@describe(
    "One's own badges in the course of time, all on one page",
    answer=Page[BadgePeriod],
    example=page_of(_PERIOD),
)
async def badges(request: Request, ctx: Context) -> Response:
    """One's own badges."""
    found = await in_thread(ctx.backend.badges, caller_of(request).user_id)
    return json_response(page_to_wire(Page(found, "")))


@describe(
    "A new bleUuid for oneself, which the backend makes",
    body=BadgeWish,
    body_example={"endOthers": True},
    answer=BadgePeriod,
    example=_PERIOD,
    status=201,
    problems=(Code.TOO_MANY_TRIES,),
    text="Nobody can choose one, and so take somebody else's. Each call makes another.",
)
async def new_badge(request: Request, ctx: Context) -> Response:
    """A new badge for oneself."""
    wish, caller, now_ms = await body_as(request, ctx, BadgeWish), caller_of(request), ctx.now_ms()
    await begin_attempt(ctx, badges_of(caller.user_id))
    made = NewBadge(from_bytes(bytes.fromhex(digest_of(ctx.new_token().encode()))[:16]))
    by = await name_of(caller, ctx)
    before = await in_thread(ctx.backend.badges, caller.user_id)
    period = await in_thread(ctx.backend.add_badge, caller.user_id, made, by=by, now_ms=now_ms)
    for each in before if wish.end_others else ():
        if each.valid_to is None:
            await in_thread(ctx.backend.end_badge, caller.user_id, each.ble_uuid, valid_to=now_ms)
    return json_response(to_wire(period), 201)


@describe(
    "One's own record at an event: status, rule, and where one was heard last",
    answer=OwnRecord,
    example={
        "event": EVENT,
        "registration": "approved",
        "why": "",
        "status": "present",
        "rule": "present 96 %",
        "checkInTime": START + 60_000,
        "scannerId": "Entrance-Scanner-01",
        "sightings": 12,
        "heard": [{"time": START + 3_500_000, "scannerId": "Entrance-Scanner-01"}],
        "generatedAt": START + 4_000_000,
        "provisional": False,
    },
    text="While it is `provisional` (the event goes on, or a scanner is missing) `absent` means: "
    "not seen yet. `heard` has the newest sightings, at most 20, the newest first. Scanners send "
    "in batches: what was heard a moment ago may come later.",
)
async def record(request: Request, ctx: Context) -> Response:
    """One's own record."""
    found = await in_thread(
        ctx.backend.own_record,
        event_id_of(request),
        caller_of(request).user_id,
        now_ms=ctx.now_ms(),
    )
    return json_response(to_wire(found))


@describe(
    "What an erasure of oneself would take away: rows by kind",
    answer=Erasure,
    example={"userId": _ID, "rows": ROWS},
)
async def erasure(request: Request, ctx: Context) -> Response:
    """What an erasure of oneself would take away."""
    return json_response(to_wire(await in_thread(ctx.backend.erasure, caller_of(request).user_id)))


@describe(
    "Make oneself anonymous, for good; the password is asked for again",
    body=Farewell,
    body_example={"password": WORDS},
    answer=Erasure,
    example={"userId": "77aa0b9a7d3f2468", "rows": ROWS},
    problems=(Code.SIGN_IN_FAILED, Code.TOO_MANY_TRIES, Code.LAST_ADMIN),
    text="Every sign-in ends, and reports count an anonymous person. Whoever has no password here "
    "asks an admin.",
)
async def erase(request: Request, ctx: Context) -> Response:
    """Make oneself anonymous; a token alone, of a phone left lying, is not enough."""
    given, caller = await body_as(request, ctx, Farewell), caller_of(request)
    user = await in_thread(ctx.backend.user, caller.user_id)
    mine = account(user.email)
    await begin_attempt(ctx, mine)
    known = await in_thread(ctx.backend.credential, user.email)
    stored = known.password_hash if known and known.user_id == user.id else ""
    if not await ctx.access.passwords.matches(given.password[: LONGEST + 1], stored):
        raise Problem(Code.SIGN_IN_FAILED, "The password is wrong, or you have none here.")
    return json_response(to_wire(await in_thread(ctx.backend.erase, caller.user_id)))
