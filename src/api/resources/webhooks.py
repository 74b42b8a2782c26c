"""POST /webhooks/users: an identity provider tells who came, changed or went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ...core.access import Change, UserMessage
from ..body import read_body
from ..describe import describe
from ..endpoint import Context, in_thread, json_response
from ..oidc import external_person
from ..problems import Code
from ..query import invalid
from ..shapes import MessageTaken
from ..webhooks import BODY_LIMIT, Message, body_schema, document_of, verify
from ..wire import MAX_TIME_MS


@describe(
    "What an identity provider tells about its users, signed",
    text="Standard Webhooks or Svix: the headers `webhook-id`, `webhook-timestamp` and "
    "`webhook-signature`, or the same with `svix-`. Members that are not known are skipped.",
    body_schema=body_schema(Change),
    answer=MessageTaken,
    example={"status": "applied"},
    problems=(Code.MESSAGE_REFUSED, Code.MESSAGE_REPLAYED),
)
async def users(request: Request, ctx: Context) -> Response:
    """Apply a signed message, once."""
    body = await read_body(request, min(ctx.max_body_bytes, BODY_LIMIT))
    message = verify(ctx.access.webhook_secret, request.headers, body, ctx.now_ms())
    change = user_message(ctx.access.issuer, message)
    if change is None:
        return json_response({"status": "ignored"})
    is_new = await in_thread(ctx.backend.apply_user_message, change, now_ms=ctx.now_ms())
    return json_response({"status": "applied" if is_new else "duplicate"})


def user_message(issuer: str, message: Message) -> UserMessage | None:
    """What the message says; None for a kind that is not about users. Raises Problem."""
    told = document_of(message, Change)
    if told is None:
        return None
    change, data = told
    name, email = _name(data), _verified_email(data)
    person = external_person(issuer, data.get("id"), name, email)
    if person is None:
        raise invalid("data.id: expected the user's id")
    return UserMessage(message.id, message.sent_at, change, person, _changed_at(data, message))


def _name(data: Mapping[str, Any]) -> str:
    parts = [data.get("first_name"), data.get("last_name")]
    full = " ".join(part for part in parts if isinstance(part, str) and part)
    given = full or data.get("name") or data.get("username")
    return given if isinstance(given, str) else ""


def _verified_email(data: Mapping[str, Any]) -> str:
    """The primary address, if the provider has verified it: it decides who is matched."""
    addresses = data.get("email_addresses")
    if not isinstance(addresses, list):
        return str(data.get("email", "")) if data.get("email_verified") is True else ""
    primary = data.get("primary_email_address_id")
    for each in addresses:
        if not isinstance(each, dict) or each.get("id") != primary:
            continue
        verification = each.get("verification")
        if isinstance(verification, dict) and verification.get("status") == "verified":
            return str(each.get("email_address", ""))
    return ""


def _changed_at(data: Mapping[str, Any], message: Message) -> int:
    changed = data.get("updated_at")
    is_time = type(changed) is int and 0 <= changed <= MAX_TIME_MS
    return changed if is_time else message.sent_at  # type: ignore[return-value]
