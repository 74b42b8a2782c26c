"""/purge: what has outlived its time, and its end."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from ...core.data_care import Purged, PurgePlan
from ..care_of import care_of
from ..describe import describe
from ..endpoint import Context, in_thread, json_response
from ..problems import Code
from ..query import body_as
from ..wire import to_wire

_DIGEST = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
_ROWS = {"sightings": 1200, "corrected_times": 3}
_FOLDER = "/srv/headcount/archive"


class PurgeWish(NamedTuple):
    """The plan that was looked at."""

    digest: str


@describe(
    "Dry run: what a purge would take away, by event and table",
    text="An empty `eventId` is for rows of no event. The plan is as of the last full hour. With "
    "an empty `archive` this backend purges nothing over HTTP: `retention.archive_dir` is not set.",
    answer=PurgePlan,
    example={
        "digest": _DIGEST,
        "due": [{"eventId": "opening-2025", "rows": _ROWS}],
        "archive": _FOLDER,
    },
    problems=(Code.CARE_NOT_HERE,),
)
async def plan(_request: Request, ctx: Context) -> Response:
    """What a purge would take away."""
    return json_response(to_wire(await in_thread(care_of(ctx).plan)))


@describe(
    "Archive, verify and delete what the dry run with this digest showed",
    text="Event by event, each a transaction and an entry in the audit log. If another plan is due "
    "by now, nothing is deleted.",
    body=PurgeWish,
    body_example={"digest": _DIGEST},
    answer=Purged,
    example={
        "archives": [
            {"folder": f"{_FOLDER}/20250720T083000Z-event-opening-2025", "rows": _ROWS},
        ]
    },
    problems=(
        Code.CARE_BUSY,
        Code.CARE_NOT_HERE,
        Code.CARE_REFUSED,
        Code.PURGE_PLAN_CHANGED,
    ),
)
async def purge(request: Request, ctx: Context) -> Response:
    """Archive and delete."""
    care = care_of(ctx)
    wish = await body_as(request, ctx, PurgeWish)
    return json_response(to_wire(await in_thread(care.purge, wish.digest)))
