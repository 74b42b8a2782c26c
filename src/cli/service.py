"""`headcount service`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import options
from .output import emit, note, say

if TYPE_CHECKING:
    from ..bootstrap.service.install import System

USER = "headcount"


@click.group("service")
def command() -> None:
    """Run the scanner as a service of systemd, from the machine's start on."""


@command.command("install")
@click.option("--event", "event_id", required=True, type=options.EventId(), help="The event's id.")
@click.option(
    "--user",
    default=USER,
    show_default=True,
    metavar="NAME",
    help="Whom it runs as; made if missing.",
)
@click.option("--dry-run", is_flag=True, help="Only print the unit.")
@options.no_ui
@click.pass_context
def install(
    ctx: click.Context,
    event_id: str,
    user: str,
    dry_run: bool,
) -> None:
    """Write a hardened unit for this event, and start it. Needs root.

    It uses this installation and the configuration file in force. Logs are kept in
    /var/lib/headcount, unless data_dir or --data-dir names another directory. A paired station's
    key is handed over by systemd. Installing again replaces the unit and restarts it.
    """
    from ..bootstrap.service.install import install as install_unit
    from ..bootstrap.service.install import make_unit
    from ..bootstrap.service.unit import unit_text

    config, sources = options.load_traced(ctx)
    files = [source for source in sources.values() if source.endswith(".toml")]
    unit = make_unit(config, Path(files[0]) if files else None, event_id, user)
    if dry_run:
        click.echo(unit_text(unit), nl=False)
        return
    for sentence in install_unit(system(), unit):
        note(sentence)
    if unit.key_file is None:
        note("This station has no key yet: headcount pair CODE, then install again.")


@command.command("status")
@options.no_ui
@options.as_json
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Say whether it runs, how the radio is, and whether new settings wait for a restart.

    Exit code 1 if it does not run.
    """
    from ..bootstrap.service.install import status as ask
    from ..bootstrap.service.voice import WAITING

    told = ask(system())
    runs = told.get("ActiveState") == "active"
    if as_json:
        emit(
            {
                "active": runs,
                "state": told.get("SubState", ""),
                "atStart": told.get("UnitFileState") == "enabled",
                "status": told.get("StatusText", ""),
                "settingsWait": WAITING in told.get("StatusText", ""),
                "restarts": int(told.get("NRestarts") or 0),
            }
        )
    else:
        at_start = (
            "starts with the machine"
            if told.get("UnitFileState") == "enabled"
            else ("does not start with the machine")
        )
        say(f"The service is {told.get('ActiveState', 'unknown')} and {at_start}.")
        say(told.get("StatusText") or "It says nothing more.")
    ctx.exit(0 if runs else 1)


@command.command("logs")
@click.option("--lines", type=click.IntRange(1), default=100, show_default=True, help="The last.")
@click.option("--follow", is_flag=True, help="Go on with what comes.")
@click.option("--since", default="", metavar="TIME", help="As journalctl takes it: today, -1h.")
@options.no_ui
def logs(lines: int, follow: bool, since: str) -> None:
    """Show what the service wrote into the journal: a JSON object a line, no names in it."""
    from ..bootstrap.service.install import journal, must_have

    words = journal(lines, follow=follow, since=since)
    os.execv(must_have(words[0]), words)  # noqa: S606  # nosec B606 - a fixed program, no shell


@command.command("remove")
@options.no_ui
def remove() -> None:
    """Stop it in order, and take the unit away. Logs, data and configuration stay. Needs root."""
    from ..bootstrap.service.install import remove as take_away

    for sentence in take_away(system()):
        note(sentence)


def system() -> System:
    """This machine's service manager."""
    from ..bootstrap.service.install import System

    return System()
