"""`headcount web`."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from ..core.loopback import is_loopback
from . import options
from .output import emit, note


@click.command("web")
@click.option("--host", help="Address to listen on. Default: 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default: 8766. 0: any free one.")
@click.option("--public-url", metavar="URL", help="Where browsers find it, behind a proxy.")
@click.option("--url", help="The backend's address. Default: backend.url.")
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    host: str | None,
    port: int | None,
    public_url: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Serve the terminal UI to browsers, for staff who sign in with email and password.

    Every page is a process of its own with its visitor's rights. Nothing is fetched from other
    hosts, so that it works in a network without internet. Ctrl-C ends it in order.
    """
    from ..bootstrap.web import serve_web

    config = options.load_config(
        ctx, web__host=host, web__port=port, web__public_url=public_url, backend__url=url
    )

    def ready(address: str) -> None:
        if as_json:
            emit({"type": "ready", "url": address})
        else:
            note(f"The screens are at {config.web.public_url or address}. Ctrl-C ends them.")
        if not is_loopback(urlsplit(address).hostname or ""):
            note("This is plain http on a network: put a proxy with TLS before it.")

    serve_web(config, _arguments(ctx), ready)
    note("The screens are closed; everything that was written is on the disk.")


def _arguments(ctx: click.Context) -> list[str]:
    """What this command was given that its processes need, too."""
    given = ctx.find_root().obj
    flags = [("--config", given["config"]), ("--data-dir", given["data_dir"])]
    return [part for name, value in flags if value for part in (name, str(value))]
