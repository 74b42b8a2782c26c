"""`headcount serve`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from ..core.loopback import is_loopback
from . import options
from .output import emit, note, say

if TYPE_CHECKING:
    from ..config import Config


@click.command("serve")
@click.option("--host", help="Address to listen on. Default: 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default: 8765. 0: any free one.")
@options.database_url
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--show-public", is_flag=True, help="Only print this backend's public keys.")
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    host: str | None,
    port: int | None,
    database_url: str | None,
    workers: int,
    show_public: bool,
    as_json: bool,
) -> None:
    """Run the backend. Creates and migrates its database by itself; Ctrl-C stops it in order."""
    from ..bootstrap.logs import log_to_stream
    from ..bootstrap.server import serve
    from ..bootstrap.workers import serve_with_workers

    config = options.load_config(
        ctx, server__host=host, server__port=port, server__database_url=database_url
    )
    if show_public:
        _print_keys(config, as_json=as_json)
        return
    if not config.server.scanner_key.get_secret_value():
        note("No SCANNER_API_KEY is set: only paired scanners can send (headcount scanners pair).")

    def ready(url: str) -> None:
        if as_json:
            emit({"type": "ready", "url": url})
        else:
            note(f"The backend listens on {url}. Ctrl-C stops it.")
        if not is_loopback(urlsplit(url).hostname or ""):
            note("This is plain http on a network: put a proxy with TLS before it.")

    log_to_stream(sys.stderr, as_json=config.server.log_json)
    if workers > 1:
        serve_with_workers(config, workers, ready)
    else:
        serve(config, ready)
    note("The backend has stopped; everything it acknowledged is in its database.")


def _print_keys(config: Config, *, as_json: bool) -> None:
    from ..bootstrap.log_keys import own_keys

    public = own_keys(config)
    if as_json:
        emit({"seal": public.seal, "sign": public.sign})
        return
    say(f"seal  {public.seal}  (X25519: log.seal_to of the stations)")
    say(f"sign  {public.sign}  (Ed25519: countersigns the heads of logs)")
