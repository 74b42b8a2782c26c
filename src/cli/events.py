"""`headcount events`."""

from __future__ import annotations

import click

from ..core.errors import UsageError
from ..core.identity import clean_text
from ..core.model import Event
from ..exports.times import zone_or_utc
from . import options
from .close import close
from .output import emit, local_time, note, say


@click.group("events")
def command() -> None:
    """Create and list events."""


command.add_command(close)


@command.command("create")
@click.option("--name", required=True, help="What people will read.")
@click.option("--start", required=True, metavar="T", help="ISO 8601, Unix ms, or now.")
@click.option("--end", required=True, metavar="T", help="ISO 8601, Unix ms, or +2h.")
@click.option("--id", "event_id", type=options.EventId(), help="Default: a random one.")
@click.option("--tz", default="UTC", show_default=True, metavar="ZONE", help="IANA time zone.")
@click.option("--description", default="", help="More words.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def create(
    ctx: click.Context,
    name: str,
    start: str,
    end: str,
    event_id: str | None,
    tz: str,
    description: str,
    database_url: str | None,
    no_ui: bool,  # noqa: ARG001 - no screen
    as_json: bool,
) -> None:
    """Create an event and print its id. The same again changes nothing."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask
    from ..clock import SystemClock
    from ..core.backend import NewEvent

    options.parse_zone(tz)
    starts = options.parse_time(start, tz, base_ms=SystemClock().now().wall_ms)
    ends = options.parse_time(end, tz, base_ms=starts)
    if ends <= starts:
        raise UsageError("The event ends before it starts.", remedy="Check --start and --end.")
    cleaned = clean_text(name, 200)
    if not cleaned:
        raise UsageError("The event's name is empty.", remedy="Give one with --name.")
    new = NewEvent(cleaned, starts, ends, tz, event_id or "", clean_text(description, 2000))
    config = options.load_config(ctx, server__database_url=database_url)
    event = ask(config, Use.WRITE, lambda admin: admin.create_event(new))
    if as_json:
        emit(to_wire(event))
    else:
        say(event.id)


@command.command("list")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def list_events(
    ctx: click.Context,
    database_url: str | None,
    no_ui: bool,  # noqa: ARG001 - no screen
    as_json: bool,
) -> None:
    """List all events by start."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    events = ask(config, Use.READ, lambda admin: admin.events())
    if not events and not as_json:
        note("No events yet. Create one: headcount events create --name … --start … --end …")
    for event in events:
        if as_json:
            emit(to_wire(event))
        else:
            say(_line(event))


@command.command("show")
@click.argument("event_id", type=options.EventId())
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def show(
    ctx: click.Context,
    event_id: str,
    database_url: str | None,
    no_ui: bool,  # noqa: ARG001 - no screen
    as_json: bool,
) -> None:
    """Show one event."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    event = ask(config, Use.READ, lambda admin: admin.event(event_id))
    if as_json:
        emit(to_wire(event))
    else:
        say(_line(event))


def _line(event: Event) -> str:
    zone = zone_or_utc(event.tz)
    start, end = local_time(event.start, zone), local_time(event.end, zone)
    return f"{event.id}  {start} to {end} {event.tz}  {clean_text(event.name, 200)}"
