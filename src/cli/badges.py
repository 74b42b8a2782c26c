"""`headcount badges`."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..exports.badge_list import HeldBadge, as_csv, as_html, held_badges
from . import options
from .output import note, plural, say
from .text_file import read_text

if TYPE_CHECKING:
    from ..bootstrap.admin import Admin
    from ..config import Config


@click.group("badges")
def command() -> None:
    """Give beacons to many people, and list who holds which."""


@command.command("enrol")
@click.option(
    "--event",
    "event_id",
    required=True,
    type=options.EventId(),
    help="Whose people, and whose log.",
)
@click.option(
    "--order",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file with a column userId, email or name: these people, in this order.",
)
@click.option("--adapter", metavar="NAME", help="Bluetooth adapter, such as hci0.")
@click.option("--by", default="", metavar="NAME", help="Who does it.")
@options.no_ui
@options.as_json
@click.pass_context
def enrol(
    ctx: click.Context,
    event_id: str,
    order: Path | None,
    adapter: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Person after person without a badge: hold a beacon close, and press Enter.

    It must be heard three times in five seconds, 10 dB stronger than any other. Works offline: each
    is a line of the event's log, as by 'headcount act assign'. Nothing else that is heard is kept.
    """
    config = options.load_config(ctx, radio__adapter=adapter)
    text = read_text(order) if order else ""
    asyncio.run(_enrol(config, event_id, text, by, as_json=as_json))


async def _enrol(config: Config, event_id: str, order: str, by: str, *, as_json: bool) -> None:
    from ..bootstrap.enrol import EnrolRun
    from ..bootstrap.radio import RadioChoice, make_radio
    from ..clock import SystemClock
    from .enrol import EnrolLines, no_terminal
    from .scan_input import listen

    lines: asyncio.Queue[str | None] = asyncio.Queue()
    if not listen(lines.put_nowait, lambda: lines.put_nowait(None)):
        raise no_terminal()
    loop, clock = asyncio.get_running_loop(), SystemClock()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lines.put_nowait, None)
    run = await asyncio.to_thread(EnrolRun, config, event_id, clock, by=by, order=order)

    async def pace() -> None:
        await asyncio.sleep(0)

    radio = make_radio(config, RadioChoice(), clock=clock, roster=run.roster, pace=pace)
    await EnrolLines(run, as_json=as_json).follow(radio, lines)


@command.command("list")
@click.option("--event", "event_id", type=options.EventId(), help="Only who is registered for it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "html"]),
    default="csv",
    show_default=True,
    help="For a spreadsheet, or for paper.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, made for you alone."
)
@options.database_url
@options.no_ui
@click.pass_context
def list_badges(
    ctx: click.Context,
    event_id: str | None,
    form: str,
    output: Path | None,
    database_url: str | None,
) -> None:
    """Who holds which badge now: person, its last four digits, since when, given by whom."""
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    rows = ask(config, Use.WRITE, lambda admin: _held(admin, event_id or ""))
    title = f"Badges: {event_id}" if event_id else "Badges"
    text = as_csv(rows) if form == "csv" else as_html(rows, title)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)
        say(f"{output}: {plural(len(rows), 'badge')}")
    if not rows:
        note("Nobody holds a badge yet. Give some: headcount badges enrol --event ID")


async def _held(admin: Admin, event_id: str) -> list[HeldBadge]:
    """By name. Asks for each person who has a badge."""
    only = {each.user_id for each in await admin.registrations(event_id)} if event_id else None
    users = [
        user for user in await admin.users() if user.ble_uuid and (only is None or user.id in only)
    ]
    return [row for user in users for row in held_badges(user.name, await admin.badges(user.id))]


def _write(output: Path, text: str) -> None:
    from ..bootstrap.private_file import not_written, private_file

    try:
        with private_file(output) as file:
            file.write(text.encode())
    except OSError as error:
        raise not_written(output, error) from None
