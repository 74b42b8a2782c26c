"""POST /seed: users, events and registrations from CSV files."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..describe import describe
from ..endpoint import Context, in_thread, json_response
from ..problems import Code
from ..query import body_as
from ..seeding import SeedAnswer, SeedBody, seed
from ..wire import to_wire


@describe(
    "Import CSV files of users, events and registrations; known rows are updated",
    text="One transaction a file, and a wrong row is answered by line and column. `preview` stores "
    "nothing. `strict` stores everything, or nothing if one row is wrong.",
    body=SeedBody,
    body_example={
        "files": [{"name": "users.csv", "text": "name,email\nAna Lima,ana@example.org\n"}],
        "preview": True,
    },
    answer=SeedAnswer,
    example={
        "files": [
            {
                "name": "users.csv",
                "kind": "users",
                "stored": False,
                "created": 1,
                "updated": 0,
                "unchanged": 0,
                "changes": [
                    {"row": 2, "what": "ana@example.org", "outcome": "created", "changed": []}
                ],
                "errors": [
                    {
                        "row": 3,
                        "message": "email 'ben' is no address",
                        "column": "email",
                        "value": "ben",
                        "remedy": "Write it as name@example.org.",
                    }
                ],
            }
        ]
    },
    problems=(Code.REQUEST_INVALID,),
)
async def receive(request: Request, ctx: Context) -> Response:
    """Import CSV files."""
    wanted = await body_as(request, ctx, SeedBody)
    return json_response(to_wire(await in_thread(seed, ctx.backend, wanted, ctx.now_ms())))
