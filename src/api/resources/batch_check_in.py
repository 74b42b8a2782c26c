"""POST /batchCheckIn: the one way by which a scanner's records come in."""

from __future__ import annotations

import operator
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from ...core.model import BatchAnswer
from ..auth import Caller, require_scope
from ..batch import parse_batch
from ..body import spool_body
from ..describe import describe
from ..endpoint import Context, caller_of, in_thread, json_response, require_possible
from ..problems import Code
from ..scanner_names import without_others
from ..sealed import open_sealed
from ..shapes import BATCH, BatchBody, BatchReply
from ..spooled import Body
from ..wire import answer_to_wire


@describe(
    "A scanner's records, stored in one transaction",
    text="200 means durable. The same records again, in any order and split, change nothing.",
    body=BatchBody,
    body_example=BATCH,
    answer=BatchReply,
    example={
        "status": "success",
        "received": 1,
        "checkedIn": 1,
        "duplicates": 0,
        "unknown": 0,
        "refused": [],
    },
    problems=(Code.EVENT_NOT_FOUND, Code.SCANNER_EVENT_REFUSED),
)
async def receive(request: Request, ctx: Context) -> Response:
    """Store the good records in one transaction, answer which were refused and why."""
    # First: the sender's clock is compared with it, and bodies take time.
    received_ms = ctx.now_ms()
    with ctx.preparing.batch():
        async with spool_body(request, ctx.max_body_bytes) as body:
            begin = ctx.clock.now().mono
            event_id, answer = await in_thread(_merge, ctx, body, caller_of(request), received_ms)
    ctx.preparing.synced(event_id)
    ctx.metrics.merged(answer, ctx.clock.now().mono - begin)
    return json_response(answer_to_wire(answer))


def _merge(ctx: Context, body: Body, caller: Caller, received_ms: int) -> tuple[str, BatchAnswer]:
    """The event, and the answer."""
    parsed = parse_batch(body, partial(open_sealed, keys=ctx.keys))
    require_possible(parsed.batch.event_id)
    require_scope(caller, parsed.batch.event_id)
    if caller.scanner:
        parsed = without_others(parsed, caller.scanner, ctx.backend.names_with_key)
    merged = ctx.backend.merge_batch(parsed.batch, received_ms=received_ms)
    refused = sorted([*parsed.refused, *merged.refused], key=operator.attrgetter("index"))
    answer = BatchAnswer(
        parsed.received, merged.checked_in, merged.duplicates, merged.unknown, tuple(refused)
    )
    return parsed.batch.event_id, answer
