"""`headcount act`: what an operator does, without a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options
from .act_output import act_dict, acted_words
from .output import emit, say

if TYPE_CHECKING:
    from ..bootstrap.acts import Decide


@click.group("act")
def command() -> None:
    """Check in by hand, undo, excuse, assign a badge, add a walk-in; each is a line of the log.

    While a scan of the event runs, type these at its terminal instead.
    """


def act_options(function: options.F) -> options.F:
    """--event, --by and --json."""
    function = click.option("--by", default="", metavar="NAME", help="Who does it.")(function)
    function = click.option(
        "--event", "event_id", required=True, type=options.EventId(), help="The event's id."
    )(function)
    return options.as_json(options.no_ui(function))


def why(function: options.F) -> options.F:
    """--why: the reason."""
    return click.option("--why", default="", metavar="TEXT", help="The reason.")(function)


@command.command("check-in")
@click.argument("who")
@act_options
@click.pass_context
def check_in(
    ctx: click.Context,
    who: str,
    event_id: str,
    by: str,
    as_json: bool,
) -> None:
    """Check WHO in: a name, some letters of it, an email or an id."""
    _do(ctx, event_id, by, lambda desk, roster, *_: desk.check_in(roster, who), as_json=as_json)


@command.command("excuse")
@click.argument("who")
@why
@act_options
@click.pass_context
def excuse(
    ctx: click.Context,
    who: str,
    why: str,
    event_id: str,
    by: str,
    as_json: bool,
) -> None:
    """Mark WHO as excused."""
    _do(ctx, event_id, by, lambda desk, roster, *_: desk.excuse(roster, who, why), as_json=as_json)


@command.command("assign")
@click.argument("who")
@click.argument("badge")
@act_options
@click.pass_context
def assign(
    ctx: click.Context,
    who: str,
    badge: str,
    event_id: str,
    by: str,
    as_json: bool,
) -> None:
    """Give WHO the badge BADGE from now on; it replaces their older one, whose past stays."""
    _do(
        ctx, event_id, by, lambda desk, roster, *_: desk.assign(roster, who, badge), as_json=as_json
    )


@command.command("walk-in")
@click.argument("name")
@click.option("--email", default="", help="By it the backend knows the person.")
@click.option("--yes", is_flag=True, help="Add the person, where the walk-in policy asks.")
@act_options
@click.pass_context
def walk_in(
    ctx: click.Context,
    name: str,
    email: str,
    yes: bool,
    event_id: str,
    by: str,
    as_json: bool,
) -> None:
    """Check a person in who is not on the roster."""
    from ..bootstrap.acts import new_person_id

    user = new_person_id()
    _do(
        ctx,
        event_id,
        by,
        lambda desk, *_: desk.walk_in(name, email, user, confirmed=yes),
        as_json=as_json,
    )


@command.command("undo")
@click.argument("record", default="")
@why
@act_options
@click.pass_context
def undo(
    ctx: click.Context,
    record: str,
    why: str,
    event_id: str,
    by: str,
    as_json: bool,
) -> None:
    """Take back the last own act, or the one with the id RECORD, within station.undo_minutes."""
    _do(
        ctx,
        event_id,
        by,
        lambda desk, _, book, now: desk.undo(book, now, record, why),
        as_json=as_json,
    )


def _do(ctx: click.Context, event_id: str, by: str, decide: Decide, *, as_json: bool) -> None:
    from ..bootstrap.acts import perform

    acted = perform(options.load_config(ctx), event_id, by, decide)
    if as_json:
        emit(act_dict(acted.id, acted.record))
    else:
        say(f"{acted_words(acted)}. Record {acted.id}")
