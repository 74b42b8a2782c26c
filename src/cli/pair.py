"""`headcount pair`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..core.identity import clean_text
from . import options
from .output import emit, note, say

if TYPE_CHECKING:
    from ..config import Config


@click.command("pair")
@click.argument("code", required=False, default="")
@click.option("--url", help="The backend's address. Default: backend.url.")
@click.option("--lan", is_flag=True, help="Type the fleet key of the LAN instead of a code.")
@click.option("--new-lan", is_flag=True, help="Make a fleet key, keep it here, and print it.")
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    code: str,
    url: str | None,
    lan: bool,
    new_lan: bool,
    as_json: bool,
) -> None:
    """Exchange a one-time code for this station's own key, and keep the key.

    The code comes from `headcount scanners pair`. The key goes into a file of mode 0600 in the data
    directory, is used from the next start on, and is only ever sent to this backend.

    With --lan no backend is asked: the key by which stations know one another on a LAN is
    typed, or read from stdin. Make it on one station with --new-lan, and type it on the others.
    """
    from ..bootstrap.pairing import pair

    if lan or new_lan:
        _keep_lan_key(options.load_config(ctx), new=new_lan, as_json=as_json)
        return
    if not code:
        raise click.UsageError("Missing argument 'CODE', or --lan.")
    config = options.load_config(ctx, backend__url=url)
    paired, path = pair(config, code)
    if as_json:
        emit(
            {
                "name": paired.name,
                "gate": paired.gate,
                "events": list(paired.events),
                "keyFile": str(path),
            }
        )
        return
    events = " ".join(paired.events) or "every event"
    say(f"Paired with {config.backend.url} as {clean_text(paired.name)}, for {events}.")
    note(f"The key is in {path}.")
    if config.backend.key.get_secret_value() or config.backend.key_file:
        note("It is not used while another key is set: unset SCANNER_API_KEY or backend.key_file.")
    if url and url.rstrip("/") != options.load_config(ctx).backend.url.rstrip("/"):
        note(f'Set backend.url = "{config.backend.url}" in config.toml, so that it is used.')


def _keep_lan_key(config: Config, *, new: bool, as_json: bool) -> None:
    """Make or read the fleet key, and keep it."""
    from ..bootstrap.lan_key import keep_key, new_key

    key = new_key() if new else _typed_key()
    path = keep_key(config, key)
    if as_json:
        emit({"key": key, "keyFile": str(path)} if new else {"keyFile": str(path)})
        return
    if new:
        say(key)
    note(f"The fleet key is in {path}.")
    if new:
        note("Type it on every other station: headcount pair --lan")
    if not config.lan.enabled:
        note("It is used once lan.enabled = true stands in config.toml.")


def _typed_key() -> str:
    """Seen while it is typed: 26 letters are not typed blindly."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    text: str = click.prompt("Fleet key", err=True)
    return text
