"""`headcount events`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from ..core.errors import UsageError
from ..core.identity import clean_text
from ..core.model import Event
from ..exports.times import zone_or_utc
from . import options
from .close import close
from .event_options import changed, rule_options
from .output import emit, local_time, note, say
from .seed import show_results
from .text_file import read_text

TIME_OF_DAY = slice(len("2026-05-01 "), len("2026-05-01 18:00"))
"""Hours and minutes of a time as it is shown."""


@click.group("events")
def command() -> None:
    """Create, list and change events."""


command.add_command(close)


@command.command("create")
@click.option("--name", required=True, help="What people will read.")
@click.option("--start", required=True, metavar="T", help="ISO 8601, Unix ms, or now.")
@click.option("--end", required=True, metavar="T", help="ISO 8601, Unix ms, or +2h.")
@click.option("--id", "event_id", type=options.EventId(), help="Default: a random one.")
@click.option("--tz", default="UTC", show_default=True, metavar="ZONE", help="IANA time zone.")
@click.option("--description", default="", help="More words.")
@rule_options
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def create(
    ctx: click.Context,
    /,
    name: str,
    start: str,
    end: str,
    event_id: str | None,
    tz: str,
    description: str,
    database_url: str | None,
    as_json: bool,
    **rules: int | str | None,
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
    new = replace(new, **changed(rules))
    config = options.load_config(ctx, server__database_url=database_url)
    event = ask(config, Use.WRITE, lambda admin: admin.create_event(new))
    if as_json:
        emit(to_wire(event))
    else:
        say(event.id)


@command.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--preview", is_flag=True, help="Store nothing: say what would be.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def import_calendar(
    ctx: click.Context,
    file: Path,
    preview: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Create or update events from an iCalendar file (.ics); the same file again updates.

    Of an event that repeats only the first time is taken. Cancelled ones are left out.
    """
    from ..api.seeding import SeedBody
    from ..bootstrap.admin import Use, ask
    from ..bootstrap.calendars import convert

    converted = convert(str(file), read_text(file))
    for words in converted.notes:
        note(words)
    config = options.load_config(ctx, server__database_url=database_url)
    wanted = SeedBody([converted.file], preview)
    answer = ask(config, Use.WRITE, lambda admin: admin.seed(wanted))
    show_results(answer.files, preview=preview, as_json=as_json)


@command.command("list")
@click.option("--archived", is_flag=True, help="Also those that are archived.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def list_events(
    ctx: click.Context,
    archived: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """List events by start; those that are archived only with --archived."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    every = ask(config, Use.READ, lambda admin: admin.events())
    events = [event for event in every if archived or not event.archived]
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
    as_json: bool,
) -> None:
    """Show one event, and what its rules lead to."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    event = ask(config, Use.READ, lambda admin: admin.event(event_id))
    if as_json:
        emit(to_wire(event))
    else:
        _show(event)


@command.command("update")
@click.argument("event_id", type=options.EventId())
@click.option("--name", help="What people will read.")
@click.option("--start", metavar="T", help="ISO 8601, Unix ms, or now.")
@click.option("--end", metavar="T", help="ISO 8601, Unix ms, or +2h (after the start).")
@click.option("--tz", metavar="ZONE", help="IANA time zone.")
@click.option("--description", help="More words.")
@click.option("--archived/--not-archived", default=None, help="Put it away, or take it out again.")
@rule_options
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def update(
    ctx: click.Context,
    /,
    event_id: str,
    start: str | None,
    end: str | None,
    database_url: str | None,
    as_json: bool,
    **changes: int | str | bool | None,
) -> None:
    """Change an event; what is not named stays as it is. Reports follow the new rules at once."""
    from ..api.wire import camel, to_wire
    from ..bootstrap.admin import Admin, Use, ask
    from ..clock import SystemClock

    config = options.load_config(ctx, server__database_url=database_url)
    wanted = {camel(name): value for name, value in changed(changes).items()}
    now_ms = SystemClock().now().wall_ms

    async def work(admin: Admin) -> Event:
        before = await admin.event(event_id)
        tz = str(wanted.get("tz", before.tz))
        starts = before.start if start is None else options.parse_time(start, tz, base_ms=now_ms)
        ends = before.end if end is None else options.parse_time(end, tz, base_ms=starts)
        times = {"start": starts} if start else {}
        times |= {"end": ends} if end else {}
        return await admin.update_event(event_id, {**wanted, **times})

    event = ask(config, Use.WRITE, work)
    if as_json:
        emit(to_wire(event))
    else:
        _show(event)


def _show(event: Event) -> None:
    from ..core.event_rules import effect

    zone = zone_or_utc(event.tz)
    say(_line(event))
    if event.description:
        say(clean_text(event.description, 2000))
    policy = event.walk_in_policy or "each station's own setting"
    say(f"Walk-ins: {policy}.{' Archived.' if event.archived else ''}")
    say(effect(event, lambda ms: local_time(ms, zone)[TIME_OF_DAY]))


def _line(event: Event) -> str:
    zone = zone_or_utc(event.tz)
    start, end = local_time(event.start, zone), local_time(event.end, zone)
    return f"{event.id}  {start} to {end} {event.tz}  {clean_text(event.name, 200)}"
