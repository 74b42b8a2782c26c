"""`headcount demo`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from pathlib import Path

import click

from ..core.errors import HeadcountError
from . import options
from .output import has_terminal, note, plural


@click.command("demo")
@click.option("--people", type=click.IntRange(1, 5000), default=40, show_default=True)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Another seed, another evening."
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep database and log in this new directory.",
)
@options.no_ui_or_screen
@click.pass_context
def command(
    ctx: click.Context,
    people: int,
    seed: int,
    keep: Path | None,
    no_ui: bool,
) -> None:
    """Run the whole job: backend, scanner, log, sync, report. No hardware, no network.

    In a terminal it opens the screens on a rehearsal; with --no-ui, or without a terminal, it runs
    to its end and prints the report.

    The phones are simulated; everything else is real. Nothing outside a temporary directory is
    read or written, but for the configuration of the screens.
    """
    if has_terminal() and not (no_ui or keep):
        _rehearse(ctx, people, seed)
        return
    from ..bootstrap.demo import run_demo
    from .report_output import as_table

    with tempfile.TemporaryDirectory(prefix="headcount-demo-") as temporary:
        folder = keep or Path(temporary)
        demo = asyncio.run(run_demo(folder, people=people, seed=seed, say=note))
        note("")
        sys.stdout.buffer.write(as_table(demo.report))
        sys.stdout.flush()
    if demo.missing or demo.second.result.checked_in:
        raise HeadcountError(
            f"The demo failed: {plural(len(demo.missing), 'phone')} without exactly one check-in.",
            remedy=f"Please report it, with --people {people} --seed {seed}.",
        )
    note("")
    note(f"All {plural(demo.stayed, 'phone')} that stayed in range checked in exactly once.")
    if keep:
        note(f"Look around: headcount --data-dir {keep} log show")


def _rehearse(ctx: click.Context, people: int, seed: int) -> None:
    """In a terminal: the screens, on an event with simulated phones."""
    from ..bootstrap.demo import EVENT
    from ..bootstrap.rehearsal import Rehearsal
    from .tui import open_tui

    config = options.load_config(ctx)
    note("Setting up a backend, an event and people, all of it simulated …")
    with contextlib.closing(Rehearsal.begin(config, people=people, seed=seed)) as station:
        open_tui(station, station.config, EVENT)
