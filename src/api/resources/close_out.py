"""/events/{id}/closeOut: what to look at, what was accepted, and the seal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ...core.close_out import CloseOut
from ...core.identity import clean_text
from ..describe import describe
from ..endpoint import Context, caller_of, event_id_of, in_thread, json_response
from ..problems import Code
from ..query import body_as, invalid
from ..shapes import START
from ..wire import to_wire

MOST = 10_000
"""Findings of one request: an event's people."""

WHY_LIMIT = 200

_FINDING = {
    "id": "minimum:5c1e0b9a7d3f2468",
    "check": "minimum",
    "what": "Ana Lima is below the minimum presence.",
    "before": "partial: present 60 %, minimum 75 %",
    "after": "present",
    "accepted": False,
    "whatSaid": {"code": "minimum.what", "name": "Ana Lima"},
    "beforeSaid": {
        "code": "minimum.before",
        "then": "rule.partial",
        "status": "partial",
        "percent": 60,
        "least": 75,
    },
    "afterSaid": {"code": "minimum.after", "status": "present"},
    "by": "",
    "why": "",
}
_DIGEST = "0f343b0931126a20f133d67c2b018a3b5e0d2c1b0a9f8e7d6c5b4a3928170615"
_STATE: dict[str, Any] = {
    "eventId": "opening-2025",
    "provisional": False,
    "missing": [],
    "missingSaid": [],
    "findings": [_FINDING],
    "digest": _DIGEST,
    "seals": [{"version": 1, "digest": _DIGEST[::-1], "at": START, "by": "Ada"}],
    "changed": True,
}


@dataclass(frozen=True, slots=True)
class Findings:
    """Some findings of the list, by id."""

    findings: Sequence[str]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What was seen, and shall be sealed."""

    digest: str


def _answer(state: CloseOut) -> Response:
    return json_response(to_wire(state))


@describe("What there is to look at before the report is sealed", answer=CloseOut, example=_STATE)
async def show(request: Request, ctx: Context) -> Response:
    """Where the close-out stands."""
    event_id = event_id_of(request)
    return _answer(await in_thread(ctx.backend.close_out, event_id, now_ms=ctx.now_ms()))


@describe(
    "Accept findings; it can be taken back until the seal",
    body=Findings,
    body_example={"findings": [_FINDING["id"]], "why": "ill, with a note"},
    answer=CloseOut,
    example=_STATE,
    problems=(Code.EVENT_SEALED, Code.CLOSE_OUT_OPEN),
)
async def accept(request: Request, ctx: Context) -> Response:
    """Accept findings by id."""
    event_id, given = event_id_of(request), await _findings(request, ctx)
    state = await in_thread(
        ctx.backend.accept,
        event_id,
        given.findings,
        by=caller_of(request).user_id,
        why=clean_text(given.why, WHY_LIMIT),
        now_ms=ctx.now_ms(),
    )
    return _answer(state)


@describe(
    "Take acceptances back",
    body=Findings,
    body_example={"findings": [_FINDING["id"]]},
    answer=CloseOut,
    example=_STATE,
    problems=(Code.EVENT_SEALED, Code.CLOSE_OUT_OPEN),
)
async def take_back(request: Request, ctx: Context) -> Response:
    """Take acceptances back."""
    event_id, given = event_id_of(request), await _findings(request, ctx)
    now = ctx.now_ms()
    state = await in_thread(ctx.backend.take_back, event_id, given.findings, now_ms=now)
    return _answer(state)


async def _findings(request: Request, ctx: Context) -> Findings:
    given = await body_as(request, ctx, Findings)
    if not 0 < len(given.findings) <= MOST:
        raise invalid(f"findings: expected 1 to {MOST:,} ids")
    if any(not finding.isprintable() for finding in given.findings):
        raise invalid("findings: expected printable text")
    return given


@describe(
    "Seal the facts and rules that were looked at",
    text="`digest` is that of the list that was looked at: what has changed since is not sealed "
    "unseen. Later changes open another version, and the report says so.",
    body=Sealing,
    body_example={"digest": _DIGEST},
    answer=CloseOut,
    example=_STATE,
    problems=(Code.CLOSE_OUT_OPEN,),
)
async def seal(request: Request, ctx: Context) -> Response:
    """Seal what was seen."""
    event_id, given = event_id_of(request), await body_as(request, ctx, Sealing)
    by, now = caller_of(request).user_id, ctx.now_ms()
    return _answer(await in_thread(ctx.backend.seal, event_id, given.digest, by=by, now_ms=now))
