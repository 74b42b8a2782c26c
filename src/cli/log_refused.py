"""`headcount log refused`: what the backend refused, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..bootstrap.private_file import not_written, private_file
from ..core.identity import clean_text
from . import options
from .act_output import acted_words
from .output import emit, note, plural, say

if TYPE_CHECKING:
    from ..config import Config
    from ..store.station import RefusedRecord

NOTE_LIMIT = 500
"""Characters of a reason: a few sentences."""


@click.group("refused")
def refused() -> None:
    """Records that the backend refused: kept with the reason until they are dealt with."""


def event_option(function: options.F) -> options.F:
    """--event: whose refused records."""
    return click.option(
        "--event", "event_id", type=options.EventId(), required=True, help="The event's id."
    )(function)


@refused.command("list")
@event_option
@options.as_json
@click.pass_context
def list_refused(ctx: click.Context, event_id: str, as_json: bool) -> None:
    """List them with their ids, reasons and states."""
    show_refused(options.load_config(ctx), event_id, as_json=as_json)


def show_refused(config: Config, event_id: str, *, as_json: bool) -> None:
    """A line or an object each."""
    from ..bootstrap.refused import refused_for

    records = refused_for(config, event_id)
    if not records and not as_json:
        note("The backend has refused nothing.")
    for record in records:
        if as_json:
            emit(_as_dict(record))
        else:
            say(_line(record))


@refused.command("discard")
@event_option
@click.argument("record_id", metavar="ID")
@click.option("--reason", required=True, help="Why; it is kept with the record.")
@click.pass_context
def discard(ctx: click.Context, event_id: str, record_id: str, reason: str) -> None:
    """Leave a record alone from now on: it is not sent again, and sync no longer complains.

    Nothing is deleted: the log keeps the line, and 'restore' takes this back.
    """
    from ..bootstrap.refused import handle_refused

    text = clean_text(reason, NOTE_LIMIT)
    if not text:
        raise click.UsageError("The reason is empty.")
    handle_refused(options.load_config(ctx), event_id, record_id, text)
    note(f"{clean_text(record_id)} is discarded: {text}")


@refused.command("restore")
@event_option
@click.argument("record_id", metavar="ID")
@click.pass_context
def restore(ctx: click.Context, event_id: str, record_id: str) -> None:
    """Take a discard or an assignment back: the next sync tries the record again."""
    from ..bootstrap.refused import handle_refused

    handle_refused(options.load_config(ctx), event_id, record_id, "")
    note(f"{clean_text(record_id)} is kept again; the next sync tries it.")


@refused.command("assign")
@event_option
@click.argument("record_id", metavar="ID")
@click.argument("who")
@click.option("--at", metavar="T", help="ISO 8601 or Unix ms, if the record's own is unusable.")
@click.option("--by", default="", metavar="NAME", help="Who does it.")
@click.pass_context
def assign(
    ctx: click.Context, event_id: str, record_id: str, who: str, at: str | None, by: str
) -> None:
    """Say whose the record is: WHO is checked in by hand at its time, which the next sync sends.

    WHO is a name, some letters of it, an email or an id. The record itself is left alone then.
    """
    from ..bootstrap.refused import assign

    at_ms = None if at is None else options.parse_time(at, "UTC", base_ms=0)
    acted = assign(options.load_config(ctx), event_id, record_id, who, by, at_ms)
    say(f"{acted_words(acted)}. Record {acted.id}")


@refused.command("retry")
@event_option
@click.argument("record_ids", metavar="[ID]...", nargs=-1)
@click.option("--url", help="The backend's address.")
@click.pass_context
def retry(ctx: click.Context, event_id: str, record_ids: tuple[str, ...], url: str | None) -> None:
    """Send refused records again, now: the named ones, or all that are not discarded.

    Every sync does so too. What is refused again stays, with the newer reason.
    """
    from ..bootstrap.refused import retry, to_retry
    from .sync import Meter, fail_if_refused

    config = options.load_config(ctx, backend__url=url)
    records = to_retry(config, event_id, record_ids)
    if not records:
        note("There is nothing to send again.")
        return
    result = asyncio.run(retry(config, event_id, records, Meter().retry))
    again = {each.line.start: each for each in result.refused}
    note(f"{plural(len(records) - len(again), 'record')} accepted, {len(again):,} refused again.")
    fail_if_refused(len(again))


@refused.command("export")
@event_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def export(ctx: click.Context, event_id: str, file: Path) -> None:
    """Write them with the reasons to a new file, one JSON object a line."""
    from ..bootstrap.refused import refused_for

    records = refused_for(options.load_config(ctx), event_id)
    try:
        with private_file(file, new=True) as stream:
            stream.writelines(json.dumps(_as_dict(record)).encode() + b"\n" for record in records)
    except OSError as error:
        raise not_written(file, error) from None
    note(f"{plural(len(records), 'record')} written to {file}")


def _line(record: RefusedRecord) -> str:
    state = f" ({record.state}: {record.note})" if record.note else ""
    place = f"{Path(record.log).name}, line {record.line}"
    return f"{record.id}  {record.code}: {record.message}{state}  {place}  {record.raw}"


def _as_dict(record: RefusedRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "code": record.code,
        "message": record.message,
        "state": record.state,
        "note": record.note or None,
        "log": record.log,
        "lineNumber": record.line,
        "line": record.raw,
    }
