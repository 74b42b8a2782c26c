"""Counting of wrong tries: by account, and by address."""

from __future__ import annotations

import ipaddress

from starlette.requests import Request

from ..core import backoff
from ..core.backoff import Subject
from .endpoint import Context, in_thread
from .problems import Code, Problem


def address_of(request: Request) -> str:
    """Whose tries are counted together: an IPv4 address, or the /64 that an IPv6 user has whole."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:  # noqa: PLR2004 - of the protocol
        return host
    return str(ipaddress.ip_network((address, 64), strict=False))


async def begin_attempt(ctx: Context, *subjects: Subject) -> None:
    """Count a try before it is made. Raises Problem while it is too soon for another."""
    wait = await in_thread(ctx.backend.begin_attempt, subjects, now_ms=ctx.now_ms())
    if wait:
        seconds = -(-wait // 1000)
        detail = f"Too many tries. Wait {seconds} s. A right answer now is not looked at either."
        raise Problem(
            Code.TOO_MANY_TRIES,
            detail,
            headers={"Retry-After": str(seconds)},
            members={"retryAfter": seconds},
        )


def account(email: str) -> Subject:
    """The tries for one account, whether it exists or not."""
    return Subject(f"account {email.strip().casefold()}", backoff.ACCOUNT)


def sign_ins_from(address: str) -> Subject:
    """The tries from one address."""
    return Subject(f"sign-in {address}", backoff.ADDRESS)


def sign_ups_from(address: str) -> Subject:
    """The sign-ups from one address."""
    return Subject(f"sign-up {address}", backoff.SIGN_UPS)


def pairings_from(address: str) -> Subject:
    """The pairing codes from one address."""
    return Subject(f"pairing {address}", backoff.PAIRINGS)


def feedback_of(user_id: str) -> Subject:
    """The feedback of one person."""
    return Subject(f"feedback {user_id}", backoff.FEEDBACK)


def requests_of(user_id: str) -> Subject:
    """One person's requests for corrections: an admin reads each, as feedback."""
    return Subject(f"correction request {user_id}", backoff.FEEDBACK)


def badges_of(user_id: str) -> Subject:
    """The badges that one person asks for: each stays in every later look-up."""
    return Subject(f"badge {user_id}", backoff.FEEDBACK)
