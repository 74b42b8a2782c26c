"""`headcount serve`."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

import click

from ..core.errors import UsageError
from . import options
from .output import emit, note


@click.command("serve")
@click.option("--host", help="Address to listen on. Default: 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default: 8765. 0: any free one.")
@options.database_url
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    host: str | None,
    port: int | None,
    database_url: str | None,
    workers: int,
    no_ui: bool,  # noqa: ARG001 - no screen
    as_json: bool,
) -> None:
    """Run the backend. Creates and migrates its database by itself; Ctrl-C stops it in order."""
    from ..bootstrap.logs import log_to_stream
    from ..bootstrap.server import serve

    if workers > 1:
        raise UsageError(
            "SQLite has one writer, so the backend runs in one process.",
            remedy="Leave --workers out. Several workers come with PostgreSQL.",
        )
    config = options.load_config(
        ctx, server__host=host, server__port=port, server__database_url=database_url
    )
    if not config.server.scanner_key.get_secret_value():
        note("No SCANNER_API_KEY is set: every scanner will be refused (403) until there is one.")

    def ready(url: str) -> None:
        if as_json:
            emit({"type": "ready", "url": url})
        else:
            note(f"The backend listens on {url}. Ctrl-C stops it.")
        if urlsplit(url).hostname not in {"127.0.0.1", "::1"}:
            note("This is plain http on a network: put a proxy with TLS before it.")

    log_to_stream(sys.stderr, as_json=config.server.log_json)
    serve(config, ready)
    note("The backend has stopped; everything it acknowledged is in its database.")
