"""POST /webhooks/insights: another program tells what it found."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ...core.identity import canonical, clean_text
from ...core.insight_book import InsightMessage
from ...core.insights import (
    ROWS_LIMIT,
    InsightKind,
    RowKind,
    RowRef,
    Severity,
    insight_id,
)
from ..body import read_body
from ..describe import describe
from ..endpoint import Context, in_thread, json_response, require_possible
from ..problems import Code
from ..query import invalid
from ..shapes import MessageTaken
from ..webhooks import BODY_LIMIT, Message, body_schema, document_of, verify
from ..wire import MAX_INTEGER

SENTENCE_LIMIT = 500
SOURCE_LIMIT = 64
NAME_LIMIT = 128
"""Characters of a given id, and of what a row names."""
NUMBERS_LIMIT = 50


class Type(StrEnum):
    """What is told of an insight."""

    CREATED = "insight.created"
    UPDATED = "insight.updated"
    DELETED = "insight.deleted"


@describe(
    "What another program found out about an event, signed",
    text="Standard Webhooks or Svix, as `/webhooks/users`. `data` has `eventId`, `id` (the "
    "program's own: the same id again is the same insight), `sentence`, and optional `source`, "
    "`severity`, `numbers`, `rows`. Other members are skipped.",
    body_schema=body_schema(Type),
    answer=MessageTaken,
    example={"status": "applied"},
    problems=(Code.MESSAGE_REFUSED, Code.MESSAGE_REPLAYED, Code.EVENT_NOT_FOUND),
)
async def receive(request: Request, ctx: Context) -> Response:
    """Keep what a signed message tells, once."""
    body = await read_body(request, min(ctx.max_body_bytes, BODY_LIMIT))
    message = verify(ctx.access.insights_secret, request.headers, body, ctx.now_ms())
    told = insight_message(message)
    if told is None:
        return json_response({"status": "ignored"})
    is_new = await in_thread(ctx.backend.take_insight, told, now_ms=ctx.now_ms())
    return json_response({"status": "applied" if is_new else "duplicate"})


def insight_message(message: Message) -> InsightMessage | None:
    """What the message says; None for a kind that is not about insights. Raises Problem."""
    told = document_of(message, Type)
    if told is None:
        return None
    kind, data = told
    withdrawn = kind is Type.DELETED
    event_id = _text(data, "eventId", NAME_LIMIT)
    require_possible(event_id)
    source = _text(data, "source", SOURCE_LIMIT, default="webhook")
    subject = f"{source}\0{_text(data, 'id', NAME_LIMIT)}"
    return InsightMessage(
        message_id=message.id,
        sent_at=message.sent_at,
        id=insight_id(event_id, InsightKind.EXTERNAL, subject),
        event_id=event_id,
        source=source,
        severity=_severity(data),
        sentence="" if withdrawn else _text(data, "sentence", SENTENCE_LIMIT),
        numbers=_numbers(data),
        rows=_rows(data),
        withdrawn=withdrawn,
    )


def _text(data: Mapping[str, Any], name: str, limit: int, default: str = "") -> str:
    given = data.get(name, default)
    words = clean_text(given, limit) if isinstance(given, str) else ""
    if not words:
        raise invalid(f"data.{name}: expected visible text")
    return words


def _severity(data: Mapping[str, Any]) -> Severity:
    given = data.get("severity", Severity.HINT.value)
    if given not in [each.value for each in Severity]:
        raise invalid(f"data.severity: expected one of {', '.join(Severity)}")
    return Severity(given)


def _numbers(data: Mapping[str, Any]) -> dict[str, int]:
    given = data.get("numbers", {})
    if not isinstance(given, dict) or len(given) > NUMBERS_LIMIT:
        raise invalid(f"data.numbers: expected an object with at most {NUMBERS_LIMIT} integers")
    if any(type(each) is not int or abs(each) > MAX_INTEGER for each in given.values()):
        raise invalid("data.numbers: expected integers")
    return {clean_text(name): value for name, value in given.items()}


def _rows(data: Mapping[str, Any]) -> tuple[RowRef, ...]:
    given = data.get("rows", [])
    if not isinstance(given, list) or len(given) > ROWS_LIMIT:
        raise invalid(f"data.rows: expected at most {ROWS_LIMIT} rows")
    return tuple(_row(place, each) for place, each in enumerate(given))


def _row(place: int, given: object) -> RowRef:
    kind, name = (given.get("kind"), given.get("id")) if isinstance(given, dict) else (None, None)
    if kind not in [each.value for each in RowKind] or not isinstance(name, str):
        kinds = ", ".join(RowKind)
        raise invalid(f"data.rows[{place}]: expected a kind ({kinds}) and an id")
    words = (canonical(name) or "") if kind == RowKind.BADGE else clean_text(name, NAME_LIMIT)
    if not words:
        raise invalid(f"data.rows[{place}].id: expected the id of a {kind}")
    return RowRef(RowKind(kind), words)
