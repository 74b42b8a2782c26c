"""`headcount insights`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options
from .output import emit, note, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..bootstrap.admin import Admin
    from ..core.insight_book import KeptInsight


@click.group("insights")
def command() -> None:
    """What an event's facts say, in sentences."""


@command.command("list")
@click.option("--event", "event_id", required=True, type=options.EventId(), help="Of this event.")
@click.option("--generate", is_flag=True, help="Look at the event anew first.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def list_insights(
    ctx: click.Context,
    event_id: str,
    generate: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """List an event's insights. Without --json only those that hold and are open."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    async def question(admin: Admin) -> Sequence[KeptInsight]:
        if generate:
            await admin.generate_insights(event_id)
        return await admin.insights(event_id)

    config = options.load_config(ctx, server__database_url=database_url)
    found = ask(config, Use.WRITE, question)
    if as_json:
        for each in found:
            emit(to_wire(each))
        return
    shown = [each for each in found if each.holds and each.status == "open"]
    for each in shown:
        say(f"{each.severity}  {each.sentence}")
    if not shown:
        note("Nothing to tell. To look at the event anew: --generate")
