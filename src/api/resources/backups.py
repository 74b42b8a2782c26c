"""/backups: those that are there, one more, and whether one could be restored."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Page
from ...core.data_care import DataCare, Drill, KeptBackup
from ...core.errors import UsageError
from ..care_of import care_of
from ..describe import describe
from ..endpoint import Context, in_thread, json_response
from ..problems import Code
from ..query import PAGE_QUERY, answer_page
from ..shapes import START, page_of
from ..wire import to_wire

_NAME = "20250720T083000Z-asked.sqlite3"
_EXAMPLE = {
    "name": _NAME,
    "createdAt": START,
    "size": 1_048_576,
    "how": "asked",
    "state": "sound",
    "checkedAt": START + 60_000,
}


@describe(
    "The backups in the backend's folder, the newest first",
    text="`how` is `asked` (over HTTP), `upgrade` (before one) or `routine` (the schedule, or "
    "`headcount backup`). `state` is `made` (checked when it was made, not since), `sound` or "
    "`damaged` (by the last drill, at `checkedAt`), or `noManifest`.",
    answer=Page[KeptBackup],
    example=page_of(_EXAMPLE),
    query=PAGE_QUERY,
    problems=(Code.CARE_NOT_HERE,),
)
async def index(request: Request, ctx: Context) -> Response:
    """A page of backups."""
    care = care_of(ctx)
    return await answer_page(request, lambda limit, cursor: _page(care, limit, cursor))


def _page(care: DataCare, limit: int, cursor: str) -> Page[KeptBackup]:
    """From the backup below the one named; names begin with the time. Raises UsageError."""
    found: Sequence[KeptBackup] = care.backups()
    if cursor:
        if "." not in cursor:
            raise UsageError("No page of this list ends so.")
        found = [each for each in found if each.name < cursor]
    return Page(found[:limit], found[limit - 1].name if len(found) > limit else "")


@describe(
    "Make a backup now",
    text="The same as `headcount backup`: verified before it has its name, and the oldest beyond "
    "`server.backups_kept` go. The answer comes when it is done.",
    answer=KeptBackup,
    example=_EXAMPLE | {"state": "made", "checkedAt": None},
    status=201,
    problems=(Code.CARE_BUSY, Code.CARE_NOT_HERE, Code.CARE_REFUSED),
)
async def create(_request: Request, ctx: Context) -> Response:
    """Make a backup now."""
    made = await in_thread(care_of(ctx).back_up)
    return json_response(to_wire(made), 201)


@describe(
    "Drill: read a backup to its end, compare its checksum, and count its rows",
    text="Nothing is restored; `headcount restore` does that, on the backend's machine. A damaged "
    "backup is an answer, too: `isSound` is false, and `trouble` says what is wrong.",
    answer=Drill,
    example={
        "name": _NAME,
        "isSound": True,
        "trouble": "",
        "createdAt": START,
        "size": 1_048_576,
        "schema": "0018",
        "rows": {"events": 3, "users": 120},
    },
    problems=(
        Code.BACKUP_NOT_FOUND,
        Code.CARE_BUSY,
        Code.CARE_NOT_HERE,
        Code.CARE_REFUSED,
    ),
)
async def verify(request: Request, ctx: Context) -> Response:
    """Read a backup to its end."""
    return json_response(to_wire(await in_thread(care_of(ctx).drill, request.path_params["name"])))
