"""Signed messages of other services: Standard Webhooks, and Svix's older header names."""

from __future__ import annotations

import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from ..core.errors import UsageError
from .problems import Code, Problem
from .query import invalid
from .wire import WireError, decode

Kind = TypeVar("Kind", bound=StrEnum)

BODY_LIMIT = 1 << 20
"""Bytes: a person's record at a provider has a few thousand."""

TOLERANCE_SECONDS = 5 * 60
"""How far a message's time may be from ours, both ways: Standard Webhooks' own figure."""

SIGNATURES = 20
"""Signatures of one message that are looked at: one for each living secret, and some."""

_SHORTEST_SECRET = 16
"""Bytes. Svix makes 24; Standard Webhooks asks for at least as many."""

_PREFIXES = ("webhook", "svix")
# No dot: id, time and body are signed with dots between, and must not be cut in another way.
_ID = re.compile(r"[A-Za-z0-9_:/+=~-]{1,128}")
_TIME = re.compile(r"[1-9][0-9]{0,11}")


class Message(NamedTuple):
    """A message whose signature and time are right."""

    id: str
    sent_at: int
    """Unix milliseconds, to the second."""
    text: str


def signer(secret: str) -> Webhook:
    """The library's object for a secret (`whsec_…`). Raises UsageError, without the secret."""
    try:
        made = Webhook(secret)
        is_long = len(binascii.a2b_base64(secret.removeprefix("whsec_") + "==")) >= _SHORTEST_SECRET
    except (ValueError, EmptyWebhookSecretError):
        is_long = False
    if not is_long:
        raise UsageError(
            "The webhook secret can't be used: it is not whsec_ and at least 24 letters of base64.",
            remedy="Copy it again from the page of the service that sends the messages.",
        )
    return made


def verify(secret: str, headers: Mapping[str, str], body: bytes, now_ms: int) -> Message:
    """Check id, time and signature. Raises Problem; which of them was wrong is not told.

    The library's own `verify` reads a clock, and lets ValueError, binascii.Error and
    UnicodeDecodeError out on malformed input; so only its signing is used here.
    """
    if not secret:
        raise _refused()
    prefix = next((each for each in _PREFIXES if f"{each}-id" in headers), _PREFIXES[0])
    message_id, sent, signatures = (
        headers.get(f"{prefix}-{part}", "") for part in ("id", "timestamp", "signature")
    )
    if not (_ID.fullmatch(message_id) and _TIME.fullmatch(sent)):
        raise _refused()
    if abs(int(sent) * 1000 - now_ms) > TOLERANCE_SECONDS * 1000:
        raise _refused()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _refused() from None
    moment = datetime.fromtimestamp(int(sent), tz=UTC)
    expected = signer(secret).sign(message_id, moment, text).encode()
    given = [each.encode("utf-8", "replace") for each in signatures.split(" ")[:SIGNATURES]]
    if not any(hmac.compare_digest(expected, each) for each in given):
        raise _refused()
    return Message(message_id, int(sent) * 1000, text)


def body_schema(kinds: type[Kind]) -> dict[str, object]:
    """How a message's body is described; its `type` is not only one of these."""
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "examples": [each.value for each in kinds]},
            "data": {"type": "object"},
        },
        "required": ["type"],
    }


def document_of(message: Message, kinds: type[Kind]) -> tuple[Kind, dict[str, Any]] | None:
    """What kind of news a message has, and its data; None for another kind. Raises Problem."""
    try:
        document = decode(message.text.encode())
    except WireError as error:
        raise Problem(Code.BODY_NOT_JSON, f"The body is {error}.") from None
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise invalid("type: expected a string")
    if document["type"] not in {each.value for each in kinds}:
        return None
    data = document.get("data")
    if not isinstance(data, dict):
        raise invalid("data: expected an object")
    return kinds(document["type"]), data


def _refused() -> Problem:
    detail = "The message was not accepted: its signature, its time or its form is not right."
    return Problem(Code.MESSAGE_REFUSED, detail)
