"""`headcount restore`."""

from __future__ import annotations

from pathlib import Path

import click

from . import options
from .output import note, plural, say


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace a database that is there; it is kept.")
@options.database_url
@click.pass_context
def command(ctx: click.Context, file: Path, force: bool, database_url: str | None) -> None:
    """Put a verified backup in the place of the backend's database. Stop the backend first.

    A database that is there is never overwritten: with --force it gets another name.
    """
    from ..bootstrap.backups import restore
    from ..clock import SystemClock

    config = options.load_config(ctx, server__database_url=database_url)
    now = SystemClock().now().wall_ms
    manifest, aside = restore(config, file, now, force=force)
    say(f"Restored: {plural(sum(manifest.rows.values()), 'row')} from {file}")
    if aside:
        note(f"The database that was there is now {aside}")
