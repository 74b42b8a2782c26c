"""`headcount sign-in`."""

from __future__ import annotations

import click

from ..core.identity import clean_text
from . import options
from .output import emit, local_time, note, say
from .passwords import given_password


@click.command("sign-in")
@click.option("--email", required=True, help="Your address.")
@click.option("--url", help="The backend's address. Default: backend.url.")
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    email: str,
    url: str | None,
    as_json: bool,
) -> None:
    """Sign in, and keep the token in a file of mode 0600 in the data directory.

    The password is asked on the terminal, or read from the first line of stdin.
    """
    from ..bootstrap.pairing import sign_in

    config = options.load_config(ctx, backend__url=url)
    signed_in, path = sign_in(config, email, given_password())
    user = signed_in.user
    if as_json:
        emit({"id": user.id, "role": user.role, "expiresAt": signed_in.expires_at})
        return
    until = local_time(signed_in.expires_at)
    say(f"Signed in at {config.backend.url} as {clean_text(user.name)} ({user.role}).")
    note(f"Until {until}, or headcount sign-out. The token is in {path}.")
