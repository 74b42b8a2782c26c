"""`headcount me`: what a participant does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..core.identity import clean_text
from . import options
from .me_words import badge_words, record_words, registration_words, request_words
from .output import emit, note, plural, say
from .passwords import given_password, new_password
from .sign_in import command as sign_in
from .sign_out import command as sign_out

if TYPE_CHECKING:
    from ..api.own_client import OwnClient

T = TypeVar("T")


@click.group("me")
def command() -> None:
    """Take part: register, see where you were heard and what your record says."""


command.add_command(sign_in)
command.add_command(sign_out)


def _common(function: Callable[..., None]) -> Callable[..., None]:
    """--url, --no-ui, --json and the context."""
    url = click.option("--url", help="The backend's address. Default: backend.url.")
    return url(options.no_ui(options.as_json(click.pass_context(function))))


def _ask(ctx: click.Context, url: str | None, question: Callable[[OwnClient], Awaitable[T]]) -> T:
    from ..bootstrap.participant import ask_as_me

    return ask_as_me(options.load_config(ctx, backend__url=url), question)


def _show(value: Any, lines: list[str], *, as_json: bool) -> None:  # noqa: ANN401 - any core value
    from ..api.wire import to_wire

    if as_json:
        emit(to_wire(value))
        return
    for line in lines:
        say(line)


@command.command("sign-up")
@click.option("--name", required=True, help="Your name.")
@click.option("--email", required=True, help="Your address.")
@_common
def sign_up(
    ctx: click.Context,
    name: str,
    email: str,
    url: str | None,
    as_json: bool,
) -> None:
    """Ask for an account. The password is asked on the terminal, or read from stdin."""
    from ..bootstrap import participant

    config = options.load_config(ctx, backend__url=url)
    told = participant.sign_up(config, name, email, new_password())
    waits = "An admin must say yes first; then: " if told.approval else "Go on with: "
    _show(told, [f"Received. {waits}headcount me sign-in --email {email}"], as_json=as_json)


@command.command("events")
@_common
def events(
    ctx: click.Context,
    url: str | None,
    as_json: bool,
) -> None:
    """List the events, each with your registration."""
    from ..api.wire import to_wire

    async def read(client: OwnClient) -> list[tuple[Any, Any]]:
        mine = {each.event_id: each for each in await client.own_registrations()}
        known = [each for each in await client.events() if not each.archived or each.id in mine]
        return [(each, mine.get(each.id)) for each in known]

    for event, mine in _ask(ctx, url, read):
        shown = {"event": to_wire(event), "registration": to_wire(mine) if mine else None}
        if as_json:
            emit(shown)
        else:
            say(f"{event.id}  {clean_text(event.name, 200)}  {registration_words(mine)}")


@command.command("register")
@click.argument("event_id", type=options.EventId())
@_common
def register(
    ctx: click.Context,
    event_id: str,
    url: str | None,
    as_json: bool,
) -> None:
    """Register for an event. An admin approves it."""
    kept = _ask(ctx, url, lambda client: client.register_me(event_id))
    _show(kept, [registration_words(kept)], as_json=as_json)


@command.command("cancel")
@click.argument("event_id", type=options.EventId())
@_common
def cancel(
    ctx: click.Context,
    event_id: str,
    url: str | None,
    as_json: bool,
) -> None:
    """Cancel your registration. You can register again."""
    kept = _ask(ctx, url, lambda client: client.cancel(event_id))
    _show(kept, [registration_words(kept)], as_json=as_json)


@command.command("badge")
@click.option("--new", "wanted", is_flag=True, help="Ask for another one, beside those you have.")
@click.option("--lost", is_flag=True, help="Ask for another one, and end the older ones now.")
@_common
def badge(
    ctx: click.Context,
    wanted: bool,
    lost: bool,
    url: str | None,
    as_json: bool,
) -> None:
    """Show your bleUuid: what your phone has to broadcast. The backend makes new ones."""

    async def read(client: OwnClient) -> list[Any]:
        if wanted or lost:
            return [await client.new_badge(end_others=lost)]
        return await client.own_badges()

    found = _ask(ctx, url, read)
    for each in found:
        _show(each, [badge_words(each)], as_json=as_json)
    if not found:
        note("You have no badge yet: headcount me badge --new")


@command.command("heard")
@click.argument("event_id", type=options.EventId())
@_common
def heard(
    ctx: click.Context,
    event_id: str,
    url: str | None,
    as_json: bool,
) -> None:
    """Am I heard? The last times, and at which door. Scanners send in batches: wait a little."""
    from ..api.wire import to_wire
    from .me_words import heard_words

    record = _ask(ctx, url, lambda client: client.own_record(event_id))
    if as_json:
        for each in record.heard:
            emit(to_wire(each))
        return
    for line in heard_words(record):
        say(line)


@command.command("record")
@click.argument("event_id", type=options.EventId())
@_common
def record(
    ctx: click.Context,
    event_id: str,
    url: str | None,
    as_json: bool,
) -> None:
    """Your record at an event: the status, and the rule that decided."""

    async def read(client: OwnClient) -> tuple[Any, Any]:
        return await client.own_record(event_id), await client.requests(event_id)

    mine, requests = _ask(ctx, url, read)
    lines = [*record_words(mine), *(request_words(each) for each in requests)]
    if as_json:
        from ..api.wire import to_wire

        emit({**to_wire(mine), "correctionRequests": to_wire(requests)})
        return
    _show(mine, lines, as_json=False)


@command.command("wrong")
@click.argument("event_id", type=options.EventId())
@click.argument("text")
@click.option("--came", metavar="T", help="When you came: ISO 8601 or Unix ms.")
@click.option("--left", metavar="T", help="When you left.")
@_common
def wrong(
    ctx: click.Context,
    event_id: str,
    text: str,
    came: str | None,
    left: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Say that your record is wrong. An admin decides; headcount me record shows the answer.

    Times without an offset are the event's.
    """
    from ..core.correction_requests import CorrectionRequest, NewRequest

    async def tell(client: OwnClient) -> CorrectionRequest:
        event = await client.event(event_id)
        times = [
            options.parse_time(given, event.tz, base_ms=event.start) if given else None
            for given in (came, left)
        ]
        return await client.ask_correction(event_id, NewRequest(text, *times))

    kept = _ask(ctx, url, tell)
    _show(kept, [request_words(kept)], as_json=as_json)


@command.command("export")
@_common
def export(
    ctx: click.Context,
    url: str | None,
    as_json: bool,  # noqa: ARG001 - it is JSON in any case
) -> None:
    """Everything that is stored about you, as one JSON object."""
    from ..api.wire import to_wire

    emit(to_wire(_ask(ctx, url, lambda client: client.own_data())))


@command.command("erase")
@click.option("--yes", is_flag=True, help="Do it. Without, only what would go is shown.")
@_common
def erase(
    ctx: click.Context,
    yes: bool,
    url: str | None,
    as_json: bool,
) -> None:
    """Make yourself anonymous, for good: reports still count you, nothing tells who it was.

    Shows what would go; with --yes it goes, after your password, from the terminal or stdin.
    """
    from ..bootstrap.participant import erase_me

    config = options.load_config(ctx, backend__url=url)
    if yes:
        found = erase_me(config, given_password())
    else:
        found = _ask(ctx, url, lambda client: client.own_erasure())
    lines = [f"{kind}: {plural(count, 'row')}" for kind, count in found.rows.items()]
    _show(found, lines, as_json=as_json)
    if yes:
        note("Erased. You are signed out, and nobody can undo it.")
    else:
        note("Nothing was changed. With --yes this is made anonymous; nobody can undo it.")
