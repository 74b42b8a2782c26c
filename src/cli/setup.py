"""`headcount setup`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import UsageError
from ..core.identity import clean_text
from . import options
from .output import emit, note, say

if TYPE_CHECKING:
    from ..bootstrap.setup import Written

Text = str | None


@dataclass(slots=True)
class Asked:
    """The answers, from flags or from people; None was not given."""

    url: Text
    code: Text
    with_key: bool
    scanner_id: Text
    adapter: Text
    event_id: Text


@click.command("setup")
@click.option("--url", help="The backend's address.")
@click.option("--code", help="A one-time pairing code, from: headcount scanners pair.")
@click.option(
    "--shared",
    "with_key",
    is_flag=True,
    help="Use the shared scanner key: it is read hidden, or from stdin.",
)
@click.option("--scanner-id", metavar="NAME", help="This scanner's name in every record.")
@click.option("--adapter", metavar="NAME", help="Bluetooth adapter, such as hci0.")
@click.option("--ca-file", metavar="FILE", default="", help="A private authority's certificate.")
@click.option("--automatic/--no-automatic", default=None, help="Send while scanning, too.")
@click.option("--event", "event_id", type=options.EventId(), help="The event to name in the end.")
@click.option("--force", is_flag=True, help="Replace an existing file; a copy is kept.")
@options.no_ui_or_screen
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    url: str | None,
    code: str | None,
    with_key: bool,
    scanner_id: str | None,
    adapter: str | None,
    ca_file: str,
    automatic: bool | None,
    event_id: str | None,
    force: bool,
    no_ui: bool,
    as_json: bool,
) -> None:
    """Ask what this station must know, and write a commented config.toml.

    Without a terminal, or with --no-ui, nothing is asked: what no flag gives stays a default. The
    file is the one that --config names, or the user's own. It is never replaced without --force,
    and then a copy is kept and its other settings are taken over. The key goes into a file of mode
    0600. The gate is what the backend's admin gave with the pairing code.
    """
    from ..bootstrap.setup import Answers, must_be_free, write_config
    from ..config import user_file

    options_ = ctx.find_root().obj
    file = Path(options_["config"]) if options_["config"] else user_file()
    asked = Asked(url, code, with_key, scanner_id, adapter, event_id)
    if sys.stdin.isatty() and not no_ui and not as_json:
        must_be_free(file, force=force)  # before somebody has answered in vain
        ask(asked, file)
    answers = Answers(
        url=asked.url or "",
        scanner_id=clean_text(asked.scanner_id or ""),
        adapter=asked.adapter or "",
        data_dir=str(Path(options_["data_dir"]).resolve()) if options_["data_dir"] else "",
        ca_file=str(Path(ca_file).resolve()) if ca_file else "",
        automatic=automatic,
    )
    key = read_key() if asked.with_key else ""
    written = write_config(file, answers, force=force)
    tell_written(written)
    paired = enrol(written, asked, key)
    finish(written, asked, paired, as_json=as_json)


def ask(asked: Asked, file: Path) -> None:
    """What no flag has given; Enter takes what is in brackets."""
    from ..bootstrap.setup import adapter_names, known_url

    asked.url = asked.url or _prompt("The backend's address", known_url(file))
    if not (asked.code or asked.with_key):
        asked.code = _prompt("Pairing code (Enter: none, or a key)", "")
        if not asked.code:
            asked.with_key = click.confirm("Is there a scanner key?", default=False, err=True)
    if asked.scanner_id is None:
        asked.scanner_id = _prompt("This scanner's name (Enter: the machine's)", "")
    names = adapter_names()
    if asked.adapter is None and len(names) > 1:
        asked.adapter = _prompt(f"Bluetooth adapter ({', '.join(names)}; Enter: any)", "")
    if asked.event_id is None:
        asked.event_id = _prompt("The event's id (Enter: none yet)", "")


def _prompt(words: str, default: str) -> str:
    answer: str = click.prompt(words, default=default, show_default=bool(default), err=True)
    return answer.strip()


def read_key() -> str:
    """Hidden on a terminal, else the first line of stdin. Raises UsageError."""
    if sys.stdin.isatty():
        key: str = click.prompt("Scanner key", hide_input=True, err=True)
    else:
        key = sys.stdin.readline()
    if not key.strip():
        raise UsageError("There is no key on stdin.", remedy="Pipe it in, as the first line.")
    return key.strip()


def tell_written(written: Written) -> None:
    """Where it is, and what else might win over it."""
    note(f"The configuration is in {written.file}.")
    if written.kept:
        note(f"The one before is in {written.kept}.")
    nearer = Path.cwd() / "config.toml"
    if nearer.is_file() and nearer.resolve() != written.file.resolve():
        note(f"In this directory {nearer} is read instead, unless --config names the other.")


def enrol(written: Written, asked: Asked, key: str) -> dict[str, object]:
    """Get or keep the key; what the backend told."""
    from ..bootstrap.setup import fetch, keep_key, redeem

    told: dict[str, object] = {}
    if asked.code:
        paired, path = redeem(written.config, asked.code)
        told = {"name": paired.name, "gate": paired.gate, "events": list(paired.events)}
        note(f"Paired as {clean_text(paired.name)}; the key is in {path}.")
    elif key:
        note(f"The key is in {keep_key(written.config, key)}.")
    if told or key:
        trouble = fetch(written.config)
        note(str(trouble) if trouble else "Events and people were fetched.")
    return told


def finish(written: Written, asked: Asked, paired: dict[str, object], *, as_json: bool) -> None:
    """What to do next."""
    if as_json:
        emit({"config": str(written.file), "kept": str(written.kept or ""), "paired": paired})
        return
    event = asked.event_id or "ID"
    say("Next: headcount doctor")
    say(f"Then: headcount scan --event {event}")
    say(f"Or from the machine's start on: sudo headcount service install --event {event}")
