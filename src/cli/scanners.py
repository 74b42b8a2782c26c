"""`headcount scanners`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..core.errors import UsageError
from ..core.identity import clean_text
from . import options
from .output import emit, local_time, note, say

if TYPE_CHECKING:
    from ..core.access import ScannerRow


@click.group("scanners")
def command() -> None:
    """Pair scanners, list them, take keys back."""


@command.command("pair")
@click.option("--name", default="", help="The scanner's name. Default: its own word.")
@click.option("--event", "events", multiple=True, type=options.EventId(), help="Only for this one.")
@click.option("--gate", default="", help="Where it stands.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def pair(
    ctx: click.Context,
    name: str,
    events: tuple[str, ...],
    gate: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Print a one-time code by which a station gets a key of its own: headcount pair CODE.

    The code works once, for ten minutes. --event may be given several times; without it the key is
    good for every event. With the --name of a paired scanner its key is replaced.
    """
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask
    from ..core.access import NewScanner

    if "/" in name:
        raise UsageError("A scanner's name has no slash.", remedy="Give another --name.")
    wanted = NewScanner(clean_text(name), clean_text(gate), events)
    config = options.load_config(ctx, server__database_url=database_url)
    made = ask(config, Use.WRITE, lambda admin: admin.add_pairing_code(wanted))
    if as_json:
        emit(to_wire(made))
        return
    note(f"Good once, until {local_time(made.expires_at)}. Type on the station:")
    note(f"  headcount pair {made.code} --url {config.backend.url}")
    say(made.code)


@command.command("list")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def list_scanners(
    ctx: click.Context,
    database_url: str | None,
    as_json: bool,
) -> None:
    """List scanners by name: gate, events, last contact."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    rows = ask(config, Use.WRITE, lambda admin: admin.scanners())
    if not rows and not as_json:
        note("No scanner yet. Pair one: headcount scanners pair")
    for row in rows:
        if as_json:
            emit(to_wire(row))
        else:
            say(_line(row))


@command.command("revoke")
@click.argument("name")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def revoke(
    ctx: click.Context,
    name: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Take a scanner's key back; it opens nothing from the next request on."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    row = ask(config, Use.WRITE, lambda admin: admin.revoke_scanner(clean_text(name)))
    if as_json:
        emit(to_wire(row))
    else:
        say(_line(row))


def _line(row: ScannerRow) -> str:
    state = "shared key" if row.paired_at is None else "paired"
    contact = "never heard" if row.last_contact is None else local_time(row.last_contact)
    return "  ".join(
        (
            clean_text(row.name),
            clean_text(row.gate) or "no gate",
            " ".join(row.events) or "every event",
            state if row.revoked_at is None else f"revoked {local_time(row.revoked_at)}",
            f"last contact {contact}",
        )
    )
