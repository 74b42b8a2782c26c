"""`headcount log`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..bootstrap.private_file import not_written, private_file
from ..core.errors import LogDamaged, UsageError
from ..core.identity import clean_text
from ..core.model import Damage
from ..core.sealing import SEALED
from . import options
from .log_choice import find_log, log_options, must_exist
from .log_peers import peers
from .log_refused import refused as refused_group
from .log_refused import show_refused
from .log_seal import seal_key
from .log_verify import verify
from .output import emit, local_time, note, plural, printable, say

if TYPE_CHECKING:
    from ..store.logline import LogEntry

FORMATS = ("jsonl", "csv")


@click.group("log")
def command() -> None:
    """Read, check and export the local attendance log."""


command.add_command(refused_group)
command.add_command(seal_key)
command.add_command(peers)
command.add_command(verify)


@command.command("path")
@log_options
@click.pass_context
def path(ctx: click.Context, event_id: str | None, file: Path | None) -> None:
    """Print where the log is (or will be)."""
    found = str(find_log(options.load_config(ctx), event_id, file))
    click.echo(printable(found) if sys.stdout.isatty() else found)  # a script needs the very name


@command.command("show")
@log_options
@click.option("--refused", is_flag=True, help="Only what the backend refused, with the reasons.")
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only the last N records.")
@options.no_ui
@options.as_json
@click.pass_context
def show(
    ctx: click.Context,
    event_id: str | None,
    file: Path | None,
    refused: bool,
    last: int | None,
    as_json: bool,
) -> None:
    """Print the records, one a line; damaged stretches are named and passed over."""
    from ..bootstrap.names import names_for
    from ..bootstrap.paths import event_of

    config = options.load_config(ctx)
    log = must_exist(find_log(config, event_id, file))
    if refused:
        show_refused(config, event_id or event_of(config, log), as_json=as_json)
        return
    names = names_for(config, log)
    damaged = 0
    for item in _items(log, last):
        if isinstance(item, Damage):
            damaged += 1
            note(f"Line {item.line}, byte {item.start}: {item.why}")
        elif as_json:
            emit(_as_dict(item))
        else:
            say(_line(item, names.get(item.ble_uuid, "")))
    if damaged:
        raise LogDamaged(
            f"{plural(damaged, 'stretch', 'stretches')} of {log} could not be read.",
            safe="Every intact record was shown.",
        )


def _items(log: Path, last: int | None) -> Iterator[LogEntry | Damage]:
    from ..store.log_reader import distinct, read_all
    from ..store.log_tail import read_tail
    from ..store.logline import decode

    if last is not None:
        yield from read_tail(log, last)
        return
    for item in distinct(read_all(log)):
        yield item if isinstance(item, Damage) else decode(item.raw, item.line)


def _line(entry: LogEntry, name: str) -> str:
    time = "no time" if entry.check_in_time is None else local_time(entry.check_in_time)
    badge = "" if entry.kind == SEALED else entry.ble_uuid  # nil: the record is not readable here
    parts = [time, entry.kind, badge, name, f"at {entry.scanner_id}"]
    if entry.rssi is not None:
        parts.append(f"{entry.rssi} dBm")
    if entry.until is not None:
        parts.append(f"until {local_time(entry.until)} ({entry.why})")
    return "  ".join(clean_text(part, 200) for part in parts if part)


def _as_dict(entry: LogEntry) -> dict[str, object]:
    members: dict[str, object] = {
        "bleUuid": entry.ble_uuid,
        "checkInTime": entry.check_in_time,
        "scannerId": entry.scanner_id,
        "seq": entry.seq,
        "id": entry.id,
        "kind": entry.kind,
        "rssi": entry.rssi,
        "until": entry.until,
        "why": entry.why or None,
        "line": entry.line,
    }
    return {key: value for key, value in members.items() if value is not None}


@command.command("export")
@log_options
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), default="jsonl", show_default=True, help="Form."
)
@click.pass_context
def export(
    ctx: click.Context, event_id: str | None, file: Path | None, output: Path | None, kind: str
) -> None:
    """Copy the intact records out, onto a stick for example.

    'headcount sync --event ID --log FILE' sends such a file from any computer.
    """
    from ..bootstrap.log_export import write

    log = must_exist(find_log(options.load_config(ctx), event_id, file))
    if output is None:
        damaged = write(log, kind, sys.stdout.buffer).damaged
    else:
        damaged = _export_to(log, kind, output)
    if damaged:
        raise LogDamaged(
            f"{plural(damaged, 'stretch', 'stretches')} of {log} could not be read.",
            safe="Every intact record was exported.",
            remedy="See where with: headcount log verify",
        )


def _export_to(log: Path, kind: str, output: Path) -> int:
    from ..bootstrap.log_export import write

    try:
        with private_file(output, new=True) as stream:
            result = write(log, kind, stream)
            stream.flush()
            os.fsync(stream.fileno())  # a stick is pulled out soon
    except FileExistsError:
        raise UsageError(f"{output} exists already.", remedy="Choose another name.") from None
    except OSError as error:
        raise not_written(output, error) from None
    note(f"{plural(result.records, 'record')} written to {output}")
    return result.damaged
