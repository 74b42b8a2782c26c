"""What a resource says of itself: the source of GET /openapi.json and of the page at /docs.

A handler is described where it is written, with the types that it reads and answers:

    @describe("Events by start", answer=Page[Event], query=PAGE_QUERY, example=…)
    async def index(request, ctx): …

Who may use it, and the problems that follow from that, from its address and from its having a body,
are not repeated: `openapi` adds them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from .endpoint import Context, Handler
from .problems import Code

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Query:
    """One query parameter; `schema` is JSON Schema."""

    name: str
    summary: str
    schema: Mapping[str, Any]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Doc:
    """The description of one endpoint. Types are those that the wire reads and writes."""

    summary: str
    """One line, without a full stop."""
    answer: Any = None
    """A core type; None for an answer that is no JSON (then `media_type` says what it is)."""
    example: Any = None
    """An answer, as JSON holds it."""
    status: int = 200
    media_type: str = JSON
    more_media: tuple[str, ...] = ()
    """Further forms of the same answer, which the request can ask for."""
    body: Any = None
    """The type of the request's body; None for no body."""
    body_example: Any = None
    body_schema: Mapping[str, Any] | None = None
    """JSON Schema of a body in another program's form, in place of `body`."""
    query: tuple[Query, ...] = ()
    tagged: bool = False
    """The answer has an ETag, and may be 304."""
    problems: tuple[Code, ...] = ()
    """Those that do not follow from guard, address and body."""
    text: str = ""
    """Anything more that a programmer needs to know."""


@dataclass(frozen=True, slots=True)
class Described:
    """A handler with its description."""

    handler: Handler
    doc: Doc

    def __call__(self, request: Request, ctx: Context) -> Awaitable[Response]:
        """Call the handler."""
        return self.handler(request, ctx)


def describe(summary: str, **members: Any) -> Callable[[Handler], Described]:  # noqa: ANN401
    """Describe a handler; the members are those of Doc."""
    doc = Doc(summary, **members)
    return lambda handler: Described(handler, doc)


def doc_of(handler: Handler) -> Doc | None:
    """The description of a handler; None for one that has none yet (a test names it)."""
    return handler.doc if isinstance(handler, Described) else None
