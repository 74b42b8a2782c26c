"""`headcount log peers`: what other doors' stations told this one, for the day one is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from ..core.errors import RecordsRefused, UsageError
from ..core.identity import clean_text
from . import options
from .log_refused import event_option
from .output import emit, local_time, note, plural, say
from .sync import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..bootstrap.peer_logs import PeerLog
    from ..bootstrap.sync import Synced


@click.group("peers")
def peers() -> None:
    """Copies of the other doors' logs, as their stations told them on the LAN."""


@peers.command("list")
@event_option
@options.as_json
@click.pass_context
def list_peers(ctx: click.Context, event_id: str, as_json: bool) -> None:
    """List them: whose records, how many, from when to when, and the file.

    Each file has the form of a log: 'headcount log show --log FILE' and 'log verify' read it.
    """
    from ..bootstrap.peer_logs import peer_logs

    found = peer_logs(options.load_config(ctx), event_id)
    if not found and not as_json:
        note("No other station has told anything. docs/lan.md says how they find one another.")
    for copy in found:
        if as_json:
            emit(_as_dict(copy))
        else:
            say(_line(copy))


@peers.command("send")
@event_option
@click.argument("name", required=False, default="")
@click.option("--url", help="The backend's address.")
@options.as_json
@click.pass_context
def send_peers(
    ctx: click.Context, event_id: str, name: str, url: str | None, as_json: bool
) -> None:
    """Send the copies to the backend in their station's name: all, or those of scanner NAME.

    For a station that is lost. What the backend has already changes nothing, so it does no harm if
    the station turns up after all. A scanner that is paired speaks for itself: revoke its key
    first, with 'headcount scanners revoke NAME'.
    """
    from ..bootstrap.peer_logs import peer_logs, send
    from .sync import Meter

    config = options.load_config(ctx, backend__url=url)
    copies = peer_logs(config, event_id, clean_text(name))
    if not copies:
        note("There are no copies to send.")
        return
    done = asyncio.run(send(config, event_id, copies, Meter().retry))
    for copy, synced in zip(copies, done, strict=True):
        _show(copy, synced, as_json=as_json)
    _fail_if_refused(done)


@peers.command("remove")
@event_option
@click.argument("name", required=False, default="")
@click.option("--yes", is_flag=True, help="Really: what was not sent is lost with them.")
@click.pass_context
def remove_peers(ctx: click.Context, event_id: str, name: str, yes: bool) -> None:
    """Delete the copies, all or those of scanner NAME. The stations' own logs stay.

    They hold when each badge was heard at other doors: remove them when the event is reported.
    """
    from ..bootstrap.peer_logs import peer_logs, remove

    copies = peer_logs(options.load_config(ctx), event_id, clean_text(name))
    if not yes:
        raise UsageError(
            f"{plural(len(copies), 'copy', 'copies')} would be removed.",
            safe="Nothing was removed.",
            remedy="If their records are in the report: the same with --yes.",
        )
    remove(copies)
    note(f"{plural(len(copies), 'copy', 'copies')} removed.")


def _line(copy: PeerLog) -> str:
    times = ""
    if copy.first_ms is not None and copy.last_ms is not None:
        times = f", {local_time(copy.first_ms)} to {local_time(copy.last_ms)}"
    return f"{copy.name}: {plural(copy.records, 'record')}{times}  {copy.file}"


def _as_dict(copy: PeerLog) -> dict[str, object]:
    return {
        "scanners": sorted(copy.scanners),
        "records": copy.records,
        "firstTime": copy.first_ms,
        "lastTime": copy.last_ms,
        "file": str(copy.file),
    }


def _show(copy: PeerLog, synced: Synced, *, as_json: bool) -> None:
    result = synced.result
    counts = {
        "received": result.received,
        "checkedIn": result.checked_in,
        "duplicates": result.duplicates,
        "unknown": result.unknown,
        "refused": len(result.refused),
    }
    if as_json:
        emit({"scanners": sorted(copy.scanners), **counts})
        return
    say(f"{copy.name}: {counted(result)}")
    for message in sorted({refused.message for refused in result.refused}):
        note(f"Refused: {clean_text(message, 300)}")


def _fail_if_refused(done: Sequence[Synced]) -> None:
    """Raise the first error, or RecordsRefused."""
    for synced in done:
        if synced.error:
            raise synced.error
    refused = sum(len(synced.result.refused) for synced in done)
    if refused:
        raise RecordsRefused(
            f"The backend refused {plural(refused, 'record')} of other stations.",
            safe="The copies are kept.",
            remedy="Of a paired scanner that is lost: headcount scanners revoke NAME, then again.",
        )
