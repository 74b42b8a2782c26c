"""/users: people, and their import from a list."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from ...core.backend import Backend, ImportResult, Page, PersonRow, RowError, User
from ...core.identity import canonical, clean_text
from ...core.model import NIL_UUID
from ..describe import describe
from ..endpoint import Context, in_thread, json_response, require_possible
from ..problems import Code
from ..query import PAGE_QUERY, answer_page, body_as
from ..shapes import BADGE, USER, page_of
from ..wire import to_wire

NAME_LIMIT = 200
"""Characters."""
EMAIL_LIMIT = 254
"""Characters. RFC 5321, 4.5.3.1.3: a path has 256 octets, two of them brackets."""


@dataclass(frozen=True, slots=True)
class Import:
    """The body of POST /users/import."""

    people: Sequence[PersonRow]
    event_id: str = ""


@describe(
    "All users by name",
    answer=Page[User],
    example=page_of(USER),
    query=PAGE_QUERY,
)
async def index(request: Request, ctx: Context) -> Response:
    """All users by name."""
    return await answer_page(
        request, lambda limit, cursor: ctx.backend.users(limit=limit, cursor=cursor)
    )


@describe(
    "Create or update people; a wrong row is answered by its number",
    body=Import,
    body_example={
        "eventId": "opening-2025",
        "people": [{"row": 2, "name": "Ana Lima", "email": "ana@example.org", "bleUuid": BADGE}],
    },
    answer=ImportResult,
    example={
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "registered": 1,
        "errors": [{"row": 3, "message": "name: expected visible text"}],
    },
    problems=(Code.EVENT_NOT_FOUND,),
)
async def import_people(request: Request, ctx: Context) -> Response:
    """Create or update people; a wrong row is answered by its number, the others are stored."""
    wanted = await body_as(request, ctx, Import)
    if wanted.event_id:
        require_possible(wanted.event_id)
    result = await in_thread(_import, ctx.backend, wanted, ctx.now_ms())
    return json_response(to_wire(result))


def _import(backend: Backend, wanted: Import, now_ms: int) -> ImportResult:
    good, wrong = sift(wanted.people)
    result = backend.import_people(good, event_id=wanted.event_id, now_ms=now_ms)
    errors = sorted((*wrong, *result.errors), key=operator.attrgetter("row"))
    return replace(result, errors=tuple(errors))


def sift(people: Sequence[PersonRow]) -> tuple[list[PersonRow], list[RowError]]:
    """Rows with clean texts and canonical ids, and what is wrong with the others."""
    good: list[PersonRow] = []
    wrong: list[RowError] = []
    for person in people:
        row = _cleaned(person)
        if isinstance(row, RowError):
            wrong.append(row)
        else:
            good.append(row)
    return good, wrong


def _cleaned(person: PersonRow) -> PersonRow | RowError:
    name, email = clean_text(person.name, NAME_LIMIT), clean_text(person.email, EMAIL_LIMIT)
    badge = person.ble_uuid.strip()
    ble_uuid = canonical(badge) if badge else ""
    if not name:
        return RowError(person.row, "name: expected visible text")
    if email and "@" not in email:
        return RowError(person.row, "email: expected an address with @")
    if ble_uuid is None or ble_uuid == NIL_UUID:
        return RowError(person.row, "bleUuid: expected 32 hexadecimal digits, not all zero")
    return PersonRow(person.row, name, email, ble_uuid)
