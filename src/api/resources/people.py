"""/events/{id}/people/{id}: one person's record, which explains the status."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...core.identity import is_event_id
from ...core.person_record import PersonRecord, build_record
from ..describe import describe
from ..endpoint import Context, event_id_of, in_thread, json_response
from ..problems import Code, Problem
from ..shapes import EVENT, PERSON, REPORT, START
from ..wire import to_wire


@describe(
    "One person's record at an event: the facts, and the rule that decided the status",
    answer=PersonRecord,
    example={
        "event": EVENT,
        "person": PERSON,
        "rules": {
            "checkInOpensMinutes": 15,
            "lateAfterMinutes": 10,
            "minimumPresencePercent": 75,
            "awayMinutes": 10,
        },
        "stays": [{"start": START + 60_000, "end": START + 3_500_000}],
        "seen": [START + 60_000, START + 3_500_000],
        "byHand": [],
        "excused": None,
        "voids": [],
        "gaps": [],
        "scanners": REPORT["scanners"],
        "missing": [],
        "missingSaid": [],
        "generatedAt": START + 4_000_000,
    },
    problems=(Code.USER_NOT_FOUND,),
)
async def show(request: Request, ctx: Context) -> Response:
    """One person's record; it costs as much as the event's report."""
    event_id, user_id = event_id_of(request), request.path_params["user_id"]
    if not is_event_id(user_id):
        raise Problem(Code.USER_NOT_FOUND, "No user has this id.")
    record = await in_thread(_record, ctx, event_id, user_id)
    return json_response(to_wire(record))


def _record(ctx: Context, event_id: str, user_id: str) -> PersonRecord:
    return build_record(ctx.backend.report_facts(event_id), user_id, ctx.now_ms())
