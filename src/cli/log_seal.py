"""`headcount log seal-key`: what a station needs to write logs that only the backend can read."""

from __future__ import annotations

import asyncio

import click

from . import options
from .output import emit, note, say


@click.command("seal-key")
@click.option("--url", help="The backend's address.")
@options.as_json
@click.pass_context
def seal_key(ctx: click.Context, url: str | None, as_json: bool) -> None:
    """Print the backend's public key, for log.seal_to in a station's configuration.

    Compare it with what 'headcount serve --show-public' prints on the backend's own machine.
    """
    from ..bootstrap.log_keys import backend_keys

    config = options.load_config(ctx, backend__url=url)
    keys = asyncio.run(backend_keys(config))
    if as_json:
        emit({"seal": keys.seal, "sign": keys.sign})
        return
    say(keys.seal)
    note(f'In the configuration of each station: [log] seal_to = "{keys.seal}"')
    note("Only the backend's private key opens what is sealed: keep a copy of it in a safe place.")
