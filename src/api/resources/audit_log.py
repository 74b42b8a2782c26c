"""/auditLog: who did what, from where, and what was before and after."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...core.audit import AuditFilter, AuditRow
from ...core.backend import Page
from ...core.identity import clean_text
from ..describe import Query, describe
from ..endpoint import Context
from ..query import PAGE_QUERY, answer_page, wrong_query
from ..shapes import START, page_of
from ..wire import MAX_TIME_MS

_TEXT_LIMIT = 300
"""Characters: as long as what is stored."""

_TEXT = {"type": "string", "maxLength": _TEXT_LIMIT}
_TIME = {"type": "integer", "minimum": 0, "maximum": MAX_TIME_MS}
_EXAMPLE = {
    "id": 71,
    "at": START,
    "actor": "person",
    "actorId": "5c1e0b9a7d3f2468",
    "actorName": "Ana Lima",
    "address": "203.0.113.7",
    "requestId": "0c8f3b1e5a7d4c20",
    "action": "users.set-role",
    "subject": "users/77aa0b9a7d3f2468",
    "outcome": "done",
    "status": 0,
    "code": "",
    "times": 1,
    "before": {"role": "user"},
    "after": {"role": "operator"},
    "details": {},
}


@describe(
    "The audit log, the newest entries first",
    text="Every change, every download of personal data, and what was refused. Repeats of a "
    "refusal or download within a minute are one entry with `times`.",
    answer=Page[AuditRow],
    example=page_of(_EXAMPLE),
    query=(
        *PAGE_QUERY,
        Query("actor", "a kind, a person's id, a scanner's name", _TEXT),
        Query("action", "an action, or its beginning up to a dot", _TEXT),
        Query("subject", "what it was done to, such as events/opening-2025", _TEXT),
        Query("since", "only from this time on, Unix ms", _TIME),
        Query("until", "only before this time, Unix ms", _TIME),
    ),
)
async def index(request: Request, ctx: Context) -> Response:
    """A page of entries."""
    wanted = AuditFilter(
        _text(request, "actor"),
        _text(request, "action"),
        _text(request, "subject"),
        _time(request, "since"),
        _time(request, "until"),
    )
    return await answer_page(
        request,
        lambda limit, cursor: ctx.backend.audit_log(wanted, limit=limit, cursor=cursor),
        *AuditFilter._fields,
    )


def _text(request: Request, name: str) -> str:
    text = request.query_params.get(name, "")
    if clean_text(text, _TEXT_LIMIT) != text:
        raise wrong_query(f"{name} must be visible text, at most {_TEXT_LIMIT} characters.")
    return text


def _time(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    well_formed = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_TIME_MS))
    if not well_formed or int(text) > MAX_TIME_MS:
        raise wrong_query(f"{name} must be Unix milliseconds.")
    return int(text)
