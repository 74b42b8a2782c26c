"""`headcount pretix`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from ..core.errors import RecordsRefused
from . import options
from .output import emit, note, plural, say

if TYPE_CHECKING:
    from ..bootstrap.admin import Admin
    from ..core.backend import ImportResult
    from ..core.pretix import Pushed


@click.group("pretix")
def command() -> None:
    """People from pretix, and check-ins to it (settings: pretix.*)."""


@command.command("import")
@click.argument("slug", metavar="PRETIX-EVENT")
@click.option("--event", "event_id", required=True, type=options.EventId(), help="Our event.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def import_tickets(
    ctx: click.Context,
    slug: str,
    event_id: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Create or update everybody with a paid ticket, and register them for the event."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask
    from ..bootstrap.pretix import import_tickets, make_pretix

    config = options.load_config(ctx, server__database_url=database_url)
    client = make_pretix(config)

    async def question(admin: Admin) -> ImportResult:
        async with client:
            return await import_tickets(client, admin, slug, event_id)

    result = ask(config, Use.WRITE, question)
    for error in result.errors:
        note(error.message)
    if as_json:
        emit(to_wire(result))
        return
    say(
        f"{result.created:,} created, {result.updated:,} updated, {result.unchanged:,} unchanged, "
        f"{result.registered:,} newly registered, {plural(len(result.errors), 'ticket')} left out"
    )


@command.command("push")
@click.argument("slug", metavar="PRETIX-EVENT")
@click.option("--event", "event_id", required=True, type=options.EventId(), help="Our event.")
@click.option("--list", "list_id", required=True, type=int, help="pretix' check-in list.")
@click.option("--dry-run", is_flag=True, help="Send nothing: say whose ticket was found.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def push(
    ctx: click.Context,
    slug: str,
    event_id: str,
    list_id: int,
    dry_run: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Send the event's check-ins to pretix. The same again sends nothing twice.

    A ticket is found by email, and by name where one email has several tickets.
    """
    from ..bootstrap.admin import Use, ask
    from ..bootstrap.pretix import make_pretix, push

    config = options.load_config(ctx, server__database_url=database_url)
    client = make_pretix(config)

    async def question(admin: Admin) -> list[Pushed]:
        async with client:
            return await push(client, admin, slug, event_id, list_id, dry_run=dry_run)

    _show(ask(config, Use.REPORT, question), as_json=as_json)


def _show(results: list[Pushed], *, as_json: bool) -> None:
    from ..api.wire import to_wire
    from ..core.pretix import Outcome

    counts = Counter(each.outcome for each in results)
    for each in results:
        if as_json:
            emit(to_wire(each))
        elif each.why:
            note(f"{each.name}: {each.why}")
    if not as_json:
        say(
            f"{counts[Outcome.DONE]:,} in pretix, {counts[Outcome.KNOWN]:,} scanned there before, "
            f"{counts[Outcome.REFUSED]:,} refused, {counts[Outcome.NO_TICKET]:,} without a ticket"
        )
    if counts[Outcome.REFUSED]:
        raise RecordsRefused(
            f"pretix refused {plural(counts[Outcome.REFUSED], 'check-in')}.",
            safe="Here they are as they were.",
            remedy="The reasons are above; mend them in pretix and push again.",
        )
