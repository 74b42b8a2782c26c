"""`headcount pair`."""

from __future__ import annotations

import click

from ..core.identity import clean_text
from . import options
from .output import emit, note, say


@click.command("pair")
@click.argument("code")
@click.option("--url", help="The backend's address. Default: backend.url.")
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    code: str,
    url: str | None,
    as_json: bool,
) -> None:
    """Exchange a one-time code for this station's own key, and keep the key.

    The code comes from `headcount scanners pair`. The key goes into a file of mode 0600 in the data
    directory, is used from the next start on, and is only ever sent to this backend.
    """
    from ..bootstrap.pairing import pair

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
