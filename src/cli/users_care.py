"""`headcount users erase` and `headcount users export-person`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import options
from .output import emit, note, plural, say
from .users import command, find

if TYPE_CHECKING:
    from ..bootstrap.admin import Admin
    from ..core.personal import Erasure, PersonalData


@command.command("export-person")
@click.argument("who", metavar="ID|EMAIL")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file, made for you alone. Default: stdout.",
)
@options.database_url
@options.no_ui
@click.pass_context
def export_person(
    ctx: click.Context,
    who: str,
    output: Path | None,
    database_url: str | None,
) -> None:
    """Everything that is stored about one person, as one JSON object."""
    import json

    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask
    from ..bootstrap.private_file import not_written, private_file

    async def read(admin: Admin) -> PersonalData:
        return await admin.personal_data((await find(admin, who)).id)

    config = options.load_config(ctx, server__database_url=database_url)
    data = to_wire(ask(config, Use.WRITE, read))
    if output is None:
        emit(data)
        return
    try:
        with private_file(output) as file:
            file.write(json.dumps(data, indent=1).encode())
    except OSError as error:
        raise not_written(output, error) from None
    say(str(output))


@command.command("erase")
@click.argument("who", metavar="ID|EMAIL")
@click.option("--yes", is_flag=True, help="Do it. Without, only what would go is shown.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def erase(
    ctx: click.Context,
    who: str,
    yes: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Make one person anonymous, for good: reports still count them, nothing tells who it was.

    Shows what would go; with --yes it goes. Logs of stations, archives and backups are not changed.
    """
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    async def preview_or_erase(admin: Admin) -> Erasure:
        user = await find(admin, who)
        return await (admin.erase(user.id) if yes else admin.erasure(user.id))

    config = options.load_config(ctx, server__database_url=database_url)
    found = ask(config, Use.WRITE, preview_or_erase)
    if as_json:
        emit(to_wire(found) | {"erased": yes})
        return
    for kind, count in found.rows.items():
        say(f"{kind}: {plural(count, 'row')}")
    if yes:
        note(f"Erased. Reports know an anonymous person, {found.user_id}.")
    else:
        note("Nothing was changed. With --yes this is made anonymous; nobody can undo it.")
