"""What can be asked live: the same answers as the GET addresses give, whole instead of in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from starlette.requests import Request

from ..core.backend import Backend, Page
from ..core.feedback import FeedbackFilter
from ..core.live import Footing
from .attendance_page import attendance_page
from .auth import ADMINS, OPERATORS, SIGNED_IN, STAFF, Caller, Principal, require_scope
from .broker import Query
from .describe import Query as Parameter
from .endpoint import require_possible
from .problems import Code, Problem
from .reports import Reports
from .wire import MAX_TIME_MS, page_to_wire, to_wire

MAX_ROWS = 10_000
"""Rows of one live result: an event's people, some 3 MB of JSON."""


@dataclass(frozen=True, slots=True)
class Args:
    """What can come with a query; which of it counts is the query's matter."""

    event_id: str
    limit: int
    since: int
    scope: tuple[str, ...] = ()
    """The events that the asking scanner's key is good for; empty: every one."""


@dataclass(frozen=True, slots=True)
class Source:
    """What queries are answered from."""

    backend: Backend
    reports: Reports
    now_ms: Callable[[], int]


@dataclass(frozen=True, slots=True)
class LiveQuery:
    """One query: who may ask it, which arguments it takes, and how it is answered."""

    allowed: frozenset[Principal]
    takes: tuple[str, ...]
    answer: Callable[[Source, Args], tuple[bytes, Footing]]
    """The result as JSON, and what it rests on."""


def _asked(ask: Callable[[Source, Args], bytes]) -> Callable[[Source, Args], tuple[bytes, Footing]]:
    """Asks anew each time."""

    def answer(source: Source, args: Args) -> tuple[bytes, Footing]:
        return source.backend.observe(lambda: ask(source, args), event_id=args.event_id)

    return answer


def _json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return msgspec.json.encode(value)


def _page(page: Page[Any]) -> bytes:
    return _json(page_to_wire(page))


def _events(source: Source, args: Args) -> bytes:
    page = source.backend.events(limit=args.limit)
    items = [each for each in page.items if not args.scope or each.id in args.scope]
    return _page(replace(page, items=items))


def _attendance(source: Source, args: Args) -> bytes:
    report = source.reports.ask(args.event_id, source.now_ms())
    page = attendance_page(report.people, args.limit, "")
    rows = source.reports.write_rows(args.event_id, page.items)
    return _json(page_to_wire(replace(page, items=())) | {"page": rows})


def _report(source: Source, args: Args) -> tuple[bytes, Footing]:
    """The one that is kept for its GET address, while it holds."""
    built = source.reports.get(args.event_id, source.now_ms())
    return built.body, built.footing


def _records(source: Source, args: Args) -> bytes:
    recent = source.backend.recent_records(args.event_id, limit=args.limit, since=args.since)
    return _json({"records": to_wire(recent)})


QUERIES: Mapping[str, LiveQuery] = {
    "events": LiveQuery(SIGNED_IN, ("limit",), _asked(_events)),
    "event": LiveQuery(
        SIGNED_IN,
        ("eventId",),
        _asked(lambda source, args: _json(to_wire(source.backend.event(args.event_id)))),
    ),
    "registrations": LiveQuery(
        STAFF,
        ("eventId", "limit"),
        _asked(
            lambda source, args: _page(
                source.backend.registrations(args.event_id, limit=args.limit)
            )
        ),
    ),
    "attendance": LiveQuery(STAFF, ("eventId", "limit"), _asked(_attendance)),
    "report": LiveQuery(STAFF, ("eventId",), _report),
    "recentRecords": LiveQuery(STAFF, ("eventId", "limit", "since"), _asked(_records)),
    "insights": LiveQuery(
        OPERATORS,
        ("eventId", "limit"),
        _asked(
            lambda source, args: _page(source.backend.insights(args.event_id, limit=args.limit))
        ),
    ),
    "feedback": LiveQuery(
        ADMINS,
        ("limit",),
        _asked(
            lambda source, args: _page(source.backend.feedback(FeedbackFilter(), limit=args.limit))
        ),
    ),
    "correctionRequests": LiveQuery(
        OPERATORS,
        ("limit",),
        _asked(lambda source, args: _page(source.backend.requests("", limit=args.limit))),
    ),
    "users": LiveQuery(
        ADMINS,
        ("limit",),
        _asked(lambda source, args: _page(source.backend.users(limit=args.limit))),
    ),
    "scanners": LiveQuery(
        ADMINS,
        ("limit",),
        _asked(lambda source, args: _page(source.backend.scanners(limit=args.limit))),
    ),
}

PARAMETERS = (
    Parameter("eventId", "the event, for queries about one", {"type": "string"}),
    Parameter(
        "limit",
        "rows, at most",
        {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": MAX_ROWS},
    ),
    Parameter(
        "since",
        "recentRecords: only sightings from this time on, Unix ms",
        {"type": "integer", "minimum": 0, "maximum": MAX_TIME_MS, "default": 0},
    ),
    Parameter("token", "a token of POST /live/token, in place of the header", {"type": "string"}),
    Parameter("lastEventId", "as the header Last-Event-ID", {"type": "string"}),
)
_ALWAYS = ("token", "lastEventId")


def find(name: str) -> LiveQuery:
    """The query of this name. Raises Problem."""
    if name not in QUERIES:
        raise Problem(Code.NOT_FOUND, f"Live queries are: {', '.join(QUERIES)}.")
    return QUERIES[name]


def parse(name: str, query: LiveQuery, request: Request, source: Source, caller: Caller) -> Query:
    """The question that a request asks. Raises Problem, EventNotFound."""
    given = request.query_params
    if unknown := sorted(given.keys() - {*query.takes, *_ALWAYS}):
        known = ", ".join((*query.takes, *_ALWAYS))
        raise _wrong(f"Unknown parameter {unknown[0]!r}. Known are: {known}")
    args = Args(
        given.get("eventId", ""),
        _integer(given.get("limit", str(MAX_ROWS)), "limit", 1, MAX_ROWS),
        _integer(given.get("since", "0"), "since", 0, MAX_TIME_MS),
    )
    if "eventId" in query.takes:
        if not args.event_id:
            raise _wrong("eventId is missing")
        require_possible(args.event_id)
        require_scope(caller, args.event_id)
    else:
        args = replace(args, scope=caller.events)
    return Query((name, args), args.event_id, lambda: query.answer(source, args))


def _integer(text: str, name: str, least: int, most: int) -> int:
    well_formed = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not well_formed or not least <= int(text) <= most:
        raise _wrong(f"{name} must be an integer from {least} to {most}")
    return int(text)


def _wrong(detail: str) -> Problem:
    return Problem(Code.QUERY_INVALID, f"{detail}.")
