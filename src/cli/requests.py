"""`headcount requests`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from ..core.identity import clean_text
from . import options
from .me_words import request_words
from .output import emit, say

if TYPE_CHECKING:
    from ..api.own_client import OwnClient
    from ..core.correction_requests import CorrectionRequest

T = TypeVar("T")


@click.group("requests")
def command() -> None:
    """What participants say is wrong: list, accept, decline. Over HTTP, as the admin signed in."""


@command.command("list")
@click.argument("event_id", type=options.EventId())
@click.option("--all", "every", is_flag=True, help="Those that were decided, too.")
@click.option("--url", help="The backend's address. Default: backend.url.")
@options.no_ui
@options.as_json
@click.pass_context
def list_requests(
    ctx: click.Context,
    event_id: str,
    every: bool,
    url: str | None,
    as_json: bool,
) -> None:
    """List an event's correction requests, the oldest first."""
    for each in _ask(ctx, url, lambda client: client.requests(event_id)):
        if every or each.status == "open":
            _show(each, as_json=as_json)


@command.command("accept")
@click.argument("event_id", type=options.EventId())
@click.argument("request_id")
@click.option("--came", metavar="T", help="When the person came. Default: as they say.")
@click.option("--excused", is_flag=True, help="Excuse them instead of a check-in by hand.")
@click.option("--why", default="", help="A word to the person; may be left out.")
@click.option("--url", help="The backend's address. Default: backend.url.")
@options.no_ui
@options.as_json
@click.pass_context
def accept(
    ctx: click.Context,
    event_id: str,
    request_id: str,
    came: str | None,
    excused: bool,
    why: str,
    url: str | None,
    as_json: bool,
) -> None:
    """Accept a request: the person is checked in by hand, or excused; it stays on record."""
    from ..core.correction_requests import RequestDecision

    async def decide(client: OwnClient) -> CorrectionRequest:
        event = await client.event(event_id)
        time = options.parse_time(came, event.tz, base_ms=event.start) if came else None
        decision = RequestDecision("accepted", why, "excused" if excused else "manual", time)
        return await client.decide_request(event_id, request_id, decision)

    _show(_ask(ctx, url, decide), as_json=as_json)


@command.command("decline")
@click.argument("event_id", type=options.EventId())
@click.argument("request_id")
@click.option("--why", required=True, help="The reason; the person reads it.")
@click.option("--url", help="The backend's address. Default: backend.url.")
@options.no_ui
@options.as_json
@click.pass_context
def decline(
    ctx: click.Context,
    event_id: str,
    request_id: str,
    why: str,
    url: str | None,
    as_json: bool,
) -> None:
    """Decline a request, with the reason."""
    from ..core.correction_requests import RequestDecision

    decision = RequestDecision("declined", why)
    kept = _ask(ctx, url, lambda client: client.decide_request(event_id, request_id, decision))
    _show(kept, as_json=as_json)


def _ask(ctx: click.Context, url: str | None, question: Callable[[OwnClient], Awaitable[T]]) -> T:
    from ..bootstrap.participant import ask_as_me

    return ask_as_me(options.load_config(ctx, backend__url=url), question)


def _show(request: CorrectionRequest, *, as_json: bool) -> None:
    from ..api.wire import to_wire

    if as_json:
        emit(to_wire(request))
    else:
        say(f"{clean_text(request.id)}  {clean_text(request.name, 200)}  {request_words(request)}")
