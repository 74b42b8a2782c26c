"""/auth: sign up, sign in, sign out, who am I, another password."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from ...core.access import NewSignIn, NewUser, Session, SignedIn, Status
from ...core.identity import clean_text
from ..access import SignUp, new_secret
from ..attempts import account, address_of, begin_attempt, sign_ins_from, sign_ups_from
from ..auth import token_hash
from ..describe import describe
from ..endpoint import Context, caller_of, in_thread, json_response
from ..passwords import LONGEST, require_usable
from ..problems import Code, Problem
from ..query import body_as, invalid
from ..shapes import LETTERS, START, USER, WORDS, PasswordChanged, SignedOut, SignUpReceived
from ..wire import to_wire
from .users import EMAIL_LIMIT, NAME_LIMIT

BODY_LIMIT = 16 << 10
"""Bytes of a body that anybody may send."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The body of POST /auth/signUp."""

    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """The body of POST /auth/signIn."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """The body of POST /auth/password."""

    password: str
    new_password: str


def small(ctx: Context) -> Context:
    """For a body that anybody may send."""
    return replace(ctx, max_body_bytes=min(ctx.max_body_bytes, BODY_LIMIT))


@describe(
    "Ask for an account",
    text="The answer is the same whether the email is known or not.",
    body=Registration,
    body_example={"name": "Ana Lima", "email": "ana@example.org", "password": WORDS},
    answer=SignUpReceived,
    example={"status": "received", "approval": True},
    status=202,
    problems=(Code.SIGN_UP_CLOSED, Code.TOO_MANY_TRIES),
)
async def sign_up(request: Request, ctx: Context) -> Response:
    """Ask for an account. The answer is the same whether the email is known or not."""
    if ctx.access.sign_up is SignUp.CLOSED:
        detail = "Nobody can sign up here by themselves. Ask an admin."
        raise Problem(Code.SIGN_UP_CLOSED, detail)
    wanted = await body_as(request, small(ctx), Registration)
    name, email = clean_text(wanted.name, NAME_LIMIT), clean_text(wanted.email, EMAIL_LIMIT)
    if not name:
        raise invalid("name: expected visible text")
    if "@" not in email:
        raise invalid("email: expected an address with @")
    require_usable(wanted.password, email)
    await begin_attempt(ctx, sign_ups_from(address_of(request)))
    person = NewUser(name, email, await ctx.access.passwords.hash(wanted.password))
    is_open = ctx.access.sign_up is SignUp.OPEN
    status = Status.ACTIVE if is_open else Status.PENDING
    await in_thread(ctx.backend.sign_up, person, status=status, now_ms=ctx.now_ms())
    return json_response({"status": "received", "approval": not is_open}, 202)


@describe(
    "Exchange email and password for a token",
    text="Every failure has one answer, after one time.",
    body=Credentials,
    body_example={"email": "ana@example.org", "password": WORDS},
    answer=SignedIn,
    example={"token": LETTERS, "expiresAt": START, "user": USER},
    problems=(Code.SIGN_IN_FAILED, Code.TOO_MANY_TRIES),
)
async def sign_in(request: Request, ctx: Context) -> Response:
    """Exchange email and password for a token. Every failure has one answer, after one time."""
    given = await body_as(request, small(ctx), Credentials)
    email = clean_text(given.email, EMAIL_LIMIT)
    mine, here = account(email), sign_ins_from(address_of(request))
    await begin_attempt(ctx, mine, here)
    known = await in_thread(ctx.backend.credential, email)
    password = given.password[: LONGEST + 1]
    right = await ctx.access.passwords.matches(password, known.password_hash if known else "")
    if known is None or not (right and known.active):
        raise _wrong()
    await in_thread(ctx.backend.forgive, [mine.key], refund=[here.key])
    return json_response(to_wire(await _begin(ctx, known.user_id)))


async def _begin(ctx: Context, user_id: str) -> SignedIn:
    token, now_ms = new_secret(), ctx.now_ms()
    new = NewSignIn(token_hash(token), now_ms + ctx.access.longest_ms)
    user = await in_thread(ctx.backend.sign_in, user_id, new, now_ms=now_ms)
    return SignedIn(token, new.expires_at, user)


def _wrong() -> Problem:
    detail = "Email or password is wrong, or an admin has not let this account in."
    return Problem(Code.SIGN_IN_FAILED, detail)


@describe(
    "Forget the token that was sent",
    answer=SignedOut,
    example={"status": "signedOut"},
)
async def sign_out(request: Request, ctx: Context) -> Response:
    """Forget the token that was sent."""
    await in_thread(ctx.backend.sign_out, caller_of(request).token_hash)
    return json_response({"status": "signedOut"})


@describe(
    "Who is signed in, and until when",
    answer=Session,
    example={"user": USER, "expiresAt": START},
)
async def session(request: Request, ctx: Context) -> Response:
    """Who is signed in, and until when."""
    caller = caller_of(request)
    user = await in_thread(ctx.backend.user, caller.user_id)
    return json_response(to_wire(Session(user, caller.expires_at)))


@describe(
    "Set another password; every other sign-in of the person ends",
    body=PasswordChange,
    body_example={"password": WORDS, "newPassword": f"{WORDS}, changed"},
    answer=PasswordChanged,
    example={"status": "changed"},
    problems=(Code.SIGN_IN_FAILED, Code.TOO_MANY_TRIES),
)
async def change_password(request: Request, ctx: Context) -> Response:
    """Set another password; every other sign-in of the person ends."""
    given = await body_as(request, small(ctx), PasswordChange)
    caller = caller_of(request)
    user = await in_thread(ctx.backend.user, caller.user_id)
    require_usable(given.new_password, user.email)
    mine = account(user.email)
    await begin_attempt(ctx, mine)
    known = await in_thread(ctx.backend.credential, user.email)
    stored = known.password_hash if known else ""
    if not await ctx.access.passwords.matches(given.password[: LONGEST + 1], stored):
        raise _wrong()
    await in_thread(ctx.backend.forgive, [mine.key])
    await in_thread(
        ctx.backend.set_password,
        caller.user_id,
        await ctx.access.passwords.hash(given.new_password),
        keep=caller.token_hash,
        now_ms=ctx.now_ms(),
    )
    return json_response({"status": "changed"})
