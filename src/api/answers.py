"""What an answer other than success means, and what is told to people about it."""

from __future__ import annotations

import os
import ssl

import httpx

from ..core.errors import BackendRejected, BackendUnreachable, KeyRefused
from ..core.identity import clean_text
from .wire import WireError, decode

SAFE = "Nothing is lost: what was not acknowledged stays unsent."

_LATER = "Try again when the network and the backend are up."
_CERTIFICATE = "Check the address; for an authority of your own, set ca_file to its certificate."

_KEY_STATUSES = frozenset({401, 403})
_OTHER_REASONS = frozenset(
    {
        "SCANNER_EVENT_REFUSED",  # the key is right, and other events' records can go
        "SIGN_IN_FAILED",  # there is no key yet
        "SIGN_UP_CLOSED",
    }
)
_COME_BACK_LATER = frozenset({408, 429})
_SERVER_ERRORS = 500  # and above (RFC 9110, 15.6)
_TOO_LARGE = 413  # may come from a proxy in front of the backend, so without our problem document
_MAX_RETRY_AFTER = 86_400
"""Seconds: a day. A longer wish is a mistake."""
_CUT = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


def error_of(
    url: str, status: int, headers: httpx.Headers, answer: bytes
) -> BackendUnreachable | KeyRefused | BackendRejected:
    """The error that an answer other than success means."""
    code, detail = _problem_of(answer)
    if status in _KEY_STATUSES and code not in _OTHER_REASONS:
        return KeyRefused(
            f"{url} refused the key or token (HTTP {status} {code}".rstrip() + ").",
            safe=SAFE,
            remedy="Check SCANNER_API_KEY, the pairing or the sign-in; then sync again.",
        )
    if status >= _SERVER_ERRORS or status in _COME_BACK_LATER:
        return unreachable(
            f"{url} can't answer now (HTTP {status}).", retry_after=_retry_after(headers)
        )
    if not code and status != _TOO_LARGE:
        return not_headcount(url, f"HTTP {status}")
    return BackendRejected(
        f"{url} rejected the request (HTTP {status} {code}): {detail or 'no reason given'}",
        status=status,
        code=code,
        detail=detail,
        safe=SAFE,
    )


def _problem_of(answer: bytes) -> tuple[str, str]:
    """Code and detail of a problem document; empty for anything else."""
    try:
        problem = decode(answer)
    except WireError:
        return "", ""
    if not isinstance(problem, dict) or not isinstance(problem.get("code"), str):
        return "", ""
    return clean_text(problem["code"]), clean_text(str(problem.get("detail", "")), 500)


def _retry_after(headers: httpx.Headers) -> float | None:
    """The seconds of a Retry-After header; its other form, a date, is not used by our backend."""
    wish = headers.get("retry-after", "")
    if not (wish.isascii() and wish.isdigit()):
        return None
    return float(min(int(wish[:6]), _MAX_RETRY_AFTER))


def unreachable(
    what: str, *, remedy: str = _LATER, retry_after: float | None = None
) -> BackendUnreachable:
    """No answer, or one that asks to come back later."""
    return BackendUnreachable(what, safe=SAFE, remedy=remedy, retry_after=retry_after)


def not_headcount(url: str, seen: str) -> BackendUnreachable:
    """An answer of somebody else: a sign-in page, another server, a proxy."""
    return BackendUnreachable(
        f"{url} answered, but not as a headcount backend ({clean_text(seen, 200)}).",
        safe=SAFE,
        remedy="Check the address; a sign-in page of the network may be in between.",
    )


def no_answer(url: str, error: httpx.HTTPError) -> BackendUnreachable:
    """The request did not come to an answer."""
    if isinstance(error, httpx.TimeoutException):
        return unreachable(f"{url} did not answer in time.")
    cause = _system_error(error)
    if cause is not None:
        words = _words_of(cause)
    else:  # httpx's own words could name a header
        words = "the connection was cut" if isinstance(error, _CUT) else type(error).__name__
    return unreachable(
        f"{url} can't be reached: {clean_text(words, 200).rstrip('.')}.",
        remedy=_CERTIFICATE if distrusts(error) else _LATER,
    )


def distrusts(error: httpx.HTTPError) -> bool:
    """Whether it is the certificate that is in the way."""
    return isinstance(_system_error(error), ssl.SSLCertVerificationError)


def _system_error(error: BaseException) -> OSError | None:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    return None if cause is None else _innermost(cause)


def _innermost(error: OSError) -> OSError:
    """The system's own error, where a library has wrapped it (one for each address it tried)."""
    cause = error.__cause__
    if isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause if isinstance(cause, OSError) else error


def _words_of(error: OSError) -> str:
    """Name resolution has negative numbers, TLS numbers of its own: these bring their words."""
    if isinstance(error, ssl.SSLError) or not error.errno or error.errno < 0:
        return error.strerror or str(error)
    return os.strerror(error.errno)
