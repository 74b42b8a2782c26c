"""POST /events/{id}/logHeads: how far a station's log has come, countersigned."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from ...core.chain import DIGITS
from ...core.identity import clean_text
from ...core.log_heads import Countersigned, Head, HeadContradicted, statement
from ...core.log_keys import LogKeys
from ..describe import describe
from ..endpoint import Context, event_id_of, in_thread, json_response
from ..problems import Code, Problem
from ..query import body_as, invalid
from ..shapes import START
from ..wire import MAX_INTEGER, to_wire

_log = logging.getLogger(__name__)

_LOG_LIMIT: Final = 128
"""Characters of a scan session's id, as in a batch."""

_CHAIN: Final = re.compile(f"[0-9a-f]{{{DIGITS}}}")


@describe(
    "How far a log has come, countersigned",
    body=Head,
    body_example={
        "log": "s-1",
        "scannerId": "Entrance-Scanner-01",
        "seq": 1200,
        "chain": "0" * DIGITS,
        "bytes": 250_000,
    },
    answer=Countersigned,
    example={"time": START, "key": "mZ3…=", "signature": "9bQ…=", "latest": None},
    problems=(Code.LOG_HEAD_CONTRADICTED,),
)
async def receive(request: Request, ctx: Context) -> Response:
    """Keep the head and sign it; a log that was written anew is refused, and told in our log."""
    event_id = event_id_of(request)
    head = validated(await body_as(request, ctx, Head))
    if ctx.keys is None:
        raise Problem(Code.NOT_FOUND, "This backend has no keys for logs.")
    try:
        answer = await in_thread(_countersign, ctx, ctx.keys, event_id, head)
    except HeadContradicted:
        _log.warning(
            "the log %s of scanner %s for event %s contradicts its countersigned head at record %d",
            head.log,
            head.scanner_id,
            event_id,
            head.seq,
        )
        raise
    return json_response(to_wire(answer))


def _countersign(ctx: Context, keys: LogKeys, event_id: str, head: Head) -> Countersigned:
    noted = ctx.backend.note_head(event_id, head, now_ms=ctx.now_ms())
    signed = keys.sign(statement(event_id, head, noted.time)) if noted.time else ""
    return Countersigned(noted.time, keys.public().sign, signed, noted.latest)


def validated(head: Head) -> Head:
    """The head with clean texts. Raises Problem, naming the first wrong member."""
    clean = replace(
        head, log=clean_text(head.log, _LOG_LIMIT), scanner_id=clean_text(head.scanner_id)
    )
    if not clean.log or clean.log != head.log:
        raise invalid(f"log: expected 1 to {_LOG_LIMIT} visible characters")
    if not clean.scanner_id:
        raise invalid("scannerId: expected visible text")
    if not (1 <= head.seq <= MAX_INTEGER and 0 <= head.bytes <= MAX_INTEGER):
        raise invalid("seq, bytes: expected positive integers of 64 bits")
    if not _CHAIN.fullmatch(head.chain):
        raise invalid(f"chain: expected {DIGITS} hexadecimal digits")
    if not 0 <= head.after_seq < head.seq or not (_CHAIN.fullmatch(head.after_chain or head.chain)):
        raise invalid("afterSeq, afterChain: expected a record before seq, and its chain value")
    return clean
