"""`headcount backup`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import options
from .output import emit, local_time, note, plural, say

if TYPE_CHECKING:
    from ..store.server.sqlite_backup import Manifest


@click.group("backup", invoke_without_command=True)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Another folder, such as a stick; nothing is deleted there.",
)
@options.database_url
@options.as_json
@click.pass_context
def command(ctx: click.Context, to: Path | None, database_url: str | None, as_json: bool) -> None:
    """Back up the backend's database, verified, while the backend runs.

    Without a command a backup is made in server.backup_dir, and the oldest go.
    """
    if ctx.invoked_subcommand:
        return
    from ..bootstrap.backups import back_up
    from ..clock import SystemClock

    config = options.load_config(ctx, server__database_url=database_url)
    made = back_up(config, SystemClock().now().wall_ms, to)
    if as_json:
        emit(_as_dict(made.file, made.manifest))
    else:
        say(f"{made.file}")
        note(f"{_words(made.manifest)}. To bring it back: headcount restore {made.file}")


@command.command("verify")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options.as_json
def verify(file: Path, as_json: bool) -> None:
    """Check a backup: its checksum, the database inside, the number of rows."""
    from ..bootstrap.backups import verify

    manifest = verify(file)
    if as_json:
        emit(_as_dict(file, manifest))
    else:
        say(f"{file} is sound: {_words(manifest)}.")


@command.command("list")
@options.as_json
@click.pass_context
def list_backups(ctx: click.Context, as_json: bool) -> None:
    """List the backups in server.backup_dir, oldest first."""
    from ..bootstrap.backups import backup_dir, listed

    config = options.load_config(ctx)
    found = listed(config)
    if not found and not as_json:
        note(f"There is no backup in {backup_dir(config)}. Make one with: headcount backup")
    for file, manifest in found:
        if as_json:
            emit(_as_dict(file, manifest))
        else:
            say(f"{file}  {_words(manifest) if manifest else 'its manifest is not readable'}")


def _words(manifest: Manifest) -> str:
    rows = plural(sum(manifest.rows.values()), "row")
    return f"{local_time(manifest.created_at)}, {manifest.size:,} bytes, {rows}"


def _as_dict(file: Path, manifest: Manifest | None) -> dict[str, object]:
    if manifest is None:
        return {"file": str(file), "createdAt": None}
    return {
        "file": str(file),
        "createdAt": manifest.created_at,
        "sha256": manifest.sha256,
        "size": manifest.size,
        "schema": manifest.schema,
        "rows": manifest.rows,
    }
