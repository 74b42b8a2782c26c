"""Writes the tables of docs/configuration.md and docs/commands.md from the code.

`python -m tests.docs_tables` rewrites them; `test_docs` fails while they differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import BaseModel

from headcount.cli import COMMANDS, cli
from headcount.config import PREFIX, SECRETS, Config

DOCS = Path(__file__).parent.parent / "docs"


CONFIGURATION = """\
# Configuration

Later wins: defaults < `config.toml` < environment < flags. The file is looked for in the working
directory, then in the user's configuration directory (`~/.config/headcount`); `--config` (or
`HEADCOUNT_CONFIG`) names another one. [config.toml](../config.toml) at the project's root holds
every key with the reason for its default. An unknown key or a wrong type is an error that names
file, key and what was expected (exit 2).

Secrets come from the environment or from a file of mode 0600, never from `config.toml`.
`SCANNER_API_KEY` gives one scanner key to the station and to the backend. Lists are written as JSON
in a variable: `HEADCOUNT_RADIO__FORMATS='["ibeacon"]'`.

"""

COMMANDS_HEAD = """\
# Commands

`headcount [--config FILE] [--data-dir DIR] COMMAND`, and `-h` everywhere. Results go to stdout,
words to stderr; with `--json` each result is one JSON object a line. `--no-ui` is accepted by every
command that has a screen, and implied without a terminal.

| exit code | means |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | usage or configuration: names the key and file |
| 3 | radio unavailable: names the reason and the remedy |
| 4 | backend unreachable or key refused; nothing lost |
| 5 | some records refused by the server; kept with reasons |
| 6 | log damaged; intact records are safe |

`events`, `users`, `badges list`, `scanners`, `seed`, `insights`, `pretix` and `report` work on the
database when `--database-url` is given or configured; else over HTTP as the admin who signed in
(`headcount sign-in`, or a token; `report` with the scanner key, too); else, where the configured
backend is this machine, on the database that `headcount serve` uses here. `users create-admin`
always works on the database.

Shell completion: `eval "$(_HEADCOUNT_COMPLETE=bash_source headcount)"` (or `zsh_source`,
`fish_source`).
"""


def configuration() -> str:
    """docs/configuration.md."""
    return CONFIGURATION + "".join(_sections())


def _sections() -> Iterator[str]:
    yield "## Top level\n\n"
    yield from _keys(Config, ())
    for name, field in Config.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield f"\n## [{name}]\n\n{kind.__doc__}\n\n"
            yield from _keys(kind, (name,))


def _keys(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[str]:
    yield "| key | default | variable | meaning |\n|---|---|---|---|\n"
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            continue
        secret = (*above, name) in SECRETS
        default = "environment only" if secret else f"`{json.dumps(field.default)}`"
        variable = PREFIX + "__".join((*above, name)).upper()
        meaning = " ".join((field.description or "").split()).replace("|", "\\|")
        yield f"| `{name}` | {default} | `{variable}` | {meaning} |\n"


def commands() -> str:
    """docs/commands.md."""
    return COMMANDS_HEAD + "".join(_commands())


def _commands() -> Iterator[str]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield from _command(f"headcount {name}", command)


def _command(name: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        for sub in command.commands.values():
            yield from _command(f"{name} {sub.name}", sub)
        return
    arguments = "".join(
        f" {param.human_readable_name}"
        for param in command.params
        if isinstance(param, click.Argument)
    )
    yield f"\n## {name}{arguments}\n\n{_paragraphs(command.help or '')}\n"
    options = [param for param in command.params if isinstance(param, click.Option)]
    if options:
        yield "\n| option | meaning |\n|---|---|\n"
    context = click.Context(command)
    for option in options:
        record = option.get_help_record(context)
        assert record is not None
        yield f"| `{record[0]}` | {' '.join(record[1].split())} |\n"


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


PAGES = {"configuration.md": configuration, "commands.md": commands}


def write() -> None:
    """Rewrite both pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
