"""`headcount sign-out`."""

from __future__ import annotations

import click

from . import options
from .output import note, say


@click.command("sign-out")
@click.option("--url", help="The backend's address. Default: backend.url.")
@options.no_ui
@click.pass_context
def command(
    ctx: click.Context,
    url: str | None,
) -> None:
    """End the sign-in: the token is removed here, and the backend forgets it."""
    from ..bootstrap.pairing import sign_out

    config = options.load_config(ctx, backend__url=url)
    if sign_out(config):
        say(f"Signed out at {config.backend.url}.")
    else:
        note(f"Nobody was signed in at {config.backend.url} from here.")
